"""From bytes to points: cuts a stream into lines and reads them fast, and those that are not as usual one by one."""

from __future__ import annotations

from typing import Literal

import numpy as np

from perfagent.ingest.layout import FAILED
from perfagent.ingest.measured import COUNTERS, UNUSED, VUS_MAX, Measured
from perfagent.ingest.points import CsvFormat, Format, JsonFormat
from perfagent.ingest.scan import Scanner
from perfagent.ingest.words import PADDING, places_of

_BATCH = 1 << 20  # bytes that are read at once; with fewer, the fixed price of a scan shows
_FEW = 1 << 14  # bytes not worth a scan
_LONGEST_LINE = 1 << 22
_LONGEST_FIELD = 1 << 14  # a quoted CSV field with line breaks in it (an error's text)
_HEADER = b"metric_name"


class LineReader:
    """`feed` pieces of any size, then `end`; `catch_up` reads what was fed but not yet read, but for a line that has not ended."""

    def __init__(self, format: Literal["json", "csv"], measured: Measured) -> None:
        self._format: Format | None = JsonFormat() if format == "json" else None
        self._scanner = self._new_scanner()
        self._measured = measured
        self._odd = measured.odd
        self._pieces: list[bytes] = []
        self._size = 0
        self._open_field = b""
        self._in_order = True

    def _new_scanner(self) -> Scanner | None:
        if self._format is None or self._format.layout is None:
            return None
        return Scanner(self._format.layout, wanted=(*COUNTERS, VUS_MAX), unwanted=UNUSED)

    def feed(self, piece: bytes) -> None:
        if len(piece) >= _BATCH:
            self._feed_large(piece)
            return
        self._pieces.append(piece)
        self._size += len(piece)
        if self._size >= _BATCH:
            self._read(self._taken(), keep=len(PADDING))

    def _feed_large(self, piece: bytes) -> None:
        """Without copying it: only the line that it completes is put together."""
        end = piece.find(b"\n") + 1
        if end:
            self._pieces.append(piece[:end])
            self._read(self._taken(), keep=0)
            self._read(piece, keep=len(PADDING), begin=end)
        else:
            self._pieces.append(piece)
            self._read(self._taken(), keep=0)

    def catch_up(self) -> None:
        self._read(self._taken(), keep=0)

    def end(self) -> None:
        self.catch_up()
        last = self._taken()
        if self._open_field:
            last = self._open_field + b"\n" + last
            self._open_field = b""
        malformed = self._odd.malformed
        if last:
            self._line(last, at_end=True)
        if self._odd.malformed > malformed:
            self._odd.malformed = malformed
            self._odd.cut_off = True

    def _taken(self) -> bytes:
        text = b"".join(self._pieces)
        self._pieces.clear()
        self._size = 0
        return text

    def _read(self, text: bytes, *, keep: int, begin: int = 0) -> None:
        """All whole lines but those within the last `keep` bytes (which spare the fast reader a copy with padding)."""
        end = text.rfind(b"\n", begin, max(begin, len(text) - keep)) + 1
        rest = text[end or begin :]
        if not end and len(rest) > _LONGEST_LINE:
            self._odd.malformed_line(rest[:200])
            return
        self._pieces.append(rest)
        self._size = len(rest)
        begin = self._until_started(text, begin, end)
        if begin >= end:
            return
        if end - begin < _FEW or self._scanner is None or self._format is None:
            self._slowly(text, begin, end)
            return
        if len(text) - end < len(PADDING):
            text = text[begin:end] + PADDING
            begin, end = 0, end - begin
        self._fast(text, begin, end, self._scanner, self._format)

    def _until_started(self, text: bytes, begin: int, end: int) -> int:
        """Line by line up to the first point, whose time is the start; the header of a CSV file is on the way."""
        while begin < end and (self._measured.timeline.start is None or self._open_field):
            line_end = text.index(b"\n", begin)
            self._line(text[begin:line_end])
            begin = line_end + 1
        return begin

    def _fast(self, text: bytes, begin: int, end: int, scanner: Scanner, format: Format) -> None:
        if not scanner.layout.end and _has_open_fields(text, begin, end):
            self._slowly(text, begin, end)
            return
        points = scanner.scan(text, begin, end)
        if not self._measured.points(text, points, scanner.metrics, format, reports=scanner.wanted[FAILED]):
            scanner.wanted[FAILED] = True
            points = scanner.scan(text, begin, end)
            self._measured.points(text, points, scanner.metrics, format)
        scanner.wanted[FAILED] = self._measured.needs_reports
        self._in_order = False
        for line_begin, line_end in points.left:
            self._line(text[line_begin:line_end])
        self._in_order = True

    def _slowly(self, text: bytes, begin: int, end: int) -> None:
        for line in text[begin : end - 1].split(b"\n"):
            self._line(line)

    def _line(self, line: bytes, *, at_end: bool = False) -> None:
        if not line.strip():
            return
        try:
            if self._format is None:
                self._header(line)
            elif isinstance(self._format, JsonFormat):
                self._json_line(line, self._format)
            else:
                self._csv_line(line, self._format, at_end=at_end)
        except ValueError:
            self._odd.malformed_line(line)

    def _header(self, line: bytes) -> None:
        if _HEADER not in line:
            self._odd.text_lines += 1
            return
        self._format = CsvFormat(line)
        self._scanner = self._new_scanner()

    def _json_line(self, line: bytes, format: Format) -> None:
        if not line.startswith(b"{"):
            at = line.find(b'{"metric":')
            if at < 0:
                self._odd.text_lines += 1
                return
            line = line[at:]  # a log line that another writer began and k6 ended
        self._point(line, format)

    def _csv_line(self, line: bytes, format: Format, *, at_end: bool) -> None:
        if self._open_field:
            line = self._open_field + b"\n" + line
            self._open_field = b""
        if line.count(b'"') % 2 and not at_end:
            if len(line) < _LONGEST_FIELD:
                self._open_field = line
                return
            first, *others = line.split(b"\n")
            self._odd.malformed_line(first)
            for other in others:
                self._line(other)
            return
        self._point(line, format)

    def _point(self, line: bytes, format: Format) -> None:
        point = format.decode(line)
        if not isinstance(point, str):
            self._measured.point(point, in_order=self._in_order)
            if self._scanner is not None and not point.metric.startswith("grpc"):
                self._scanner.learn(point.metric)
        elif point != "Metric":
            self._odd.type(point)


def _has_open_fields(text: bytes, begin: int, end: int) -> bool:
    """Whether a quoted field goes on in the next line somewhere."""
    if text.find(b'"', begin, end) < 0:
        return False
    quotes, newlines = places_of(text, ord('"'), begin, end), places_of(text, ord("\n"), begin, end)
    return bool((np.searchsorted(quotes, newlines) % 2).any())
