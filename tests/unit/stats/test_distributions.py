"""Against values from published tables and from scipy 1.14 (written down, so that scipy is not needed)."""

from __future__ import annotations

import math

import numpy as np
import pytest

from perfagent.stats.distributions import beta_cdf, excess_p, normal_ppf, normal_sf, t_ppf, t_sf


@pytest.mark.parametrize("z", [-6.0, -1.0, 0.0, 0.5, 1.96, 8.0, 20.0])
def test_normal_tail_agrees_with_erfc_far_into_both_tails(z: float) -> None:
    assert float(normal_sf(z)) == pytest.approx(0.5 * math.erfc(z / math.sqrt(2)), rel=1e-12)


def test_normal_tail_of_an_array_is_elementwise() -> None:
    assert normal_sf(np.array([0.0, 1.6448536269514722])).tolist() == pytest.approx([0.5, 0.05])


def test_normal_quantile() -> None:
    assert normal_ppf(0.99) == pytest.approx(2.3263478740408408)


@pytest.mark.parametrize(
    ("p", "df", "expected"), [(0.975, 5, 2.570581836), (0.99, 5, 3.364929999), (0.995, 11, 3.105806516), (0.05, 3, -2.353363435)]
)
def test_t_quantile_agrees_with_tables(p: float, df: float, expected: float) -> None:
    assert t_ppf(p, df) == pytest.approx(expected, rel=1e-8)


def test_t_tail_is_symmetric() -> None:
    assert t_sf(1.3, 7) + t_sf(-1.3, 7) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("x", "a", "b", "expected"), [(0.3, 2, 5, 0.579825), (0.5, 0.5, 0.5, 0.5), (0.9, 10, 1, 0.9**10), (0.0, 1, 1, 0.0), (1.0, 1, 1, 1.0)]
)
def test_incomplete_beta(x: float, a: float, b: float, expected: float) -> None:
    assert beta_cdf(x, a, b) == pytest.approx(expected, rel=1e-9)


def test_excess_is_the_exact_mid_p_of_the_conditional_binomial() -> None:
    at_least_8_of_10 = sum(math.comb(10, k) for k in (8, 9, 10)) / 2**10
    exactly_8 = math.comb(10, 8) / 2**10
    assert excess_p(8, 2, 0.5) == pytest.approx(at_least_8_of_10 - exactly_8 / 2)


def test_no_events_say_nothing() -> None:
    assert excess_p(0, 0, 0.5) == 0.5
