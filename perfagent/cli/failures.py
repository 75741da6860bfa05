"""From whatever was raised to words and one exit code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from pathlib import Path

import click

from perfagent.cli.session import Session
from perfagent.errors import ExitCode, PerfagentError


def explain_failure(failure: BaseException, session: Session) -> ExitCode:
    """Says what happened, to what, and what to try."""
    leaf = _the_one_to_tell(failure)
    if isinstance(leaf, click.exceptions.Exit):
        return _code(leaf.exit_code)
    if isinstance(leaf, SystemExit):
        return _stopped(leaf, session)
    if isinstance(leaf, PerfagentError):
        session.console.error(str(leaf))
        return leaf.exit_code
    if isinstance(leaf, click.ClickException):
        return _usage(leaf, session)
    if isinstance(leaf, KeyboardInterrupt | click.Abort) or not isinstance(leaf, Exception):
        session.console.error(f"stopped before the end{_kept(session)}")
        return ExitCode.LOAD_TEST_FAILED
    return _bug(failure, leaf, session)


def _the_one_to_tell(failure: BaseException) -> BaseException:
    """Task groups wrap: an interrupt or a cancellation beats our own errors, which beat bugs that came of them."""
    leaves = list(_leaves(failure))
    for kind in (KeyboardInterrupt, PerfagentError, Exception, BaseException):
        found = [leaf for leaf in leaves if isinstance(leaf, kind)]
        if found:
            return found[0]
    return failure


def _leaves(failure: BaseException) -> Iterator[BaseException]:
    if isinstance(failure, BaseExceptionGroup):
        for inner in failure.exceptions:
            yield from _leaves(inner)
    else:
        yield failure


def _stopped(failure: SystemExit, session: Session) -> ExitCode:
    """click leaves with 1 when the reader of its help went away; nobody may pass a gate by a stray exit code."""
    if isinstance(failure.__context__, BrokenPipeError) or failure.code in (None, 0):
        return ExitCode.PASS
    session.console.error(f"a part of perfagent ended the program with {failure.code!r}{_kept(session)}")
    return ExitCode.BUG


def _code(code: int) -> ExitCode:
    """`ctx.exit(3)`."""
    return ExitCode(code) if code in list(ExitCode) else ExitCode.BUG


def _usage(failure: click.ClickException, session: Session) -> ExitCode:
    context = getattr(failure, "ctx", None)
    session.console.error(failure.format_message())
    if context is not None:
        session.console.say(f"{context.get_usage()}\nTry `{context.command_path} --help`.")
    return ExitCode.CONFIGURATION


def _bug(failure: BaseException, leaf: BaseException, session: Session) -> ExitCode:
    trace = session.console.redact("".join(traceback.format_exception(failure)))
    written = _written(trace, session.run_folder)
    if written is None:
        session.console.say(trace)
    session.console.error(
        f"perfagent stopped because of a bug in itself: {type(leaf).__name__}: {leaf}{_kept(session)}"
        + (f"\n  hint: report it with {written}" if written else "\n  hint: report it with the lines above")
    )
    return ExitCode.BUG


def _written(trace: str, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    path = folder / "crash.txt"
    try:
        path.write_text(trace, encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
    return path


def _kept(session: Session) -> str:
    return f"; what was measured is kept in {session.run_folder}" if session.run_folder else ""
