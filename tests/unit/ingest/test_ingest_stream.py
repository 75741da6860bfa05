from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from perfagent.errors import InputError
from perfagent.ingest.stream import K6Stream
from perfagent.model.run import Run, Side

pytestmark = pytest.mark.usefixtures("either_way")


def _only(run: Run) -> Any:
    (endpoint,) = run.endpoints
    return endpoint


def test_counts_sums_and_extremes_are_exact(raw: Any) -> None:
    for i in range(50):
        raw.request(i, 10 + i, expected_response="false" if i % 5 == 0 else "true")
    endpoint = _only(raw.stream().finish())
    duration = endpoint.timings["duration"]
    assert (endpoint.requests, endpoint.failed, duration.count) == (50, 10, 50)
    assert (duration.minimum, duration.maximum, duration.total) == (0.010, 0.059, 1.725)


def test_quantiles_are_within_half_a_percent(new_raw: Any) -> None:
    raw = new_raw("json")
    values = [1.37 * 1.002**i for i in range(3000)]
    for i, value in enumerate(values):
        raw.point("http_req_duration", i / 100, f"{value:.6f}")
    sketch = _only(raw.stream().finish()).timings["duration"]
    for q in (0.5, 0.9, 0.95, 0.99):
        assert sketch.quantile(q) == pytest.approx(values[round(q * 2999)] / 1e3, rel=0.005)


def test_each_phase_has_its_own_sketch_in_seconds(raw: Any) -> None:
    raw.request(0, 100, phases=(1.5, 2.5, 3.5, 4.5, 5.5, 6.5))
    timings = _only(raw.stream().finish()).timings
    totals = {phase: timings[phase].total for phase in timings}
    expected = {"duration": 0.1, "blocked": 0.0015, "connecting": 0.0025, "tls": 0.0035, "sending": 0.0045, "waiting": 0.0055}
    assert totals == {**expected, "receiving": 0.0065}


def test_only_new_connections_count_in_connecting_and_tls(raw: Any) -> None:
    raw.request(0, 10, phases=(1, 2, 3)).request(1, 10).request(2, 10)
    timings = _only(raw.stream().finish()).timings
    assert (timings["connecting"].count, timings["tls"].count, timings["blocked"].count) == (1, 1, 3)


def test_cells_are_ten_seconds_wide_from_the_first_point(raw: Any) -> None:
    raw.point("vus", 0, 1, {}).request(1, 10).request(9, 20, expected_response="false").request(12, 30).request(47, 40)
    cells = _only(raw.stream().finish()).cells
    assert [(c.start, c.requests, c.failed) for c in cells] == [(0, 2, 1), (10, 1, 0), (40, 1, 0)]
    assert cells[0].duration.total == 0.030


def test_warmup_is_cut_by_time_and_told(raw: Any) -> None:
    raw.request(0, 10).point("data_sent", 1, 100, {}).request(4, 10).request(5, 20).point("data_sent", 6, 7, {}).request(15, 30)
    run = raw.stream(warmup=5).finish()
    assert (run.requests, run.duration, run.warmup, run.bytes_sent) == (2, 10, 5, 7)
    assert any("2 requests in the warm-up of 5 s" in n for n in run.notes)


def test_counters_and_start_come_from_the_points(raw: Any) -> None:
    raw.request(3, 10).point("iterations", 4, 1, {}).point("iterations", 5, 1, {}).point("dropped_iterations", 5, 3, {})
    raw.point("vus_max", 5, 7, {}).point("vus_max", 6, 9, {}).point("data_received", 7, "123456789", {}).point("data_received", 7, 1, {})
    run = raw.stream().finish()
    assert (run.health.iterations, run.health.dropped, run.health.vus_max) == (2, 3, 9)
    assert (run.bytes_received, run.bytes_sent) == (123456790, None)
    assert run.started_at == datetime(2026, 11, 22, 19, 59, 3, tzinfo=UTC)


@pytest.mark.parametrize("size", [1, 7, 100, 4096])
def test_the_size_of_the_pieces_does_not_matter(raw: Any, size: int) -> None:
    for i in range(20):
        raw.request(i, 10 + i, name=f"GET /{i % 3}")
    text = raw.bytes()
    stream = K6Stream(raw.format)
    for at in range(0, len(text), size):
        stream.feed(text[at : at + size])
    assert stream.finish() == raw.stream().finish()


def test_both_sides_of_one_output_in_one_pass(raw: Any) -> None:
    raw.request(0, 10, side="baseline").request(1, 30, side="candidate").request(2, 20, side="baseline").request(3, 1)
    raw.point("iterations", 4, 1, {"side": "candidate"}).point("dropped_iterations", 4, 5, {})
    runs = raw.stream().finish_sides(round=4)
    assert [(s, r.side, r.round, r.requests, r.health.iterations, r.health.dropped) for s, r in runs.items()] == [
        (Side.BASELINE, Side.BASELINE, 4, 2, 0, 5),
        (Side.CANDIDATE, Side.CANDIDATE, 4, 1, 1, 5),
    ]
    assert all("1 request without the wanted tag `side` left out" in r.notes for r in runs.values())


def test_a_side_that_no_request_carries_is_a_problem(raw: Any) -> None:
    runs = raw.request(0, 10, side="baseline").stream().finish_sides()
    assert runs[Side.BASELINE].usable
    assert "tag `side`" in runs[Side.CANDIDATE].problems[0]


def test_one_run_of_both_sides_is_refused(raw: Any) -> None:
    with pytest.raises(InputError, match="both sides"):
        raw.request(0, 10, side="baseline").request(1, 30, side="candidate").stream().finish()


def test_a_side_tag_with_other_words_is_just_a_tag(raw: Any) -> None:
    assert raw.request(0, 10, side="left").request(1, 30, side="right").stream().finish().requests == 2


def test_progress_counts_what_was_fed(raw: Any) -> None:
    stream = raw.request(0, 10).request(2, 10, expected_response="false").stream()
    assert (stream.progress().requests, stream.progress().failed, stream.progress().seconds) == (2, 1, 2)


def test_failures_come_from_http_req_failed_where_tags_do_not_say(raw: Any) -> None:
    for at, failed in enumerate((0, 1, 1)):
        tags = {"method": "GET", "name": "GET /a", "status": "200"}
        raw.point("http_req_duration", at, 10, tags).point("http_req_failed", at, failed, tags)
    assert _only(raw.stream().finish()).failed == 2


@pytest.mark.parametrize(("status", "failed"), [("200", 0), ("302", 0), ("404", 1), ("500", 1), ("0", 1)])
def test_without_a_response_callback_the_status_decides(raw: Any, status: str, failed: int) -> None:
    raw.point("http_req_duration", 0, 10, {"method": "GET", "name": "GET /a", "status": status})
    assert _only(raw.stream().finish()).failed == failed


def test_grpc_requests_are_requests_and_their_status_zero_is_good(raw: Any) -> None:
    for at, status in enumerate(("0", "0", "14")):
        raw.point("grpc_req_duration", at, 10, {"method": "GetCart", "service": "shop.Cart", "name": "u", "url": "u", "status": status})
    endpoint = _only(raw.stream().finish())
    assert (endpoint.endpoint, endpoint.requests, endpoint.failed) == ("shop.Cart/GetCart", 3, 1)


def test_a_run_without_requests_is_a_problem_not_an_error(raw: Any) -> None:
    run = raw.point("ws_connecting", 0, 10, {}).stream().finish()
    assert run.problems == ("no http request was measured",)
    assert any("ws_connecting" in n for n in run.notes)
