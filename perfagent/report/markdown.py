"""Markdown that outside text cannot break out of: code spans, table cells, fences, links. One place escapes for all hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Literal
from urllib.parse import quote, urlsplit

from perfagent.text import sanitise
from perfagent.text.redaction import Redactor

Flavour = Literal["github", "gitlab", "azure", "bitbucket"]

LIMITS: dict[str, int] = {"github": 65_536, "gitlab": 1_000_000, "azure": 150_000, "bitbucket": 32_768}  # characters of one comment

_redact = Redactor().redact  # by shape; values that this process knows were taken out when the documents were written
_LANGUAGES = {
    "py": "python", "js": "javascript", "ts": "typescript", "go": "go", "java": "java", "rb": "ruby", "cs": "csharp", "php": "php",
    "sql": "sql", "yml": "yaml", "yaml": "yaml", "json": "json", "tf": "hcl", "rs": "rust", "kt": "kotlin", "toml": "toml",
}  # fmt: skip


def size(text: str) -> int:
    """Characters as the strictest host counts them: UTF-16 units, two for an emoji."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def plain(text: str, longest: int = 300) -> str:
    """Outside text on one line: secrets gone, nothing invisible in it, cut in the middle when too long."""
    return shorten(_disarmed(" ".join(_redact(sanitise.visible(text)).split())), longest)


def _disarmed(text: str) -> str:
    """No copy of a hidden marker: a comment must never be taken for another service's because an endpoint is named like its marker."""
    return text.replace("<!--", "<! --").replace("[//]:", "[//] :")


def shorten(text: str, longest: int) -> str:
    """Cut in the middle: both ends of a path or a URL tell more than its middle."""
    if len(text) <= longest:
        return text
    head = (longest - 1) * 3 // 5
    return f"{text[:head]}…{text[len(text) - (longest - 1 - head) :]}"


def code(text: str, longest: int = 120) -> str:
    """A code span, which turns off mentions, links and HTML; its fence is longer than any run of backticks inside."""
    inner = plain(text, longest) or "(no name)"
    fence = "`" * (1 + max((len(run) for run in re.findall(r"`+", inner)), default=0))
    pad = " " if inner.startswith("`") or inner.endswith("`") else ""
    return f"{fence}{pad}{inner}{pad}{fence}"


def prose(text: str, longest: int = 600) -> str:
    """A sentence from outside (a model's summary, a log line), with nothing in it that a host would act on."""
    return sanitise.for_comment(_redact(text), inline=True, limit=longest)


def bold(text: str, longest: int = 200) -> str:
    return f"**{prose(text, longest).replace('*', '').replace('_', ' ').strip() or '–'}**"


def sentence(text: str, longest: int = 600) -> str:
    """Prose that ends with a full stop, so that our own words can follow."""
    said = prose(text.strip(), longest)
    return said if not said or said[-1] in ".!?…" else f"{said}."


def cell(text: str) -> str:
    """For a table: a pipe ends the cell, even inside a code span, unless an odd number of backslashes stands before it."""
    return re.sub(r"(\\*)\|", lambda m: m[0] if len(m[1]) % 2 else f"{m[1]}\\|", text.replace("\n", " "))


def table(header: Sequence[str], align: str, lines: Iterable[Sequence[str]]) -> str:
    """`align` has one of `l`, `r`, `c` per column."""
    rule = {"l": ":--", "r": "--:", "c": ":-:"}
    out = [f"| {' | '.join(header)} |", f"|{'|'.join(rule[a] for a in align)}|"]
    out += [f"| {' | '.join(cell(c) for c in line)} |" for line in lines]
    return "\n".join(out)


def fence(text: str, language: str = "", longest: int = 6000) -> str:
    """A fenced block whose fence is longer than any inside; the text keeps its lines."""
    mark = "`" * max(3, 1 + max((len(run) for run in re.findall(r"`+", text)), default=0))
    kept = _disarmed(sanitise.visible(_redact(text)).rstrip("\n"))
    if len(kept) > longest:
        kept = kept[:longest].rsplit("\n", 1)[0] + "\n…"
    return f"{mark}{language}\n{kept}\n{mark}"


def language_of(file: str) -> str:
    return _LANGUAGES.get(file.rpartition(".")[2].lower(), "")


def suggestion(replacement: str, flavour: Flavour, *, lines: int = 1) -> str:
    """The host's block that a reviewer applies with one click; it replaces `lines` lines, the last of which is the commented one."""
    return fence(replacement, f"suggestion:-{lines - 1}+0" if flavour == "gitlab" else "suggestion")


def link(label: str, address: str) -> str:
    """A link, or the bare label when the address is not http(s)."""
    safe = safe_address(address)
    return f"[{label}]({safe})" if safe else label


def safe_address(address: str) -> str:
    """An http(s) address without credentials and with everything escaped that Markdown or HTML would read; empty otherwise."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return ""
    return quote(address.strip(), safe="%:/?#&=+,;~._-!$@[]" if "[" in parts.netloc else "%:/?#&=+,;~._-!$@")


def details(summary: str, body: str, flavour: Flavour) -> str:
    """Folded where the host folds; a heading on Bitbucket, which shows HTML as text."""
    if flavour == "bitbucket":
        return f"**{summary}**\n\n{body}"
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def hidden(text: str, flavour: Flavour) -> str:
    """A line that no reader sees. `text` must not hold `--`, brackets or line ends."""
    return f"[//]: # ({text})" if flavour == "bitbucket" else f"<!-- {text} -->"
