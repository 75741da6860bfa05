"""Reading single variables of CI."""

from __future__ import annotations

import re
from collections.abc import Mapping

from perfagent.ci.context import Host

NULL_REVISION = "0" * 40  # GitHub and GitLab for "there was nothing before"


def given(env: Mapping[str, str], *names: str) -> str:
    """The first of `names` that says something. CircleCI writes an empty pipeline value as `<nil>`; Azure leaves `$(Name)` in place of a
    variable that does not exist."""
    for name in names:
        value = env.get(name, "").strip()
        if value and value != "<nil>" and not re.fullmatch(r"\$\([\w.]+\)", value):
            return value
    return ""


def number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) and int(text) > 0 else None


def branch_name(text: str) -> str:
    return text.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/").removeprefix("origin/")


def revision(text: str) -> str:
    return "" if text == NULL_REVISION else text


def host_of(url: str) -> tuple[Host, str, str]:
    """(host, `owner/name`, server address) from a clone address, https or ssh; nothing where it is none."""
    match = re.fullmatch(r"(?:(?:https?|ssh|git)://)?(?:[^@/\s]+@)?([\w.-]+)(?::\d+)?[:/](.+?)(?:\.git)?/?", url)
    if not match:
        return Host.UNKNOWN, "", ""
    name, path = match[1].lower(), match[2].lstrip("/")
    for host, part in ((Host.GITHUB, "github"), (Host.GITLAB, "gitlab"), (Host.BITBUCKET, "bitbucket")):
        if part in name:
            return host, path, f"https://{name}"
    if name.endswith(("dev.azure.com", "visualstudio.com")):
        return Host.AZURE, path, f"https://{name}"
    return Host.UNKNOWN, path, f"https://{name}" if "." in name else ""
