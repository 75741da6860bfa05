"""What real files contain beside good points: counted and told, never a crash, never silently dropped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from perfagent.ingest.requests import MAX_ENDPOINTS


def _notes(raw: Any, **options: Any) -> str:
    return " | ".join(raw.stream(**options).finish().notes)


def _good(raw: Any) -> Any:
    return raw.request(0, 10).request(1, 10)


pytestmark = pytest.mark.usefixtures("either_way")


def test_clean_output_has_no_notes(raw: Any) -> None:
    assert _good(raw).stream().finish().notes == ()


def test_a_cut_off_last_line_is_told(raw: Any) -> None:
    raw = _good(raw)
    stream = type(raw)(raw.format).stream()
    for line in raw.lines[-19 if raw.format == "json" else -20 :]:
        stream.feed(f"{line}\n".encode())
    stream.feed(raw.lines[-2].encode()[:60])
    run = stream.finish()
    assert run.requests == 2
    assert "the last line is cut off and was left out" in run.notes


def test_a_whole_last_line_without_newline_counts(raw: Any) -> None:
    raw = _good(raw)
    stream = type(raw)(raw.format, lines=[]).stream()
    stream.feed(raw.bytes().rstrip(b"\n"))
    run = stream.finish()
    assert (run.requests, run.notes) == (2, ())


@pytest.mark.parametrize(("value", "said"), [("NaN", "1 value not a number"), ("-5", "1 negative value"), ("99999999999", "1 value above")])
def test_an_unusable_value_is_left_out_and_counted(raw: Any, value: str, said: str) -> None:
    raw = _good(raw)
    raw.point("http_req_duration", 2, value)
    assert raw.stream().finish().requests == 2
    assert said in _notes(raw)


def test_an_unusable_phase_leaves_the_request(raw: Any) -> None:
    raw.request(0, 10, phases=(0, 0, 0, 0, -3, 0))
    run = raw.stream().finish()
    assert run.requests == 1
    assert "waiting" not in run.endpoints[0].timings


def test_text_between_points_is_passed_over_and_counted(new_raw: Any) -> None:
    raw = _good(new_raw("json"))
    raw.lines[3:3] = ['time="2026-11-22T19:59:07Z" level=warning msg="Request Failed"', "", "     checks........: 100.00%"]
    assert "2 lines of text between the points passed over" in _notes(raw)
    assert raw.stream().finish().requests == 2


def test_a_point_glued_to_another_programs_text_is_still_read(new_raw: Any) -> None:
    raw = new_raw("json").request(0, 10)
    raw.lines[1] = 'time="2026" level=info msg="half a li' + raw.lines[1]
    run = raw.stream().finish()
    assert (run.requests, run.notes) == (1, ())


def test_a_torn_line_is_malformed_and_shown(new_raw: Any) -> None:
    raw = _good(new_raw("json"))
    raw.lines[4] = raw.lines[4][:70] + raw.lines[5]
    assert '1 malformed line left out; the first begins \'{"metric":"http_req_' in _notes(raw)


def test_csv_lines_with_too_few_columns_are_malformed(new_raw: Any) -> None:
    raw = _good(new_raw("csv"))
    raw.lines.insert(3, "http_req_duration,1795377540,5.0")
    assert "1 malformed line left out" in _notes(raw)


def test_other_metrics_and_types_are_counted_by_name(new_raw: Any) -> None:
    raw = _good(new_raw("json"))
    for _ in range(3):
        raw.point("cart_size", 2, 4).point("browser_web_vital_lcp", 2, 4).point("browser_web_vital_fcp", 2, 4)
    raw.lines.append('{"type":"Sample","metric":"x","data":{}}')
    notes = _notes(raw)
    assert "9 points (browser_web_vital_fcp, browser_web_vital_lcp, cart_size) of metrics that are not compared" in notes
    assert "1 point (Sample) of an unknown type" in notes


def test_declarations_are_no_oddity(new_raw: Any) -> None:
    raw = _good(new_raw("json"))
    raw.lines.insert(0, '{"type":"Metric","data":{"name":"http_reqs","type":"counter"},"metric":"http_reqs"}')
    raw.lines.insert(0, '{"metric":"http_reqs","type":"Metric","data":{"name":"http_reqs","type":"counter"}}')
    assert _notes(raw) == ""


def test_another_key_order_is_read(new_raw: Any) -> None:
    raw = _good(new_raw("json"))
    raw.lines = [json.dumps(dict(reversed(json.loads(line).items()))) for line in raw.lines]
    run = raw.stream().finish()
    assert (run.requests, run.notes) == (2, ())


def test_a_clock_that_jumps_back_is_told_and_nothing_is_lost(raw: Any) -> None:
    for at in (0, 100, 40, 41, 105):
        raw.request(at, 10)
    run = raw.stream().finish()
    assert (run.requests, run.duration) == (5, 105)
    assert "the clock jumped back 1 time; time cells overlap there" in run.notes


def test_points_before_the_start_count_at_the_time_last_seen(raw: Any) -> None:
    raw.request(100, 10).request(130, 10).request(20, 10)
    run = raw.stream(warmup=10).finish()
    assert run.requests == 2
    assert [c.start for c in run.endpoints[0].cells] == [30]
    assert any("before the start" in n for n in run.notes)


def test_missing_durations_are_told(raw: Any) -> None:
    _good(raw).point("http_reqs", 3, 1)
    assert "3 points of http_reqs but 2 of http_req_duration" in _notes(raw)


def test_an_endpoint_explosion_ends_in_other(new_raw: Any) -> None:
    raw = new_raw("json")
    for i in range(MAX_ENDPOINTS + 50):
        raw.point("http_req_duration", i / 100, 10, {"method": "GET", "name": f"GET /page-{chr(97 + i % 26)}{'x' * (i // 26)}"})
    run = raw.stream().finish()
    assert (run.requests, len(run.endpoints)) == (MAX_ENDPOINTS + 50, MAX_ENDPOINTS + 1)
    assert {e.endpoint: e.requests for e in run.endpoints}["other"] == 50
    assert any("more than 500 endpoints: 50 further names" in n and "`other`" in n for n in run.notes)


def test_quoted_csv_fields_may_hold_commas_quotes_and_line_breaks(new_raw: Any) -> None:
    raw = (
        new_raw("csv")
        .request(0, 10, name='say "a, b"', url="x", error="first line\nsecond, line", expected_response="false")
        .request(1, 10)
    )
    run = raw.stream().finish()
    assert {e.endpoint: (e.requests, e.failed) for e in run.endpoints} == {'GET say "a, b"': (1, 1), "GET /a": (1, 0)}
    assert run.notes == ()


def test_a_stray_quote_in_csv_loses_one_line_only(new_raw: Any) -> None:
    raw = new_raw("csv").request(0, 10)
    raw.lines.append('garbage "that never ends')
    for i in range(400):
        raw.request(1 + i / 10, 10)
    run = raw.stream().finish()
    assert run.requests == 401
    assert any("1 malformed line" in n for n in run.notes)


@pytest.mark.parametrize(
    ("zone", "digits"),
    [("Z", 9), ("Z", 0), ("+05:30", 6), ("-08:00", 3)],
)
def test_every_time_zone_and_precision_is_read(new_raw: Any, zone: str, digits: int) -> None:
    raw = new_raw("json")
    fraction = "." + "123456789"[:digits] if digits else ""
    for second in (0, 7, 25):
        raw.request(0, 10)
        raw.lines[-9:] = [line.replace("2026-11-22T19:59:00Z", f"2026-11-22T19:59:{second:02d}{fraction}{zone}") for line in raw.lines[-9:]]
    run = raw.stream().finish()
    assert (run.requests, run.duration, [c.start for c in run.endpoints[0].cells]) == (3, 25, [0, 20])
    assert run.notes == ()


def test_midnight_does_not_break_the_time_line(new_raw: Any) -> None:
    raw = new_raw("json").request(4 * 3600 + 55, 10).request(4 * 3600 + 65, 10)
    raw.lines[:] = [line.replace("T24:00:05", "T00:00:05").replace("22T23:59:55", "22T23:59:55") for line in raw.lines]
    raw.lines[-9:] = [line.replace("2026-11-22", "2026-11-23") for line in raw.lines[-9:]]
    assert raw.stream().finish().duration == 10


@pytest.mark.parametrize("factor", [10**3, 10**6, 10**9])
def test_every_csv_time_unit_is_read(new_raw: Any, factor: int) -> None:
    raw = new_raw("csv").request(0, 10).request(12, 10)
    for line, row in enumerate(raw.lines[1:], 1):
        name, time, rest = row.split(",", 2)
        raw.lines[line] = f"{name},{int(time) * factor + 5 * factor // 10},{rest}"
    run = raw.stream().finish()
    assert (run.requests, run.duration, run.notes) == (2, 12, ())


def test_a_csv_file_with_other_columns_first_is_read(new_raw: Any) -> None:
    raw = _good(new_raw("csv"))
    raw.lines[:] = [",".join([*(fields := line.split(","))[3:], *fields[:3]]) for line in raw.lines]
    assert raw.stream().finish().requests == 2
