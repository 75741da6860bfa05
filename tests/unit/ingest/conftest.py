"""Raw output in miniature: lines as k6 writes them, made to order."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from perfagent.ingest import lines as lines_module
from perfagent.ingest.stream import K6Stream

PHASES = ("blocked", "connecting", "tls_handshaking", "sending", "waiting", "receiving")
COLUMNS = [
    "metric_name",
    "timestamp",
    "metric_value",
    "check",
    "error",
    "error_code",
    "expected_response",
    "group",
    "method",
    "name",
    "proto",
    "scenario",
    "service",
    "status",
    "subproto",
    "tls_version",
    "url",
    "extra_tags",
    "metadata",
]
TAGS = {"expected_response": "true", "group": "", "method": "GET", "name": "GET /a", "scenario": "s", "status": "200", "url": "GET /a"}


@dataclass
class Raw:
    """`format` json or csv. Times are seconds after 2026-11-22T19:59:00Z, values milliseconds."""

    format: str = "json"
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.format == "csv":
            self.lines.append(",".join(COLUMNS))

    def point(self, metric: str, at: float, value: float | str, tags: Mapping[str, str] | None = None) -> Raw:
        tags = TAGS if tags is None else tags
        if self.format == "csv":
            extra = "&".join(f"{k}={v}" for k, v in tags.items() if k not in COLUMNS)
            fields = [metric, str(1795377540 + int(at)), str(value), *(tags.get(c, "") for c in COLUMNS[3:-2]), extra, ""]
            self.lines.append(",".join(_quoted(f) for f in fields))
        else:
            text = json.dumps(tags, separators=(",", ":"), sort_keys=True)
            self.lines.append(f'{{"metric":"{metric}","type":"Point","data":{{"time":"{stamp(at)}","value":{value},"tags":{text}}}}}')
        return self

    def request(self, at: float, duration: float | str, *, phases: Sequence[float | str] = (), **tags: str) -> Raw:
        """All nine points of one request. `phases` in the order of PHASES, 0 where it has none."""
        full = {**TAGS, **tags}
        full = {k: v for k, v in full.items() if v != "-"}
        self.point("http_reqs", at, 1, full).point("http_req_duration", at, duration, full)
        for name, value in zip(PHASES, [*phases, *[0] * len(PHASES)], strict=False):
            self.point(f"http_req_{name}", at, value, full)
        return self.point("http_req_failed", at, int(full.get("expected_response") == "false"), full)

    def bytes(self) -> bytes:
        return "".join(f"{line}\n" for line in self.lines).encode()

    def write(self, path: Path) -> Path:
        path.write_bytes(self.bytes())
        return path

    def stream(self, **options: object) -> K6Stream:
        stream = K6Stream(self.format, **options)  # type: ignore[arg-type]
        stream.feed(self.bytes())
        return stream


def stamp(at: float) -> str:
    whole, nanoseconds = divmod(round(at * 1e9), 10**9)
    fraction = f".{nanoseconds:09d}".rstrip("0").rstrip(".")
    return f"2026-11-22T{19 + (59 + whole // 60) // 60}:{(59 + whole // 60) % 60:02d}:{whole % 60:02d}{fraction}Z"


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


@pytest.fixture(params=["json", "csv"])
def raw(request: pytest.FixtureRequest) -> Raw:
    return Raw(request.param)


@pytest.fixture
def new_raw() -> type[Raw]:
    return Raw


@pytest.fixture(params=["fast", "slow"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The test runs with the scan alone doing what it can, and with the line-by-line reader doing everything."""
    monkeypatch.setattr(lines_module, "_FEW", 0 if request.param == "fast" else 1 << 60)
    return str(request.param)


@pytest.fixture
def data() -> Path:
    return Path(__file__).parent / "data"


@pytest.fixture
def run_both(monkeypatch: pytest.MonkeyPatch) -> Callable[[Iterable[bytes], str], tuple[object, object]]:
    """The same pieces read by the scan and line by line."""

    def read(pieces: Iterable[bytes], format: str) -> tuple[object, object]:
        pieces = list(pieces)
        runs = []
        for few in (0, 1 << 60):
            monkeypatch.setattr(lines_module, "_FEW", few)
            stream = K6Stream(format)  # type: ignore[arg-type]
            for piece in pieces:
                stream.feed(piece)
                stream.progress()
            runs.append(stream.finish())
        return runs[0], runs[1]

    return read
