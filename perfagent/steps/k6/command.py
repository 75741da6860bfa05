"""k6's argument lists and environment, by version."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perfagent.steps.child.environment import explicit
from perfagent.steps.k6.binary import K6Binary

_QUIET = ("--no-color", "--log-format", "json", "--log-output", "stderr")


def run_command(binary: K6Binary, wrapper: Path, script_env: Mapping[str, str]) -> list[str]:
    """Samples go to stdout as JSON lines, the log to stderr as JSON lines."""
    # k6 1.x would bind port 6565, and a second k6 beside it would complain; 2.x opens none by itself
    address = ["--address="] if binary.version < (2, 0, 0) else []
    return [
        str(binary.path),
        "run",
        "--quiet",
        "--no-usage-report",
        *_QUIET,
        *address,
        "--out",
        "json=-",
        *_variables(script_env),
        str(wrapper),
    ]


def inspect_command(binary: K6Binary, wrapper: Path, script_env: Mapping[str, str]) -> list[str]:
    return [str(binary.path), "inspect", "--execution-requirements", *_QUIET, *_variables(script_env), str(wrapper)]


def process_env(environ: Mapping[str, str], folder: Path) -> dict[str, str]:
    """What the k6 process sees; the script sees none of it."""
    own = {"K6_AUTO_EXTENSION_RESOLUTION": "false", "HOME": environ.get("HOME") or str(folder)}
    return explicit(environ, {**own, **{name: value for name, value in environ.items() if name.startswith("K6_BROWSER_")}})


def _variables(script_env: Mapping[str, str]) -> list[str]:
    """`-e` must come with the process environment kept out, or the script would see that too."""
    return ["--include-system-env-vars=false", *(part for name, value in script_env.items() for part in ("-e", f"{name}={value}"))]
