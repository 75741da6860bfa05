from __future__ import annotations

from datetime import date

import pytest

from perfagent.adapters.code_hosts.acceptance import Remark, decide, target, understood, when

NOW = 1_764_028_800.0  # 2025-11-25
ANN = Remark(author="ann", url="u")


@pytest.mark.parametrize(
    ("words", "endpoint", "metric"),
    [
        ("GET /cart p95", "GET /cart", "p95"),
        ("`GET /cart` `error_rate`", "GET /cart", "error_rate"),
        ("GET /cart", "GET /cart", None),
        ("login", "login", None),
        ("everything", None, None),
        ("ALL", None, None),
    ],
)
def test_endpoint_and_metric_are_told_apart(words: str, endpoint: str | None, metric: str | None) -> None:
    assert target(words) == (endpoint, metric)


def test_a_reason_may_hold_the_commands_own_words() -> None:
    found = understood("GET /a p95 until 2025-12-01 because until now because was never asked", ANN, today=date(2025, 11, 25))
    assert not isinstance(found, str)
    assert found.reason == "until now because was never asked"
    assert found.until == date(2025, 12, 1)


def test_a_person_is_asked_about_once_and_unknown_rights_are_no_rights() -> None:
    asked: list[str] = []

    def may_write(name: str) -> bool | None:
        asked.append(name)
        return None

    command = "/perfagent accept everything until 2025-12-01 because x"
    found = decide([Remark(author="ann", url="u", body=command)] * 3, may_write=may_write, now=NOW)
    assert asked == ["ann"]
    assert found.accepted == ()
    assert len(found.refused) == 3


def test_words_that_are_no_command_ask_nobody() -> None:
    def may_write(name: str) -> bool | None:
        raise AssertionError(name)

    bodies = ["please /perfagent accept this", "    /perfagent accept code", "/perfagent acceptance", ""]
    assert decide([Remark(author="ann", url="u", body=b) for b in bodies], may_write=may_write, now=NOW).refused == ()


def test_time_stamps_are_read_and_nonsense_is_none() -> None:
    stamp = when("2026-11-25T10:00:00Z")
    assert stamp is not None
    assert stamp.utcoffset() is not None
    assert when("yesterday") is when(None) is None
