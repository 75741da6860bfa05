"""What has been read so far of one output: requests, counters, the time line, and what was odd. Points come one by one or in columns."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from perfagent.ingest.layout import DURATION, FAILED
from perfagent.ingest.notes import Odd
from perfagent.ingest.points import Format, Point
from perfagent.ingest.requests import PHASE_OF, Requests, Series, side_of
from perfagent.ingest.scan import Points
from perfagent.ingest.tally import LONGEST
from perfagent.ingest.timeline import Timeline
from perfagent.ingest.words import Flags, Places, are_long, digests_of

COUNTERS = ("data_received", "data_sent", "iterations", "dropped_iterations")
VUS_MAX = "vus_max"
REPORT = "http_req_failed"
WANTED = frozenset({*COUNTERS, VUS_MAX, REPORT})
"""Beside the phases of requests."""
UNUSED = ("http_reqs", "checks", "group_duration", "iteration_duration", "vus")
"""Of k6's own metrics, those that every run has and perfagent does not need (but for the number of http_reqs)."""
_CACHED_TAGS = 20_000  # sets of tags remembered, some 8 MiB; only unnamed URLs with ids in them come near it
_UNREADABLE = -1
_FEW_TAGS = 8


@dataclass(slots=True)
class Measured:
    """`warmup` in nanoseconds."""

    warmup: int
    odd: Odd = field(default_factory=Odd)
    timeline: Timeline = field(init=False)
    requests: Requests = field(default_factory=Requests)
    counters: dict[str, dict[str, float]] = field(default_factory=dict)
    """By value of the tag `side`, then by metric."""
    vus_max: int = 0
    failed: int = 0
    _series: list[Series] = field(default_factory=list)
    _series_numbers: dict[Series, int] = field(default_factory=dict)
    _metadata: bool = False
    _seen: dict[tuple[object, ...], Series] = field(default_factory=dict)
    _tags: dict[bytes, int] = field(default_factory=dict)
    _digests: dict[int, int] = field(default_factory=dict)
    _columns: tuple[Places, Places, Flags] = field(default_factory=lambda: _series_columns([]))

    def __post_init__(self) -> None:
        self.timeline = Timeline(self.odd)

    @property
    def needs_reports(self) -> bool:
        """Whether some requests' tags do not say if they failed."""
        return bool((self._columns[1] < 0).any())

    def point(self, point: Point, *, in_order: bool = True) -> None:
        """One more. What cannot be used is counted. Not `in_order`: its neighbours in the file were read before."""
        metric, phase = point.metric, PHASE_OF.get(point.metric)
        self.timeline.begin(point.time)
        if phase is None and metric not in WANTED:
            self._unwanted(metric, 1)
            return
        if not math.isfinite(point.value):
            self.odd.not_numbers += 1
            return
        offset = self.timeline.offset(point.time, in_order=in_order)
        measured = offset >= self.warmup
        if phase is not None:
            self._sample(point, phase, offset, measured)
        elif metric == REPORT:
            series = self._series_of_point(point)
            if measured and series.failed is None:
                self.requests.reported(series.endpoint, offset, point.value != 0)
        elif metric == VUS_MAX:
            self.vus_max = max(self.vus_max, int(point.value))
        elif measured:
            self._count(metric, side_of(point.tags), point.value)

    def _unwanted(self, metric: str, points: int) -> None:
        if metric == "http_reqs":
            self.odd.http_reqs += points
        elif metric not in UNUSED and metric != REPORT:
            self.odd.metric(metric, points)

    def _sample(self, point: Point, phase: int, offset: int, measured: bool) -> None:
        nanoseconds = round(point.value * 1e6)
        if not 0 <= nanoseconds <= LONGEST:
            self.odd.negative += nanoseconds < 0
            self.odd.too_long += nanoseconds > 0
            return
        grpc = point.metric.startswith("grpc")
        series = self._series_of_point(point)
        if phase:
            if measured:
                self.requests.phase(series.endpoint, phase, nanoseconds)
            return
        self.odd.http_durations += not grpc
        self.odd.requests += 1
        self.failed += series.counts_as_failed
        if measured:
            self.requests.request(series, offset, nanoseconds)
        else:
            self.odd.warmup_requests += 1

    def _series_of_point(self, point: Point) -> Series:
        grpc = point.metric.startswith("grpc")
        key = (grpc, *point.tags.items())
        series = self._seen.get(key)
        if series is None:
            if len(self._seen) >= _CACHED_TAGS:
                self._seen.clear()
            series = self._seen[key] = self.requests.series(point.tags, grpc=grpc)
        return series

    def _count(self, metric: str, side: str, value: float) -> None:
        sums = self.counters.setdefault(side, {})
        sums[metric] = sums.get(metric, 0.0) + value

    def points(self, text: bytes, points: Points, metrics: list[str], format: Format, *, reports: bool = True) -> bool:
        """The same, for columns cut from `text`. False, and nothing is counted, when `http_req_failed` is needed and not among them."""
        if len(points.times):
            series = self._series_of(text, points, format)
            if self.needs_reports and not reports:
                return False
            offsets = self.timeline.offsets(points.times)[points.time]
            fits = (points.value <= LONGEST) | (points.metric >= FAILED)
            self.odd.too_long += int((~fits).sum())
            self._durations(points, series, offsets, fits)
            usable = fits & (series >= 0) & (offsets >= self.warmup)
            phases = np.flatnonzero(usable & (points.metric > DURATION) & (points.metric < FAILED))
            self.requests.phases(self._columns[0][series[phases]], points.metric[phases], points.value[phases])
            self._reports(points, series, offsets, np.flatnonzero(usable & (points.metric == FAILED)))
            self._counts(text, points, metrics, format, offsets >= self.warmup)
        for name, seen in zip(metrics, points.seen, strict=True):
            if seen:
                self._unwanted(name, seen)
        return True

    def _durations(self, points: Points, series: Places, offsets: Places, fits: Flags) -> None:
        endpoint, failed, by_status = self._columns
        at = np.flatnonzero((points.metric == DURATION) & (series >= 0) & fits)
        late = offsets[at] >= self.warmup
        self.odd.http_durations += len(at)
        self.odd.requests += len(at)
        self.odd.warmup_requests += len(at) - int(late.sum())
        known = failed[series[at]] == 1
        unknown = (failed[series[at]] < 0) & by_status[series[at]]
        self.failed += int(known.sum()) + int(unknown.sum())
        at, known, unknown = at[late], known[late], unknown[late]
        if len(at):
            self.requests.requests(
                endpoint[series[at]],
                offsets[at],
                points.value[at],
                known=np.flatnonzero(known),
                by_status=np.flatnonzero(unknown),
            )

    def _reports(self, points: Points, series: Places, offsets: Places, at: Places) -> None:
        endpoint, failed, _ = self._columns
        for i in at[failed[series[at]] < 0].tolist():
            self.requests.reported(int(endpoint[series[i]]), int(offsets[i]), bool(points.value[i]))

    def _counts(self, text: bytes, points: Points, metrics: list[str], format: Format, measured: Flags) -> None:
        vus_max = metrics.index(VUS_MAX)
        counts = np.flatnonzero((points.metric > FAILED) & measured & (points.metric != vus_max))
        for side, same in self._by_side(text, points, counts, format):
            sums = np.bincount(points.metric[same], weights=points.value[same])  # exact below 2**53 millionths, 9 GB a batch
            for metric in np.flatnonzero(sums).tolist():
                self._count(metrics[metric], side, sums[metric] / 1e6)
        vus = points.value[points.metric == vus_max]
        if len(vus):
            self.vus_max = max(self.vus_max, int(vus.max()) // 10**6)

    def _by_side(self, text: bytes, points: Points, at: Places, format: Format) -> Iterator[tuple[str, Places]]:
        """Parts of `at` with the same tag `side`. Texts of tags are few here (no request's), but for metadata."""
        for _ in range(_FEW_TAGS):
            if not len(at):
                return
            tags = text[int(points.tags[at[0]]) : int(points.end[at[0]])]
            same = points.end[at] - points.tags[at] == len(tags)
            same[same] = are_long(text, points.tags[at[same]], tags)
            yield _side(tags, format), at[same]
            at = at[~same]
        sides = [_side(text[b:e], format) for b, e in zip(points.tags[at].tolist(), points.end[at].tolist(), strict=True)]
        for side in set(sides):
            yield side, at[[s == side for s in sides]]

    def _series_of(self, text: bytes, points: Points, format: Format) -> Places:
        """The number of each line's series; those of a request have that of its duration; -1 for counters and unreadable tags."""
        series = np.full(len(points.metric), _UNREADABLE)
        own = np.flatnonzero((points.metric == DURATION) | ((points.metric <= FAILED) & (points.request < 0)))
        series[own] = self._looked_up(text, points.tags[own], points.end[own], format)
        follow = np.flatnonzero((points.request >= 0) & (points.metric <= FAILED))
        series[follow] = series[points.request[follow]]
        for i in np.flatnonzero((points.metric == DURATION) & (series < 0)).tolist():
            self.odd.malformed_line(text[points.tags[i] : points.end[i]])
        return series

    def _looked_up(self, text: bytes, begins: Places, ends: Places, format: Format) -> Places:
        """The number of the series of each of these tags."""
        if not len(begins):
            return begins
        if self._metadata or int((ends - begins).min()) < 8:
            return np.array([self._number(text[b:e], format) for b, e in zip(begins.tolist(), ends.tolist(), strict=True)], np.int64)
        digests, first, inverse = np.unique(digests_of(text, begins, ends), return_index=True, return_inverse=True)
        numbers = []
        for digest, at in zip(digests.tolist(), first.tolist(), strict=True):
            number = self._digests.get(digest)
            if number is None:
                number = self._number(text[int(begins[at]) : int(ends[at])], format)
                if len(self._digests) >= _CACHED_TAGS:
                    self._digests.clear()
                self._digests[digest] = number
            numbers.append(number)
        return np.array(numbers, np.int64)[inverse]

    def _number(self, tags: bytes, format: Format) -> int:
        short = format.without_metadata(tags)
        self._metadata |= short != tags
        number = self._tags.get(short)
        return self._new_tags(short, format) if number is None else number

    def _new_tags(self, tags: bytes, format: Format) -> int:
        try:
            series = self.requests.series(format.decode_tags(tags))
        except ValueError:
            return _UNREADABLE
        number = self._series_numbers.get(series)
        if number is None:
            number = self._series_numbers[series] = len(self._series)
            self._series.append(series)
            self._columns = _series_columns(self._series)
        if len(self._tags) >= _CACHED_TAGS:
            self._tags.clear()
        self._tags[tags] = number
        return number


def _side(tags: bytes, format: Format) -> str:
    if b"side" not in tags:
        return ""
    try:
        return side_of(format.decode_tags(tags))
    except ValueError:
        return ""


def _series_columns(series: list[Series]) -> tuple[Places, Places, Flags]:
    """Endpoint number; failed (1, 0, or -1 where the tags do not say); failed by status."""
    return (
        np.array([s.endpoint for s in series], np.int64),
        np.array([-1 if s.failed is None else int(s.failed) for s in series], np.int64),
        np.array([s.failed_by_status for s in series], bool),
    )
