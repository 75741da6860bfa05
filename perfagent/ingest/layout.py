"""What a line of k6's raw output looks like when k6 wrote it the usual way."""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_METRICS = (
    "http_req_duration",
    "http_req_waiting",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_receiving",
    "http_req_blocked",
    "http_req_failed",
)
"""Their numbers in `scan.Points.metric` are 0 to 7; the phases come in the order of `requests.PHASES`."""
DURATION, FAILED = 0, 7
COUNTED = len(REQUEST_METRICS)  # http_reqs: only counted, its request's duration follows


@dataclass(frozen=True, slots=True)
class Layout:
    """The fixed texts of a line: before the metric's name, between name and time, between time and value, after the value, at the end.

    `kind` is the part of `name_time` that is looked at, from its `kind_at` on: the rest shows when a time is found right behind it.
    """

    before: bytes
    name_time: bytes
    kind: bytes
    kind_at: int
    time_value: bytes
    value_tags: bytes
    end: bytes


JSON = Layout(b'{"metric":"', b'","type":"Point","data":{"time":"', b':"Point"', 8, b'","value":', b',"tags":', b"}}")
CSV = Layout(b"", b",", b",", 0, b",", b",", b"")
