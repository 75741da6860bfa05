"""Raw output as k6 writes it, at any size: `python generate.py --requests 100000 raw.json` (or .csv, .json.gz, .csv.gz).

Four requests and a check each to an iteration, 11.25 lines and about 3 kB of JSON a request, like real runs of k6 1.1 and 2.2 (whose
points are alike; `--order old` writes the key order of k6 0.3x). Lognormal latencies in whole nanoseconds, one request in 200 fails, a
share of requests goes to URLs that nobody named.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

METRICS = [
    "http_reqs",
    "http_req_duration",
    "http_req_blocked",
    "http_req_connecting",
    "http_req_tls_handshaking",
    "http_req_sending",
    "http_req_waiting",
    "http_req_receiving",
    "http_req_failed",
]
OTHERS = ["checks", "data_sent", "data_received", "iteration_duration", "iterations", "vus", "vus_max"]
KINDS = {"http_reqs": "counter", "http_req_failed": "rate", "checks": "rate", "vus": "gauge", "vus_max": "gauge"}
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
START = datetime(2026, 11, 22, 19, 59, 7, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Shape:
    requests: int = 100_000
    endpoints: int = 10
    rate: float = 1_000.0  # requests a second
    unnamed: float = 0.0  # share of requests whose URL carries an id and whose name nobody set
    failing: float = 0.005
    order: str = "new"
    seed: int = 1


class Writer:
    """Turns a metric, a time (ns), a value and tags into a line. Tags are encoded once per distinct set."""

    def __init__(self, out: TextIO, *, csv: bool, order: str) -> None:
        self.out, self.csv, self.order = out, csv, order
        self.encoded: dict[tuple[tuple[str, str], ...], str] = {}
        if csv:
            out.write(",".join(COLUMNS) + "\n")

    def declare(self, metric: str) -> None:
        if not self.csv:
            kind = KINDS.get(metric, "trend")
            out = {"type": "Metric", "data": {"name": metric, "type": kind, "contains": "time", "thresholds": [], "submetrics": None}}
            self.out.write(json.dumps({**out, "metric": metric}, separators=(",", ":")) + "\n")

    def points(self, metrics: Iterator[tuple[str, str]], time: int, tags: dict[str, str]) -> None:
        key = tuple(tags.items())
        blob = self.encoded.get(key)
        if blob is None:
            if len(self.encoded) > 10_000:
                self.encoded.clear()
            blob = self.encoded[key] = self._csv_tags(tags) if self.csv else json.dumps(tags, separators=(",", ":"), sort_keys=True)
        if self.csv:
            seconds = time // 10**9
            self.out.write("".join(f"{metric},{seconds},{float(value):.6f},{blob}\n" for metric, value in metrics))
            return
        stamp = datetime.fromtimestamp(time // 10**9, UTC).strftime("%Y-%m-%dT%H:%M:%S")
        fraction = f".{time % 10**9:09d}".rstrip("0").rstrip(".")
        middle = f'{{"time":"{stamp}{fraction}Z","value":'
        if self.order == "old":
            lines = (f'{{"type":"Point","data":{middle}{v},"tags":{blob}}},"metric":"{m}"}}\n' for m, v in metrics)
        else:
            lines = (f'{{"metric":"{m}","type":"Point","data":{middle}{v},"tags":{blob}}}}}\n' for m, v in metrics)
        self.out.write("".join(lines))

    @staticmethod
    def _csv_tags(tags: dict[str, str]) -> str:
        extra = "&".join(f"{k}={v}" for k, v in tags.items() if k not in COLUMNS)
        return ",".join([*(tags.get(c, "") for c in COLUMNS[3:-2]), extra, ""])


def write(out: TextIO, shape: Shape, *, csv: bool) -> None:
    draw = random.Random(shape.seed)
    writer = Writer(out, csv=csv, order=shape.order)
    for metric in (*METRICS, *OTHERS):
        writer.declare(metric)
    medians = [draw.uniform(2, 60) for _ in range(shape.endpoints)]
    start, step, second = int(START.timestamp()) * 10**9, int(1e9 / shape.rate), -1
    for number in range(shape.requests):
        time = start + number * step + draw.randrange(step)
        endpoint = draw.randrange(shape.endpoints)
        tags = _tags(draw, shape, endpoint)
        writer.points(zip(METRICS, _values(draw, medians[endpoint], failed=tags["expected_response"] == "false"), strict=True), time, tags)
        group = {"group": "::browse", "scenario": "browse"}
        passed = "0" if tags["expected_response"] == "false" else "1"
        writer.points(iter([("checks", passed)]), time + 150_000, {"check": "status is 2xx", **group})
        if number % 4 == 3:
            data = [("data_sent", "1152"), ("data_received", str(draw.randrange(2_000, 90_000)))]
            data += [("iteration_duration", _ms(4 * medians[endpoint] * 1e6)), ("iterations", "1")]
            writer.points(iter(data), time + 200_000, {"group": "", "scenario": "browse"})
        if (time - start) // 10**9 > second:
            second = (time - start) // 10**9
            writer.points(iter([("vus", "20"), ("vus_max", "20")]), time, {})


def _tags(draw: random.Random, shape: Shape, endpoint: int) -> dict[str, str]:
    name = f"GET /api/resource{endpoint}/items"
    url = name
    if draw.random() < shape.unnamed:
        name = url = f"http://shop.example:8080/api/resource{endpoint}/items/{draw.randrange(1_000_000)}?page={draw.randrange(9)}"
    status = "503" if draw.random() < shape.failing else "200"
    tags = {"expected_response": "true" if status == "200" else "false", "group": "::browse", "method": "GET", "name": name}
    if status != "200":
        tags["error_code"] = "1503"
    return {**tags, "proto": "HTTP/1.1", "scenario": "browse", "status": status, "url": url}


def _values(draw: random.Random, median: float, *, failed: bool) -> Iterator[str]:
    """In the order of METRICS."""
    new = draw.random() < 0.01
    waiting = draw.lognormvariate(0, 0.5) * median * 1e6
    sending, receiving = draw.uniform(8e3, 60e3), draw.lognormvariate(0, 0.4) * 9e4
    connecting = draw.uniform(2e5, 9e5) if new else 0.0
    yield "1"
    yield _ms(int(waiting) + int(sending) + int(receiving))
    yield _ms(connecting + draw.uniform(1e3, 5e3))
    yield _ms(connecting)
    yield "0"
    yield _ms(sending)
    yield _ms(waiting)
    yield _ms(receiving)
    yield "1" if failed else "0"


def _ms(nanoseconds: float) -> str:
    """As Go prints a float: shortest, never an exponent in this range."""
    return f"{int(nanoseconds) / 1e6:.6f}".rstrip("0").rstrip(".")


def generate(path: Path, shape: Shape) -> None:
    plain = path.name.removesuffix(".gz")
    with gzip.open(path, "wt", compresslevel=6) if path.suffix == ".gz" else path.open("w") as out:
        write(out, shape, csv=plain.endswith(".csv"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=Path)
    for name, default in (("requests", 100_000), ("endpoints", 10), ("rate", 1_000.0), ("unnamed", 0.0), ("failing", 0.005), ("seed", 1)):
        parser.add_argument(f"--{name}", type=type(default), default=default)
    parser.add_argument("--order", choices=("new", "old"), default="new")
    options = vars(parser.parse_args())
    generate(options.pop("path"), Shape(**options))


if __name__ == "__main__":
    sys.exit(main())
