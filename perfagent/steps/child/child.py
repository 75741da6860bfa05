"""Start a supervised child, watch it, stop it with everything it started."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_SUPERVISOR = Path(__file__).with_name("supervisor.py")
_MARGIN = 5.0  # seconds the supervisor may take beyond the grace it was given


class Child:
    """`pid` is the command's own. All methods may be called from any thread, and again after the child has ended."""

    def __init__(self, supervisor: subprocess.Popen[bytes], lifeline: int, report: IO[bytes], pid: int, grace: float) -> None:
        self.pid = pid
        self.cpu: float | None = None
        """CPU seconds of the whole tree, once it has ended."""
        self._returncode: int | None = None
        self._supervisor = supervisor
        self._lifeline: int | None = lifeline
        self._report = report
        self._grace = grace
        self._lock = threading.Lock()

    @property
    def stdout(self) -> IO[bytes] | None:
        return self._supervisor.stdout

    @property
    def stderr(self) -> IO[bytes] | None:
        return self._supervisor.stderr

    def poll(self) -> int | None:
        """The command's return code (negative: the signal that killed it), or None while it or something it started still runs."""
        with self._lock:
            if self._returncode is None and self._supervisor.poll() is not None:
                self._collect()
            return self._returncode

    def wait(self, timeout: float | None = None) -> int:
        """Raises subprocess.TimeoutExpired."""
        self._supervisor.wait(timeout)
        code = self.poll()
        assert code is not None  # noqa: S101 - the supervisor has ended
        return code

    def signal(self, number: int) -> None:
        """To the command alone; nothing when it has already ended."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def stop(self) -> int:
        """Politely, then by force after the grace period, with every descendant. Blocks until nothing is left."""
        self._let_go()
        try:
            return self.wait(self._grace + _MARGIN)
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """By force at once."""
        self._let_go()
        if self._supervisor.poll() is None:
            for pid in _below(self._supervisor.pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            try:
                return self.wait(_MARGIN)
            except subprocess.TimeoutExpired:
                self._supervisor.kill()
        return self.wait(_MARGIN)

    def _let_go(self) -> None:
        with self._lock:
            if self._lifeline is not None:
                os.close(self._lifeline)
                self._lifeline = None

    def _collect(self) -> None:
        words = self._report.read().split()
        self._report.close()
        if len(words) >= 3 and words[0] == b"exit":
            self._returncode, self.cpu = int(words[1]), float(words[2])
        else:  # the supervisor itself was killed, and its child with it
            self._returncode = -signal.SIGKILL
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


def start(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdout: int | IO[bytes],
    stderr: int | IO[bytes],
    stop_signal: int = signal.SIGTERM,
    grace: float = 5.0,
) -> Child:
    """`stdout`, `stderr` as for subprocess.Popen. Raises OSError with the command's name when it cannot be started."""
    lifeline_read, lifeline_write = os.pipe()
    report_read, report_write = os.pipe()
    try:
        supervisor = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-S",
                str(_SUPERVISOR),
                str(lifeline_read),
                str(report_write),
                str(int(stop_signal)),
                str(grace),
                *command,
            ],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            cwd=cwd,
            env=dict(env),
            pass_fds=(lifeline_read, report_write),
            start_new_session=True,
        )
    except BaseException:
        os.close(report_read)
        os.close(lifeline_write)
        raise
    finally:
        os.close(lifeline_read)
        os.close(report_write)
    report = os.fdopen(report_read, "rb")
    words = report.readline().split()
    if len(words) == 2 and words[0] == b"pid":
        return Child(supervisor, lifeline_write, report, int(words[1]), grace)
    os.close(lifeline_write)
    report.close()
    for stream in (supervisor.stdout, supervisor.stderr):
        if stream is not None:
            stream.close()
    supervisor.wait()
    number = int(words[1]) if len(words) == 2 else 0
    raise OSError(number, os.strerror(number) if number else "the process could not be started", command[0])


def _below(pid: int) -> list[int]:
    import psutil

    try:
        return [p.pid for p in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []
