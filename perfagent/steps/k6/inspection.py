"""What k6 makes of the wrapper before any load: `k6 inspect` parses the script, runs its init code and resolves the options."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfagent.errors import LoadTestError
from perfagent.steps.k6.binary import K6Binary
from perfagent.steps.k6.command import inspect_command, process_env
from perfagent.steps.k6.exit_codes import meaning
from perfagent.steps.k6.log import LogReader

_TIMEOUT = 120.0
_DEFAULT_STEP = 60.0  # k6's own limit for setup and for teardown
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h|d)")
_NOT_LOAD = ("tags", "thresholds", "summaryTrendStats", "summaryTimeUnit", "totalDuration", "maxVUs")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """`open_model`: every scenario starts iterations by the clock (arrival rate). `total` is the longest k6 may take, in seconds, with
    setup, teardown and graceful stop. `functions`: what the scenarios' `exec` name."""

    open_model: bool
    total: float
    max_vus: int
    options_hash: str
    functions: tuple[str, ...]


def inspect(
    binary: K6Binary,
    wrapper: Path,
    *,
    script_env: Mapping[str, str],
    environ: Mapping[str, str],
    shorten: Mapping[str, str],
    redact: Callable[[str], str],
) -> Inspection:
    """Blocks for a fraction of a second. Raises LoadTestError with file and line for a syntax error or an exception in init code."""
    log_path = wrapper.with_name("inspect.log")
    try:
        done = subprocess.run(
            inspect_command(binary, wrapper, script_env),
            env=process_env(environ, wrapper.parent),
            cwd=wrapper.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LoadTestError(f"the script's init code did not end within {_TIMEOUT:g} s") from error
    except OSError as error:
        raise LoadTestError(f"k6 could not be started: {error.strerror or error}") from error
    if done.returncode != 0:
        log = LogReader(log_path, redact=redact, marks={}, shorten=shorten)
        for line in done.stderr.splitlines():
            log.line(line)
        log.close()
        said = log.tally.first_error or log.tally.first_exception or "it wrote nothing"
        raise LoadTestError(f"k6 cannot run the script ({meaning(done.returncode)}): {said}", hint=f"k6's log is in {log_path}")
    try:
        return parse(json.loads(done.stdout))
    except (ValueError, AttributeError, TypeError) as error:
        raise LoadTestError(f"`k6 inspect` of {binary.version_text} printed something unexpected: {error}") from error


def parse(options: Mapping[str, Any]) -> Inspection:
    """From the JSON that `k6 inspect --execution-requirements` prints."""
    scenarios: Mapping[str, Mapping[str, Any]] = options.get("scenarios") or {}
    executors = {str(s.get("executor")) for s in scenarios.values()}
    functions = tuple(dict.fromkeys(str(s.get("exec") or "default") for s in scenarios.values()))
    load = {name: value for name, value in options.items() if name not in _NOT_LOAD and value is not None}
    setup, teardown = (seconds(options.get(f"{step}Timeout")) or _DEFAULT_STEP for step in ("setup", "teardown"))
    return Inspection(
        open_model=bool(executors) and all(e.endswith("arrival-rate") for e in executors),
        total=(seconds(options.get("totalDuration")) or 0.0) + setup + teardown,
        max_vus=int(options.get("maxVUs") or 0),
        options_hash=hashlib.sha256(json.dumps(load, sort_keys=True).encode()).hexdigest(),
        functions=functions or ("default",),
    )


def seconds(duration: object) -> float | None:
    """A duration as Go prints it (`1m30s`); None for anything else."""
    if not isinstance(duration, str) or not re.fullmatch(rf"(?:{_PART.pattern})+", duration):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(duration))
