"""The group, and the one place where errors become exit codes."""

from __future__ import annotations

import io
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from perfagent import __version__
from perfagent.__main__ import _termination_as_interrupt, invoke
from perfagent.cli.failures import explain_failure
from perfagent.cli.group import COMMANDS, LazyGroup, perfagent_command
from perfagent.errors import ConfigurationError, ExitCode, LoadTestError, OptionalServiceError, PerfagentError, UnavailableError

Perfagent = Callable[..., Any]
NewSession = Callable[[], Any]


def test_help_lists_every_command_that_is_there_and_the_exit_codes(perfagent: Perfagent) -> None:
    answer = perfagent("--help")
    assert answer.code == 0
    for name in perfagent_command.list_commands(click.Context(perfagent_command)):
        assert f"\n  {name}" in answer.out
    assert "3 regression" in answer.out


@pytest.mark.parametrize("name", perfagent_command.list_commands(click.Context(perfagent_command)))
def test_every_command_explains_itself(perfagent: Perfagent, name: str) -> None:
    answer = perfagent(name, "--help")
    assert answer.code == 0
    assert answer.out.startswith(f"Usage: perfagent {name}")
    assert answer.err == ""


def test_no_command_module_lacks_its_line_in_the_help() -> None:
    """A module with a `command` that is not in the table could never be called."""
    from importlib import import_module
    from pkgutil import iter_modules

    import perfagent.cli

    with_command = {m.name for m in iter_modules(perfagent.cli.__path__) if hasattr(import_module(f"perfagent.cli.{m.name}"), "command")}
    assert with_command <= set(COMMANDS)


def test_a_misspelt_command_gives_2_and_the_one_that_was_meant(perfagent: Perfagent) -> None:
    answer = perfagent("comapre")
    assert answer.code == 2
    assert "there is no command 'comapre'; did you mean compare?" in answer.err


def test_version_is_shown(perfagent: Perfagent) -> None:
    assert perfagent("--version").out == f"perfagent {__version__}\n"


@pytest.mark.parametrize(
    ("failure", "code", "told"),
    [
        (ConfigurationError("wrong", mistakes=["a: b"], hint="do c"), 2, "error: wrong\n  hint: do c\n  - a: b"),
        (LoadTestError("k6 died"), 5, "error: k6 died"),
        (UnavailableError("no store"), 6, "error: no store"),
        (OptionalServiceError("no jira"), 6, "error: no jira"),
        (PerfagentError("odd"), 70, "error: odd"),
        (click.UsageError("no such thing"), 2, "error: no such thing"),
        (click.BadParameter("not a number"), 2, "not a number"),
        (KeyboardInterrupt(), 5, "error: stopped before the end"),
        (click.Abort(), 5, "error: stopped before the end"),
        (ZeroDivisionError("division by zero"), 70, "a bug in itself: ZeroDivisionError: division by zero"),
        (SystemExit(1), 70, "ended the program with 1"),
        (SystemExit(0), 0, ""),
        (click.exceptions.Exit(3), 3, ""),
        (click.exceptions.Exit(1), 70, ""),
        (ExceptionGroup("g", [LoadTestError("inner"), ExceptionGroup("h", [LoadTestError("deeper")])]), 5, "error: inner"),
        (BaseExceptionGroup("g", [LoadTestError("inner"), KeyboardInterrupt()]), 5, "stopped before the end"),
        (ExceptionGroup("g", [ValueError("bug")]), 70, "ValueError: bug"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, BaseException) else "",
)
def test_every_failure_has_its_one_code_and_words(new_session: NewSession, failure: BaseException, code: int, told: str) -> None:
    session, out, err = new_session()
    assert explain_failure(failure, session) == ExitCode(code)
    assert told in err.getvalue()
    assert out.getvalue() == ""


def test_a_bug_leaves_its_trace_in_the_run_folder_and_says_where(new_session: NewSession, tmp_path: Path) -> None:
    session, _, err = new_session()
    session.run_folder = tmp_path
    failure = RuntimeError("token ghp_0123456789abcdefghij was refused")
    assert explain_failure(failure, session) is ExitCode.BUG
    trace = (tmp_path / "crash.txt").read_text()
    assert "RuntimeError" in trace
    assert "ghp_0123456789" not in trace + err.getvalue()
    assert f"what was measured is kept in {tmp_path}" in err.getvalue()
    assert "Traceback" not in err.getvalue()


def test_an_interrupted_run_says_what_is_kept(new_session: NewSession, tmp_path: Path) -> None:
    session, _, err = new_session()
    session.run_folder = tmp_path / "run-1"
    assert explain_failure(KeyboardInterrupt(), session) is ExitCode.LOAD_TEST_FAILED
    assert "run-1" in err.getvalue()


def _with_command(monkeypatch: pytest.MonkeyPatch, function: Callable[[], Any]) -> None:
    monkeypatch.setattr(LazyGroup, "get_command", lambda _self, _ctx, name: click.Command(name, callback=function))


def test_sigterm_ends_as_an_interrupt_does(new_session: NewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    _with_command(monkeypatch, lambda: signal.raise_signal(signal.SIGTERM))
    session, _, err = new_session()
    before = signal.getsignal(signal.SIGTERM)
    assert invoke(["run"], session) == ExitCode.LOAD_TEST_FAILED
    assert "stopped before the end" in err.getvalue()
    assert signal.getsignal(signal.SIGTERM) is before


def test_sigterm_ends_a_background_job_that_ignores_sigint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with pytest.raises(KeyboardInterrupt), _termination_as_interrupt():
            signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("answer", "code"), [(None, 0), (0, 0), (3, 3), (ExitCode.INCONCLUSIVE, 4)])
def test_what_a_command_returns_is_the_exit_code(
    new_session: NewSession, monkeypatch: pytest.MonkeyPatch, answer: int | None, code: int
) -> None:
    _with_command(monkeypatch, lambda: answer)
    assert invoke(["run"], new_session()[0]) == code


def test_a_reader_of_data_that_went_away_changes_no_exit_code(new_session: NewSession, monkeypatch: pytest.MonkeyPatch) -> None:
    class Closed(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError(32, "Broken pipe")

    session, _, _ = new_session()
    session.console._out = Closed()

    def command() -> int:
        session.console.data("much")
        return 3

    _with_command(monkeypatch, command)
    assert invoke(["run"], session) == 3


def test_help_needs_nothing_heavy() -> None:
    """What the help imports costs every call of every command."""
    import subprocess
    import sys

    heavy = ("pydantic", "numpy", "pandas", "matplotlib", "faiss", "requests", "yaml", "mcp", "asyncio")
    script = (
        "import sys\nfrom perfagent.__main__ import invoke, here\ninvoke(['--help'], here())\n"
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


def test_the_table_speaks_in_sentences() -> None:
    assert all(line.endswith(".") and len(line) < 90 for line in COMMANDS.values())
