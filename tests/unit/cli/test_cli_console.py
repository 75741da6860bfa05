from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pytest

from perfagent.cli.console import Console, is_terminal


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(*, moving: bool, clock: Clock | None = None) -> tuple[Console, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Console(out=out, err=err, moving=moving, now=clock or Clock()), out, err


def test_words_go_to_stderr_with_a_date_in_ci_and_data_to_stdout() -> None:
    c, out, err = console(moving=False)
    c.say("round 1 of 4")
    c.warn("noisy")
    c.data("{}")
    assert err.getvalue() == "2026-11-25T12:00:00Z round 1 of 4\n2026-11-25T12:00:00Z warning: noisy\n"
    assert out.getvalue() == "{}\n"


def test_on_a_terminal_words_are_plain_and_progress_moves_on_one_line() -> None:
    c, _, err = console(moving=True)
    c.progress(1, 4, "round 1")
    c.progress(2, 4, "round 2")
    c.say("done")
    assert "\n" not in err.getvalue().removesuffix("done\n")
    assert "50 % round 2" in err.getvalue()
    assert err.getvalue().endswith("\r\x1b[Kdone\n")


def test_progress_in_ci_is_a_line_now_and_then_and_one_at_the_end() -> None:
    clock = Clock()
    c, _, err = console(moving=False, clock=clock)
    for second in range(41):
        clock.time = datetime(2026, 11, 25, 12, 0, tzinfo=UTC) + timedelta(seconds=second)
        c.progress(second, 40, "loading")
    assert [line.split(" ", 1)[1] for line in err.getvalue().splitlines()] == [
        "0 % loading",
        "38 % loading",
        "75 % loading",
        "100 % loading",
    ]


def test_secrets_and_control_sequences_reach_no_log() -> None:
    c, out, err = console(moving=False)
    c.redact = lambda text: text.replace("hunter2", "[redacted]")
    c.say("password hunter2 \x1b[31mred")
    c.progress(0, 1, "hunter2\x1b[2J")
    c.table("hunter2")
    assert "hunter2" not in err.getvalue() + out.getvalue()
    assert "\x1b" not in err.getvalue()


def test_tokens_are_hidden_by_their_shape_before_any_secret_is_known() -> None:
    c, _, err = console(moving=False)
    c.error("bad credentials ghp_0123456789abcdefghij0123456789abcdef")
    assert "ghp_0123456789" not in err.getvalue()


def test_a_closed_stderr_stops_nothing() -> None:
    c, _, err = console(moving=False)
    err.close()
    c.say("nobody hears this")


@pytest.mark.parametrize(
    ("env", "moving"),
    [({}, True), ({"CI": "true"}, False), ({"TF_BUILD": "True"}, False), ({"TERM": "dumb"}, False), ({"CI": "false"}, True)],
)
def test_ci_is_no_terminal_even_where_it_lends_one(env: dict[str, str], moving: bool) -> None:
    assert is_terminal(Terminal(), env) is moving
    assert is_terminal(io.StringIO(), env) is False
