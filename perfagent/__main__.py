"""The process: reads the world once, runs the command, and turns whatever happened into one documented exit code."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from perfagent.cli.console import Console, is_terminal
from perfagent.cli.session import Session
from perfagent.errors import ExitCode


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script."""
    session = here()
    code = invoke(sys.argv[1:] if arguments is None else arguments, session)
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        from perfagent.cli.ownership import give_back

        give_back(session.cwd)
    sys.exit(code)


def here() -> Session:
    """The session of this process."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names from outside must not stop a log in an ASCII locale
    console = Console(out=sys.stdout, err=sys.stderr, moving=is_terminal(sys.stderr, os.environ), now=_now)
    return Session(env=_environment(), cwd=Path.cwd(), console=console, now=_now)


def _environment() -> dict[str, str]:
    """With a CI wrapper's inputs under their own names."""
    if "PERFAGENT_WRAPPER" not in os.environ:
        return dict(os.environ)
    from perfagent.config.inputs import with_inputs

    return with_inputs(os.environ)


def invoke(arguments: Sequence[str], session: Session) -> int:
    """The exit code. Every error of every command ends here, and nowhere else is a code chosen for one."""
    from perfagent.cli.failures import explain_failure
    from perfagent.cli.group import perfagent_command

    try:
        with _termination_as_interrupt():
            answer: Any = perfagent_command.main(list(arguments), prog_name="perfagent", standalone_mode=False, obj=session)
        return int(answer) if isinstance(answer, int) else int(ExitCode.PASS)
    except BaseException as failure:
        return int(explain_failure(failure, session))
    finally:
        session.console.clear()


def _now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """SIGTERM, with which CI cancels a job, ends a run as Ctrl-C does: load and targets are stopped, what was measured is kept."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: object) -> None:
        if signal.getsignal(signal.SIGINT) in (signal.SIG_IGN, None):  # a background job of a shell ignores SIGINT
            raise KeyboardInterrupt
        signal.raise_signal(signal.SIGINT)

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


if __name__ == "__main__":
    main()
