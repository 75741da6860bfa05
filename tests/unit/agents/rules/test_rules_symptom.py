"""The shape of a slowdown, and what the monitoring adds."""

from __future__ import annotations

import pytest

from perfagent.agents.rules.signals import read_signals
from perfagent.agents.rules.symptom import read_symptom
from perfagent.model.comparison import Comparison, Row, RowVerdict
from perfagent.model.evidence import Evidence


def _rows(metric="p95", **ratios):
    return tuple(Row(endpoint=f"GET /{n}", metric=metric, baseline=0.1, candidate=0.1 * r) for n, r in ratios.items())


def test_the_slow_endpoint_is_told_from_the_noise():
    symptom = read_symptom(Comparison(rows=_rows(cart=2.0, users=1.02, health=0.97)))
    assert symptom.affected == ("GET /cart",)
    assert symptom.unaffected == ("GET /users", "GET /health")
    assert not symptom.everywhere


def test_all_endpoints_by_the_same_factor_are_even():
    symptom = read_symptom(Comparison(rows=_rows(a=1.5, b=1.52, c=1.48, health=1.5)))
    assert symptom.everywhere
    assert symptom.even
    assert symptom.idle_endpoints_hit


def test_all_endpoints_by_different_factors_are_not_even():
    symptom = read_symptom(Comparison(rows=_rows(a=4.0, b=2.2, c=1.9)))
    assert symptom.everywhere
    assert not symptom.even


def test_a_small_but_proven_regression_counts():
    rows = (
        *_rows(cart=1.07, users=1.0),
        Row(endpoint="GET /cart", metric="p99", baseline=1, candidate=1.2, row_verdict=RowVerdict.REGRESSION),
    )
    assert read_symptom(Comparison(rows=rows)).affected == ("GET /cart",)


def test_connections_alone():
    rows = (*_rows(cart=1.5), *_rows(metric="waiting_p95", cart=1.0), *_rows(metric="connecting_p95", cart=9.0))
    assert read_symptom(Comparison(rows=rows)).only_connecting


def test_bytes_errors_and_missing_numbers():
    rows = (
        *_rows(cart=1.4),
        Row(endpoint="GET /cart", metric="bytes_received", baseline=100, candidate=900),
        Row(endpoint="GET /cart", metric="error_rate", baseline=0.0, candidate=0.2),
        Row(endpoint="GET /gone", metric="p95", baseline=None, candidate=None),
    )
    symptom = read_symptom(Comparison(rows=rows))
    assert symptom.bytes_ratio == pytest.approx(9)
    assert symptom.error_increase == pytest.approx(0.2)


def test_nothing_slower_is_nothing_affected():
    assert read_symptom(Comparison(rows=_rows(a=1.0, b=0.9))).affected == ()
    assert read_symptom(Comparison(rows=())).affected == ()


@pytest.mark.parametrize(
    ("name", "baseline", "candidate", "factor"),
    [
        ("node_cpu_steal", 0.01, 0.3, "host"),
        ("db_queries_per_request", 3, 50, "queries"),
        ("hikaricp_connections_pending", 0, 12, "pool"),
        ("cache_hit_ratio", 0.9, 0.2, "cache"),
        ("nodejs_eventloop_lag_seconds", 0.002, 0.4, "loop_lag"),
        ("pg_stat_seq_tup_read", 100, 90_000, "rows"),
        ("k6 CPU (load generator)", 0.6, 0.97, "generator"),
        ("p95 of the baseline against its own history", 0.05, 0.08, "drift"),
        ("jvm_gc_pause_seconds", 0.01, 0.09, "gc"),
        ("process_cpu_seconds", 1.0, 2.0, "cpu"),
        ("process_cpu_seconds", 2.0, 1.0, "cpu_idle"),
        ("node_netstat_Tcp_RetransSegs", 1, 40, "network"),
        ("payment provider latency", 0.1, 0.9, "upstream"),
    ],
)
def test_a_metric_is_read_for_what_it_measures(name, baseline, candidate, factor):
    signals = read_signals([Evidence(id="m", source="prometheus", name=name, baseline=baseline, candidate=candidate)])
    assert signals[factor] > 0
    assert signals.evidence[factor] == ("m",)


def test_a_metric_that_did_not_move_says_nothing():
    assert not read_signals([Evidence(id="m", source="p", name="db_queries_total", baseline=(100, None), candidate=(105.0,))]).any


@pytest.mark.parametrize(
    ("text", "factor"),
    [("QueuePool limit of size 5 overflow 10 reached", "pool"), ("autovacuum running", "database_busy"), ("Seq Scan on orders", "rows")],
)
def test_a_log_line_is_read_too(text, factor):
    assert read_signals([Evidence(id="l", source="loki", name="log", text=text)])[factor] > 0
