"""One k6 process while it runs: its samples are read from a pipe by a thread, its log by another, and it never outlives its caller."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import anyio
import anyio.to_thread

from perfagent.errors import LoadTestError
from perfagent.steps.child import Child, start
from perfagent.steps.k6.log import LogReader
from perfagent.steps.k6.raw import RawFile

_PIPE_BYTES = 1 << 20
_TICK = 0.05  # seconds between looks at whether k6 has ended
_REPORT = 1.0  # seconds between reports of progress
_GRACE = 5.0  # seconds that k6 gets for its teardown when it is stopped
_F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", None)


class Sink(Protocol):
    """Where samples go."""

    def feed(self, chunk: bytes) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """`cpu` and `waited`: seconds that k6's threads ran, and stood ready without getting a CPU (None: not known)."""

    exit_code: int
    wall: float
    cpu: float | None
    waited: float | None


async def play(
    command: list[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    sink: Sink,
    log: LogReader,
    raw: RawFile | None,
    limit: float,
    each_second: Callable[[float], Awaitable[None]],
) -> Played:
    """Run k6 to its end. It is stopped (SIGINT, then SIGKILL) when the caller is cancelled, when `each_second` (given the elapsed seconds)
    raises, or after `limit` seconds, which raises LoadTestError."""
    try:
        child = start(command, env=env, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stop_signal=signal.SIGINT, grace=_GRACE)
    except OSError as error:
        raise LoadTestError(f"k6 could not be started: {error.strerror or error}") from error
    began = time.monotonic()
    pump = _Pump(child, sink=sink, log=log, raw=raw)
    waits = _Waits(child.pid)
    try:
        reported = began
        while not pump.over or child.poll() is None:
            await anyio.sleep(_TICK)
            now = time.monotonic()
            if now - reported >= _REPORT:
                reported = now
                waits.look()
                await each_second(now - began)
            if now - began > limit:
                raise LoadTestError(
                    f"k6 did not end within {limit:.0f} s and was stopped",
                    hint="is there a request without a timeout in setup or teardown?",
                )
    finally:
        try:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_finish, child, pump)
        finally:
            child.kill()
    if pump.failure is not None:
        raise pump.failure
    return Played(exit_code=child.wait(), wall=time.monotonic() - began, cpu=child.cpu, waited=waits.total)


def _finish(child: Child, pump: _Pump) -> None:
    if child.poll() is None:
        child.stop()
    pump.join()


class _Pump:
    """Both threads end when k6 has closed its ends of the pipes. A failing sink stops k6, because nobody reads on."""

    def __init__(self, child: Child, *, sink: Sink, log: LogReader, raw: RawFile | None) -> None:
        self.failure: BaseException | None = None
        self._sink = sink
        self._log = log
        self._raw = raw
        assert child.stdout is not None  # noqa: S101 - pipes were asked for
        assert child.stderr is not None  # noqa: S101
        self._threads = [
            threading.Thread(target=self._samples, args=(child.stdout,), name="k6-samples", daemon=True),
            threading.Thread(target=self._lines, args=(child.stderr,), name="k6-log", daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    @property
    def over(self) -> bool:
        return not any(t.is_alive() for t in self._threads)

    def join(self) -> None:
        for thread in self._threads:
            thread.join()

    def _samples(self, pipe: IO[bytes]) -> None:
        with pipe:
            descriptor = pipe.fileno()
            if _F_SETPIPE_SZ is not None:
                with contextlib.suppress(OSError):  # above the user's limit for pipes
                    fcntl.fcntl(descriptor, _F_SETPIPE_SZ, _PIPE_BYTES)
            try:
                while chunk := os.read(descriptor, _PIPE_BYTES):
                    self._sink.feed(chunk)
                    if self._raw is not None:
                        self._raw.write(chunk)
            except Exception as error:  # handed to the caller, in its own thread
                self.failure = error

    def _lines(self, pipe: IO[bytes]) -> None:
        with pipe:
            try:
                for line in pipe:
                    self._log.line(line)
            except Exception as error:
                self.failure = error


class _Waits:
    """How long k6's threads stood ready to run without getting a CPU, from the scheduler's own figures (Linux)."""

    def __init__(self, pid: int) -> None:
        self._tasks = Path(f"/proc/{pid}/task")
        self._seen: dict[str, int] = {}

    def look(self) -> None:
        with contextlib.suppress(OSError):
            for task in self._tasks.iterdir():
                with contextlib.suppress(OSError, IndexError, ValueError):
                    self._seen[task.name] = int((task / "schedstat").read_text().split()[1])

    @property
    def total(self) -> float | None:
        return sum(self._seen.values()) / 1e9 if self._seen else None
