"""A small process between perfagent and a child, so that the child and all its descendants end whatever happens to perfagent.

Run as a plain script with `python -I -S` (standard library only, no import of perfagent):

    supervisor.py LIFELINE_FD REPORT_FD STOP_SIGNAL GRACE_SECONDS COMMAND...

It starts COMMAND in a process group of its own and writes lines to REPORT_FD: `pid N`, or `error ERRNO`; in the end `exit RETURNCODE CPU`
(negative when killed by a signal; CPU seconds of the whole tree). When LIFELINE_FD reaches its end (perfagent closed it, or died) or
SIGTERM comes, the tree gets STOP_SIGNAL and, after GRACE_SECONDS, SIGKILL. PR_SET_CHILD_SUBREAPER brings daemonised grandchildren back
here, so they are found too; PR_SET_PDEATHSIG kills COMMAND if even this process is killed. Both are Linux's; elsewhere the group must do.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def _prctl() -> Callable[[int, int], int] | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return None
    return lambda option, value: int(function(option, value, 0, 0, 0))


def descendants(root: int) -> list[int]:
    """Process ids below `root`, from /proc; empty where there is none."""
    parents: dict[int, list[int]] = {}
    try:
        entries = list(Path("/proc").iterdir())
    except OSError:
        return []
    for entry in entries:
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # the name in parentheses may hold spaces and parentheses itself
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry.name))
    found: list[int] = []
    queue = [root]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


class Supervised:
    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.pid = process.pid
        self.returncode: int | None = None
        self._process = process

    def reap(self) -> None:
        """Collect every child that has ended, adopted orphans included."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid == self.pid:
                self.returncode = self._process.returncode = os.waitstatus_to_exitcode(status)

    def send(self, number: int) -> bool:
        """To the group and to every descendant; False when nobody is left."""
        self.reap()
        left = descendants(os.getpid()) or ([self.pid] if self.returncode is None else [])
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        return bool(left)

    def end(self, first: int, grace: float) -> None:
        if grace > 0 and self._deliver_once(first):
            deadline = time.monotonic() + grace
            while time.monotonic() < deadline:
                self.reap()
                if self.returncode is not None and not descendants(os.getpid()):
                    return
                time.sleep(0.02)
        for _ in range(200):
            if not self.send(signal.SIGKILL):
                return
            time.sleep(0.01)

    def _deliver_once(self, number: int) -> bool:
        """The polite signal: once per process, because a second one makes k6 leave without its summary."""
        self.reap()
        left = descendants(os.getpid())
        if not left and self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, number)
            return True
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
        return bool(left)


def main(arguments: list[str]) -> int:
    lifeline, report, stop_signal, grace = int(arguments[0]), int(arguments[1]), int(arguments[2]), float(arguments[3])
    prctl = _prctl()
    if prctl:
        prctl(_PR_SET_CHILD_SUBREAPER, 1)
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    os.set_blocking(wake_read, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    asked: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def before_exec() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # an ignored signal stays ignored through exec
        if prctl:
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    try:
        process = subprocess.Popen(arguments[4:], stdin=subprocess.DEVNULL, process_group=0, preexec_fn=before_exec)
    except OSError as error:
        os.write(report, f"error {error.errno or 0}\n".encode())
        return 127
    child = Supervised(process)
    os.write(report, f"pid {child.pid}\n".encode())
    # k6 writes into stdout until it ends; holding these ends here as well would keep the reader waiting for a leftover
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)

    while child.returncode is None and not asked:
        ready, _, _ = select.select([lifeline, wake_read], [], [])
        if wake_read in ready:
            with contextlib.suppress(BlockingIOError):
                os.read(wake_read, 4096)
        child.reap()
        if lifeline in ready:
            break
    child.end(stop_signal, grace if child.returncode is None else min(grace, 1.0))
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    with contextlib.suppress(OSError):
        returncode = child.returncode if child.returncode is not None else -signal.SIGKILL
        os.write(report, f"exit {returncode} {usage.ru_utime + usage.ru_stime:.6f}\n".encode())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
