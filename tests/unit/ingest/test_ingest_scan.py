"""The fast reader against the slow one."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perfagent.ingest.layout import CSV, JSON
from perfagent.ingest.scan import Scanner
from perfagent.ingest.words import PADDING

_NOISE = st.sampled_from(
    [
        "",
        "some text",
        '{"metric":"http_req_duration"',
        '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-22T19:59:00Z","value":-1,"tags":{}}}',
        '{"metric":"http_req_durations","type":"Point","data":{"time":"2026-11-22T19:59:00Z","value":1,"tags":{}}}',
        '{"metric":"http_req_waiting","type":"Point","data":{"time":"2026-11-22T19:59:00.5Z","value":1e-05,"tags":{"name":"b"}}}',
        '{"metric":"http_req_sending","type":"Point","data":{"time":"2026-11-22T19:59:01Z","value":123456789.5,"tags":null}}',
        '{"metric":"http_req_sending","type":"Other","data":{"time":"2026-11-22T19:59:01Z","value":1,"tags":{}}}',
        '{"metric":"iterations","type":"Point","data":{"time":"yesterday","value":1,"tags":{}}}',
        '{"metric":"vus_max","type":"Point","data":{"time":"2026-11-22T19:59:01Z","value":12,"tags":{}}}',
        '{"type":"Point","data":{"time":"2026-11-22T19:59:02Z","value":7.25,"tags":{"name":"c","method":"GET"}},"metric":"http_req_duration"}',
        '{"metric":"http_req_duration","type":"Point","data":{"time":"2026-11-22T19:59:02Z","value":7.25,"tags":{"name":"c","x":1}}}',
        "http_req_duration,1795377540,5.0",
        "http_req_duration,1795377540,abc,,,,true,,GET,GET /a,,,,200,,,GET /a,,",
        "http_req_duration,1795377541,12.5,,,,true,,GET,GET /q,,,,200,,,GET /q,side=baseline&a=b,vu=1",
        'checks,1795377541,1,"a, b",,,true,,,,,,,,,,,,',
    ]
)
_REQUESTS = st.tuples(
    st.floats(0, 100, allow_nan=False),
    st.floats(0, 5000, allow_nan=False).map(lambda v: f"{v:.6f}".rstrip("0").rstrip(".")),
    st.lists(st.integers(0, 10**9).map(lambda n: f"{n / 1e6:.6f}".rstrip("0").rstrip(".")), max_size=6),
    st.sampled_from(["GET /a", "GET /bbbbb", "http://h:1/x/17?y=3", "naïve, \\ name"]),
    st.sampled_from(["true", "false", "-"]),
)


@pytest.mark.parametrize("name", ["k6-0.57.json", "k6-1.1.json", "k6-2.2.json", "k6-2.2-metadata.json", "k6-1.1.csv", "k6-1.1-lean.csv"])
def test_the_scan_leaves_nothing_but_declarations_to_the_line_reader(data: Path, name: str) -> None:
    text = gzip.decompress((data / f"{name}.gz").read_bytes())
    layout = JSON if name.endswith("json") else CSV
    scanner = Scanner(
        layout, wanted=("data_received", "data_sent", "iterations"), unwanted=("checks", "iteration_duration", "group_duration")
    )
    points = scanner.scan(text + PADDING, 0, len(text))
    left = [text[begin:end] for begin, end in points.left]
    assert [line for line in left if not line.startswith((b'{"type":"Metric"', b"metric_name")) and b"cart_size" not in line] == []
    assert len(points.metric) == 34 * 8 + 24


@pytest.mark.parametrize("format", ["json", "csv"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.lists(st.one_of(_REQUESTS, _NOISE), min_size=1, max_size=25), piece=st.integers(200, 5000))
def test_the_scan_reads_exactly_what_the_line_reader_reads(
    new_raw: Any, run_both: Callable[..., tuple[Any, Any]], format: str, content: list[Any], piece: int
) -> None:
    raw = new_raw(format).request(0, 1)
    for item in content:
        if isinstance(item, str):
            raw.lines.append(item)
        else:
            at, duration, phases, name, expected = item
            raw.request(at, duration, phases=phases, name=name, url=name, expected_response=expected)
    text = raw.bytes()
    fast, slow = run_both((text[i : i + piece] for i in range(0, len(text), piece)), format)
    notes = [tuple(n for n in run.notes if "clock" not in n) for run in (fast, slow)]  # left lines are read out of order
    assert notes[0] == notes[1]
    assert replace(fast, notes=()) == replace(slow, notes=())
