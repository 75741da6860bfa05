from __future__ import annotations

from datetime import date

import pytest

from perfagent.adapters.acceptance_file import parse_acceptance_file
from perfagent.errors import ConfigurationError

TODAY = date(2026, 11, 25)
GOOD = """
accepted:
  - {endpoint: GET /cart, metric: p95, until: 2026-12-31, by: ann, reason: tax rules}
  - {endpoint: GET /item, until: "2026-11-25", by: bob, reason: cache is gone}
  - {endpoint: GET /old, until: 2026-11-24, by: bob, reason: long ago}
"""


def test_entries_hold_until_their_last_day() -> None:
    found = parse_acceptance_file(GOOD, today=TODAY)
    assert [(a.endpoint, a.metric, a.by) for a in found.accepted] == [("GET /cart", "p95", "ann"), ("GET /item", None, "bob")]
    assert found.accepted[0].source == ".perfagent-accepted.yml, entry 1"
    assert found.accepted[1].covers("GET /item", "p50", today=TODAY)
    assert len(found.refused) == 1
    assert "ended on 2026-11-24" in found.refused[0]


@pytest.mark.parametrize("text", ["", "accepted:\n", "accepted: []\n"])
def test_an_empty_file_accepts_nothing(text: str) -> None:
    assert parse_acceptance_file(text, today=TODAY).accepted == ()


def test_every_mistake_is_told_at_once() -> None:
    text = """
accepted:
  - {endpoint: GET /cart, untl: 2026-12-31, by: ann, reason: x}
  - {endpoint: a, until: soon, by: b, reason: c}
  - GET /x
"""
    with pytest.raises(ConfigurationError) as caught:
        parse_acceptance_file(text, today=TODAY)
    told = "\n".join(caught.value.mistakes)
    assert "accepted[0]: unknown key 'untl'" in told
    assert "accepted[0]: until is missing" in told
    assert "accepted[1]: until is 'soon'" in told
    assert "accepted[2]: is 'GET /x'" in told


@pytest.mark.parametrize("text", ["- a\n", "accept: []\n", "accepted: {a: b}\n", "accepted: [\n", "just words\n"])
def test_another_shape_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\.perfagent-accepted\.yml"):
        parse_acceptance_file(text, today=TODAY)
