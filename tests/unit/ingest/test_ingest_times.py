from __future__ import annotations

import pytest

from perfagent.ingest.times import parse_time

BASE = 1795377540


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2026-11-22T19:59:00Z", BASE * 10**9),
        ("2026-11-22T19:59:00.5Z", BASE * 10**9 + 500_000_000),
        ("2026-11-22T19:59:00.000000001Z", BASE * 10**9 + 1),
        ("2026-11-22T20:59:00+01:00", BASE * 10**9),
        ("2026-11-22T11:29:00-08:30", BASE * 10**9),
        (str(BASE), BASE * 10**9),
        (f"{BASE}123", BASE * 10**9 + 123_000_000),
        (f"{BASE}123456", BASE * 10**9 + 123_456_000),
        (f"{BASE}123456789", BASE * 10**9 + 123_456_789),
    ],
)
def test_every_form_k6_writes(text: str, nanoseconds: int) -> None:
    assert parse_time(text) == nanoseconds


@pytest.mark.parametrize("text", ["", "yesterday", "2026-11-22", "2026-13-45T19:59:00Z", "12:00"])
def test_other_texts_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_time(text)
