"""Where and with what a run is made, so that only like is compared with like."""

from __future__ import annotations

import hashlib
import os
import platform
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import psutil

_IMPORT = re.compile(
    r"""(?:\bfrom|\bimport|\brequire\s*\(|\bimport\s*\(|\bopen\s*\()\s*["'`](?P<path>\.{1,2}/[^"'`\n]{1,500}|/[^"'`\n]{1,500})["'`]"""
)
_MAX_FILES = 500
_MAX_BYTES = 50_000_000


@cache
def cpu_model() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(errors="replace").splitlines():
            if line.startswith(("model name", "Hardware", "Model")):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


@cache
def cores() -> float:
    """CPUs this process may use: its affinity, or the container's quota where that is less."""
    allowed = float(len(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else float(os.cpu_count() or 1)
    return min(allowed, _quota() or allowed)


def _quota() -> float | None:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return None if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        pass
    try:
        limit = int(Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us").read_text())
        return limit / int(Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us").read_text()) if limit > 0 else None
    except (OSError, ValueError):
        return None


@cache
def machine() -> str:
    """A class of machines, never a host name: those of CI runners are new each time."""
    return f"{platform.system()} {platform.machine()}, {round(psutil.virtual_memory().total / 2**30)} GiB"


def scenario_hash(script: Path) -> str:
    """sha256 over the script and the local files that it imports, requires or opens by a literal path, names left out."""
    digest = hashlib.sha256()
    total = 0
    for count, path in enumerate(_closure(script)):
        data = path.read_bytes() if path.stat().st_size + total <= _MAX_BYTES else str(path.stat().st_size).encode()
        total += len(data)
        digest.update(hashlib.sha256(data).digest())
        if count >= _MAX_FILES:
            break
    return digest.hexdigest()


def _closure(script: Path) -> Iterator[Path]:
    seen: set[Path] = set()
    queue = [script.absolute()]
    while queue:
        path = queue.pop(0)
        if path.resolve() in seen or not path.is_file():
            continue
        seen.add(path.resolve())
        yield path
        if path.suffix in (".js", ".mjs", ".cjs", ".ts") and path.stat().st_size <= _MAX_BYTES:
            found = (match["path"] for match in _IMPORT.finditer(path.read_text(errors="replace")))
            queue += [path.parent / name for name in found]
