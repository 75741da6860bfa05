from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.config.quantities import (
    format_duration,
    format_fraction,
    parse_bytes,
    parse_duration,
    parse_fraction,
    parse_rate,
    parse_url,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("15m", 900),
        ("1h30m", 5400),
        ("250ms", 0.25),
        ("1m 30s", 90),
        (" 2 h ", 7200),
        (30, 30),
        (0.5, 0.5),
        ("45", 45),
        ("1.5m", 90),
    ],
)
def test_lengths_of_time_become_seconds(text: object, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "30 seconds", "-5s", "5s5", "s", "1h30", True, None, [], "1e400", "٣s"])
def test_what_is_no_length_of_time_is_refused_with_an_example(text: object) -> None:
    with pytest.raises(ValueError, match=r"write for example|too large|1h30"):
        parse_duration(text)


def test_a_limit_of_latency_needs_a_unit_because_300_could_be_either() -> None:
    with pytest.raises(ValueError, match="300 has no unit; write 300ms or 300s"):
        parse_duration(300, unit_needed=True)
    assert parse_duration("0", unit_needed=True) == 0


@pytest.mark.parametrize(
    ("text", "fraction"), [("10%", 0.1), ("0.1", 0.1), (0.1, 0.1), ("99.9 %", 0.999), ("150%", 1.5), (1, 1.0), ("0%", 0)]
)
def test_percentages_become_fractions_exactly(text: object, fraction: float) -> None:
    assert parse_fraction(text) == fraction


def test_a_bare_10_is_refused_because_it_would_be_1000_percent() -> None:
    with pytest.raises(ValueError, match=r"10 without a percent sign would be 1000 %; write 10% or 0\.1"):
        parse_fraction(10)


@pytest.mark.parametrize("text", ["", "%", "ten", "10 percent", "-3%", "nan", "inf", True, None, "1,5%"])
def test_what_is_no_percentage_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a percentage"):
        parse_fraction(text)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://acme.example.net", "https://acme.example.net"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("http://[::1]:9090/prometheus/", "http://[::1]:9090/prometheus"),
    ],
)
def test_urls_lose_the_slash_at_their_end_only(url: str, kept: str) -> None:
    assert parse_url(url) == kept


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:8000", "http://localhost:8000"),
        ("shop.example.net/api", "https://shop.example.net/api"),
        ("ftp://example.net", "only http"),
        ("http://", "is not a URL"),
        ("https://exa mple.net", "is not a URL"),
        ("http://host:99999", "is not a URL"),
        ("http://host:port", "is not a URL"),
        ("", "is not a URL"),
        (None, "is not a URL"),
        (8000, "is not a URL"),
    ],
)
def test_what_is_no_url_is_refused_with_the_nearest_that_would_be(url: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse_url(url)


def test_credentials_in_a_url_are_refused_and_not_repeated() -> None:
    with pytest.raises(ValueError, match="credentials") as caught:
        parse_url("https://bot:s3cr3t@example.net")
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(("text", "size"), [("200kB", 200_000), ("1MiB", 2**20), (512, 512), ("1.5 MB", 1_500_000)])
def test_sizes_become_bytes(text: object, size: float) -> None:
    assert parse_bytes(text) == size


@pytest.mark.parametrize(("text", "rate"), [("50/s", 50), ("3000/m", 50), (50, 50), ("0.5", 0.5)])
def test_rates_become_events_per_second(text: object, rate: float) -> None:
    assert parse_rate(text) == rate


@pytest.mark.parametrize("text", ["fast", "50/x", "-1/s", True])
def test_what_is_no_rate_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="is not a rate"):
        parse_rate(text)


@given(st.integers(min_value=0, max_value=10**9))
def test_a_written_duration_reads_back_as_the_same(milliseconds: int) -> None:
    seconds = milliseconds / 1000
    assert parse_duration(format_duration(seconds)) == pytest.approx(seconds, rel=1e-11)


@given(st.floats(min_value=0, max_value=100, allow_nan=False))
def test_a_written_percentage_reads_back_as_the_same(fraction: float) -> None:
    assert parse_fraction(format_fraction(fraction)) == pytest.approx(fraction, rel=1e-10)
