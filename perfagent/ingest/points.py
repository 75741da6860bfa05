"""One line of k6's raw output, decoded with a real decoder: every key order, every tag, every CSV quoting.

This is the slow way in (about 10 us a line) and the reference for the fast one in `scan`.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from perfagent.ingest.layout import CSV, JSON, Layout
from perfagent.ingest.times import parse_time

_FIRST_COLUMNS = ("metric_name", "timestamp", "metric_value")
_NOT_TAGS = {*_FIRST_COLUMNS, "extra_tags", "metadata"}
_METADATA = b',"metadata":{'


@dataclass(frozen=True, slots=True)
class Point:
    """`time` in nanoseconds since 1970; `value` in k6's unit (ms for times, bytes for data)."""

    metric: str
    time: int
    value: float
    tags: Mapping[str, str]


class Format(Protocol):
    """How the lines of one output are read. `layout` None: no fast reading."""

    @property
    def layout(self) -> Layout | None: ...

    def decode(self, line: bytes) -> Point | str:
        """A point, or the type of a line that is none (`Metric` for a declaration). Raises ValueError for what k6 did not write."""
        ...

    def decode_tags(self, text: bytes) -> Mapping[str, str]:
        """Of what follows the value in a line of the usual layout. Raises ValueError."""
        ...

    def without_metadata(self, text: bytes) -> bytes:
        """Such a text without the metadata (`vu`, `iter`: another in each iteration), still good for `decode_tags`."""
        ...


class JsonFormat:
    layout: Layout | None = JSON

    def decode(self, line: bytes) -> Point | str:
        try:
            row = json.loads(line)
            kind = row["type"]
            if kind != "Point":
                return str(kind)
            data = row["data"]
            return Point(row["metric"], parse_time(data["time"]), float(data["value"]), _strings(data.get("tags")))
        except (KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ValueError(f"not a k6 point: {error!r}") from error

    def decode_tags(self, text: bytes) -> Mapping[str, str]:
        return _strings(json.loads(self.without_metadata(text)))

    def without_metadata(self, text: bytes) -> bytes:
        return text.partition(_METADATA)[0]  # inside a JSON string the quotes would be escaped


def _strings(tags: object) -> Mapping[str, str]:
    if tags is None:
        return {}
    if not isinstance(tags, dict):
        raise ValueError("tags are no object")
    if all(isinstance(value, str) for value in tags.values()):
        return tags
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in tags.items()}


class CsvFormat:
    """The columns come from the file's header (they follow `--system-tags`)."""

    def __init__(self, header: bytes) -> None:
        self.names: Sequence[str] = next(csv.reader([header.decode("utf-8-sig", "replace").rstrip("\r\n")]))
        missing = [n for n in _FIRST_COLUMNS if n not in self.names]
        if missing:
            raise ValueError(f"the header lacks {', '.join(missing)}")
        self.layout = CSV if tuple(self.names[:3]) == _FIRST_COLUMNS else None

    def decode(self, line: bytes) -> Point | str:
        row = self._row(line)
        if row["metric_name"] == "metric_name":
            return "Metric"  # the header again: files put together
        return Point(row["metric_name"], parse_time(row["timestamp"]), float(row["metric_value"]), self._tags(row))

    def _row(self, line: bytes) -> Mapping[str, str]:
        try:
            fields = next(csv.reader(line.decode("utf-8", "replace").rstrip("\r").splitlines(keepends=True), strict=True))
        except (csv.Error, StopIteration) as error:
            raise ValueError(f"not CSV: {error}") from error
        if len(fields) != len(self.names):
            raise ValueError(f"{len(fields)} fields where the header has {len(self.names)}")
        return dict(zip(self.names, fields, strict=True))

    def _tags(self, row: Mapping[str, str]) -> Mapping[str, str]:
        tags = {name: value for name, value in row.items() if value and name not in _NOT_TAGS}
        for pair in row.get("extra_tags", "").split("&"):
            key, equals, value = pair.partition("=")
            if equals:
                tags[key] = value
        return tags

    def decode_tags(self, text: bytes) -> Mapping[str, str]:
        return self._tags(self._row(b"metric,0,0," + text))

    def without_metadata(self, text: bytes) -> bytes:
        return text.rpartition(b",")[0] + b"," if self.names[-1] == "metadata" and not text.endswith(b",") else text
