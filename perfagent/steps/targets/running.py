"""A target while it is up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import anyio.to_thread

from perfagent.errors import ConfigurationError, TargetError
from perfagent.model.run import Side
from perfagent.steps.child import Child, explicit, start
from perfagent.steps.targets.ports import free_port, require_free
from perfagent.steps.targets.readiness import Probe
from perfagent.steps.targets.spec import TargetSpec
from perfagent.text.sanitise import for_terminal

_TAIL_LINES = 15
_TAIL_BYTES = 16_384
_POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTarget:
    """`pid`, `port` and `log` are None for a target that perfagent did not start."""

    side: Side
    url: str
    pid: int | None = None
    port: int | None = None
    log: Path | None = None
    child: Child | None = None
    redact: Callable[[str], str] = str

    def poll(self) -> str | None:
        """Why it is no longer up, with the last lines of its log; None while it is (always, for a target at a URL)."""
        code = self.child.poll() if self.child else None
        if code is None:
            return None
        return f"the {self.side} target {_ended(code)}{_tail(self.log, self.redact)}"

    def check(self) -> None:
        """Raises TargetError when it is no longer up."""
        why = self.poll()
        if why:
            raise TargetError(why, hint=f"its whole output is in {self.log}" if self.log else None)


@asynccontextmanager
async def running(
    spec: TargetSpec,
    *,
    side: Side,
    log_dir: Path,
    environ: Mapping[str, str],
    name: str = "",
    redact: Callable[[str], str] = str,
) -> AsyncIterator[RunningTarget]:
    """Start the target (or find it at its URL), wait until it is ready, and stop it with all its descendants at the end.

    `environ` is the process environment, of which only paths, locale, proxies and certificates reach the target; its log is
    `log_dir/target-SIDE[-NAME].log`. Raises TargetError (port taken, cannot be started, exited, not ready in time, no answer).
    """
    if spec.url is not None:
        target = RunningTarget(side=side, url=spec.url.rstrip("/"), redact=redact)
        probe = Probe(_ready_url(target.url, spec.ready), any_answer=spec.ready is None, proxies=environ)
        await _wait(target, probe, spec.ready_timeout)
        yield target
        return

    if spec.port is not None:
        require_free(spec.port, side=side)
    port = spec.port or free_port()
    log = log_dir / f"target-{side}{f'-{name}' if name else ''}.log"
    child = _start(spec, side=side, port=port, log=log, environ=environ)
    try:
        url = f"http://127.0.0.1:{port}"
        target = RunningTarget(side=side, url=url, pid=child.pid, port=port, log=log, child=child, redact=redact)
        await _wait(target, Probe(_ready_url(url, spec.ready or "/"), any_answer=spec.ready is None), spec.ready_timeout)
        yield target
    finally:
        try:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(child.stop)
        finally:
            child.kill()


def _start(spec: TargetSpec, *, side: Side, port: int, log: Path, environ: Mapping[str, str]) -> Child:
    variables = {"PORT": str(port)}
    own = {key: value.replace("${PORT}", str(port)).replace("$PORT", str(port)) for key, value in spec.env.items()}
    env = explicit(environ, {**own, **variables})
    command = spec.arguments(variables)
    cwd = spec.cwd or Path()
    if not cwd.is_dir():
        raise ConfigurationError(f"the working directory of the {side} target, {cwd}, does not exist")
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as output:
            return start(command, env=env, cwd=cwd, stdout=output, stderr=output, stop_signal=signal.SIGTERM, grace=spec.stop_timeout)
    except OSError as error:
        raise TargetError(
            f"the {side} target could not be started: {command[0]}: {error.strerror or error}",
            hint=f"the command runs in {cwd} without a shell; its PATH is {env['PATH']}",
        ) from error


async def _wait(target: RunningTarget, probe: Probe, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        target.check()
        why = await anyio.to_thread.run_sync(probe, abandon_on_cancel=True)
        if why is None:
            target.check()  # what answered may be another process on that port
            return
        if time.monotonic() >= deadline:
            where = _without_userinfo(target.url)
            raise TargetError(
                f"the {target.side} target at {where} did not become ready within {timeout:g} s: {target.redact(why)}"
                f"{_tail(target.log, target.redact)}",
                hint="give the path of a health check as `ready`, or a longer `ready_timeout`"
                if target.child
                else "is it up, and reachable from this job?",
            )
        await anyio.sleep(_POLL_SECONDS if target.child else 0.5)


def _ready_url(url: str, ready: str | None) -> str:
    return url + "/" + ready.lstrip("/") if ready else url + ("" if urlsplit(url).path else "/")


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _ended(code: int) -> str:
    if code < 0:
        try:
            return f"was killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"was killed by signal {-code}"
    return f"exited with code {code}"


def _tail(log: Path | None, redact: Callable[[str], str]) -> str:
    if log is None:
        return ""
    try:
        with log.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    lines = for_terminal(redact(text), limit=_TAIL_BYTES).strip().splitlines()[-_TAIL_LINES:]
    return "; its last lines:\n" + "\n".join(f"    {line}" for line in lines) if lines else "; it wrote nothing"
