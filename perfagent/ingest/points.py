"""One line of k6's raw output, decoded with a real decoder: every key order, every tag, every CSV quoting.

This is the slow way in (about 10 us a line) and the reference for the fast one in `scan`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from perfagent.ingest.times import parse_time

_FIRST_COLUMNS = ("metric_name", "timestamp", "metric_value")
_NOT_TAGS = {*_FIRST_COLUMNS, "extra_tags", "metadata"}


@dataclass(frozen=True, slots=True)
class Point:
    """`time` in nanoseconds since 1970; `value` in k6's unit (ms for times, bytes for data)."""

    metric: str
    time: int
    value: float
    tags: Mapping[str, str]


def decode_json(line: bytes) -> Point | str:
    """A point, or the type of a line that is none (`Metric` for a declaration). Raises ValueError for what k6 did not write."""
    try:
        row = json.loads(line)
        kind = row["type"]
        if kind != "Point":
            return str(kind)
        data = row["data"]
        return Point(row["metric"], parse_time(data["time"]), float(data["value"]), decode_tags(data.get("tags")))
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"not a k6 point: {error!r}") from error


def decode_tags(tags: object) -> Mapping[str, str]:
    if tags is None:
        return {}
    if not isinstance(tags, dict):
        raise TypeError("tags are no object")
    return tags


class CsvColumns:
    """The columns of one file, from its header (they follow `--system-tags`)."""

    def __init__(self, names: Sequence[str]) -> None:
        missing = [n for n in _FIRST_COLUMNS if n not in names]
        if missing:
            raise ValueError(f"the header lacks {', '.join(missing)}")
        self.names = tuple(names)
        self.plain = self.names[:3] == _FIRST_COLUMNS
        """Whether metric, time and value come first, as k6 always wrote them."""

    @classmethod
    def of(cls, header: bytes) -> CsvColumns:
        return cls(next(csv.reader([header.decode("utf-8-sig").rstrip("\r\n")])))

    def decode(self, line: bytes) -> Point:
        """Raises ValueError when the line has not this header's columns."""
        try:
            fields = next(csv.reader([line.decode("utf-8", "replace").rstrip("\r\n")], strict=True))
        except (csv.Error, StopIteration) as error:
            raise ValueError(f"not CSV: {error}") from error
        if len(fields) != len(self.names):
            raise ValueError(f"{len(fields)} fields where the header has {len(self.names)}")
        row = dict(zip(self.names, fields, strict=True))
        return Point(row["metric_name"], parse_time(row["timestamp"]), float(row["metric_value"]), self._tags(row))

    def _tags(self, row: Mapping[str, str]) -> Mapping[str, str]:
        tags = {name: value for name, value in row.items() if value and name not in _NOT_TAGS}
        for pair in row.get("extra_tags", "").split("&"):
            key, equals, value = pair.partition("=")
            if equals:
                tags[key] = value
        return tags

    def decode_tags(self, rest: bytes) -> Mapping[str, str]:
        """The tags of what follows the first three columns (only where `plain`)."""
        return self.decode(b"x,0,0," + rest).tags
