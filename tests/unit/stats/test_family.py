from __future__ import annotations

import pytest

from perfagent.stats.family import combined, holm
from perfagent.stats.policy import Gate, split_key


def test_equal_weights_are_plain_holm() -> None:
    adjusted, _ = holm([0.01, 0.04, 0.03], [1 / 3] * 3, 0.05)
    assert adjusted == pytest.approx([0.03, 0.06, 0.06])


def test_a_row_outside_the_family_is_never_significant() -> None:
    adjusted, shares = holm([1e-9, 0.5], [0.0, 1.0], 0.01)
    assert adjusted == [1.0, 0.5]
    assert shares[0] == 0.0


def test_shares_of_alpha_agree_with_adjusted_p_values() -> None:
    p, weights, alpha = [0.001, 0.004, 0.2, 0.02], [0.5, 0.3, 0.1, 0.1], 0.01
    adjusted, shares = holm(p, weights, alpha)
    assert [a <= alpha for a in adjusted] == [one <= alpha * s for one, s in zip(p, shares, strict=True)]


def test_the_family_wise_p_value_is_continuous_and_never_above_one() -> None:
    assert 0 < combined([0.9, 0.8], [0.5, 0.5]) < 1
    assert combined([1.0, 1.0], [0.5, 0.5]) <= 1
    assert combined([0.001, 0.5], [0.5, 0.5]) == pytest.approx(0.002, rel=0.01)


def test_all_mistakes_of_a_gate_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"max_regression.*alpha.*'p59'.*min_rounds.*slo"):
        Gate(max_regression=-1, alpha=2, metrics=("p59",), min_rounds=5, max_rounds=3, slo={"GET /cart": 0.3})


@pytest.mark.parametrize(
    ("key", "expected"), [("GET /cart p95", ("GET /cart", "p95")), ("p95", ("*", "p95")), ("GET /cart", ("GET /cart", None))]
)
def test_slo_keys(key: str, expected: tuple[str, str | None]) -> None:
    assert split_key(key) == expected


def test_the_most_particular_limit_holds() -> None:
    gate = Gate(endpoint_limits={"GET /a": 0.2, "GET /a p99": 0.5})
    assert [gate.limit(*of) for of in (("GET /a", "p99"), ("GET /a", "p95"), ("GET /b", "p95"))] == [0.5, 0.2, 0.10]
