"""Points of k6's raw output, read thousands of lines at a time with numpy instead of one by one.

A line is taken apart by position: the metric's name, a fixed text, the time, a fixed text, the value, a fixed text and the tags. What is
not where it should be (other key orders, odd numbers, another date or zone than the first line's, text of other programs) is left to the
slow reader in `points`, so that this one may be fast without guessing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from perfagent.ingest.clock import Clock, clock_like
from perfagent.ingest.layout import COUNTED, DURATION, FAILED, REQUEST_METRICS, Layout
from perfagent.ingest.words import Flags, Places, UInt64s, are, blocks_before, decimals, mask, places_of, word, words_at_every_byte

_TIME_LENGTHS = range(35, 19, -1)  # of RFC 3339, from nine digits and +01:00 to no digits and Z
_LONGEST_TIME = _TIME_LENGTHS[0]
_LINES_OF_REQUEST = 8  # that of its duration and those after it
_HTTP_REQ = word(b"http_req")
_MAX_METRICS, _MAX_NAME = 64, 64
_NONE = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Points:
    """Lines read, as columns, in the file's order; of metrics whose values are wanted.

    `metric`: a number in `Scanner.metrics`. `time`: index into `times`. `value`: in millionths (ns of a ms). `request`: index of the line
    of http_req_duration that tells of the same request (its own for such a line), or -1. The tags are text[tags : end].
    `times`: ns since 1970. `seen`: how many lines there were of each of the other metrics. `left`: begin and end of lines for the slow
    reader.
    """

    metric: Places
    time: Places
    value: Places
    request: Places
    tags: Places
    end: Places
    times: Places
    seen: list[int]
    left: list[tuple[int, int]]


class Scanner:
    """`metrics` are the names known so far; `learn` adds one, so that its next points are read fast. Of those not `wanted`, lines are only
    counted."""

    def __init__(self, layout: Layout, *, wanted: Iterable[str] = (), unwanted: Iterable[str] = ()) -> None:
        self.layout = layout
        self.metrics = [*REQUEST_METRICS, "http_reqs"]
        self.wanted = [True] * len(REQUEST_METRICS) + [False]
        seconds = [int(word((name.encode() + layout.name_time)[8:16])) for name in REQUEST_METRICS]
        multiplier = next(m for m in range(0x9E3779B97F4A7C15, 1 << 64, 2) if len({_hash(s, m) for s in seconds}) == len(seconds))
        self._numbers = np.zeros(64, np.int64)
        self._numbers[[_hash(s, multiplier) for s in seconds]] = range(len(seconds))
        self._seconds, self._multiplier = np.array(seconds, np.uint64), np.uint64(multiplier)
        for name in wanted:
            self.learn(name, wanted=True)
        for name in unwanted:
            self.learn(name)

    def learn(self, name: str, *, wanted: bool = False) -> None:
        if len(self.metrics) < _MAX_METRICS and name not in self.metrics and name.isascii() and len(name) <= _MAX_NAME:
            self.metrics.append(name)
            self.wanted.append(wanted)

    def scan(self, text: bytes, begin: int, end: int) -> Points:
        """text[begin:end] is whole lines; at least as much as words.PADDING follows."""
        words = words_at_every_byte(text)
        ends = places_of(text, ord("\n"), begin, end)
        starts = np.empty_like(ends)
        starts[0], starts[1:] = begin, ends[:-1] + 1
        metric = self._metrics(words, starts + len(self.layout.before))
        framed = np.flatnonzero(metric >= 0)
        framed = framed[self._framed(words, starts[framed], metric[framed], ends[framed])]
        kinds = metric[framed]
        wanted = np.array(self.wanted)[kinds]
        lines = framed[wanted]
        columns, read = self._columns(text, words, metric[lines], starts[lines], ends[lines] - len(self.layout.end))
        left = np.ones(len(ends), bool)
        left[framed[~wanted]] = False
        left[lines[read]] = False
        seen = np.bincount(kinds[~wanted], minlength=len(self.metrics)).tolist()
        return Points(*columns, seen=seen, left=list(zip(starts[left].tolist(), ends[left].tolist(), strict=True)))

    def _columns(
        self, text: bytes, words: UInt64s, metric: Places, starts: Places, ends: Places
    ) -> tuple[tuple[Places, Places, Places, Places, Places, Places, Places], Flags]:
        """All of Points but `seen` and `left`; and which of the lines were read."""
        times_at = self._times_at(starts, metric)
        length, clock = self._time_lengths(text, words, times_at)
        value, value_end, good = decimals(words, times_at + length + len(self.layout.time_value))
        good &= (length > 0) & (value_end < ends) & are(words, value_end, self.layout.value_tags)
        index, times, right = _times(words, times_at, length, clock)
        good &= right
        request = _requests(metric, index, good)
        tags = value_end + len(self.layout.value_tags)
        if not good.all():
            request = _renumbered(request, good)
            metric, index, value, tags, ends = (c[good] for c in (metric, index, value, tags, ends))
            index, times = _compact(index, times)
        return (metric, index, value, _same_tags(text, request, tags, ends), tags, ends, times), good

    def _metrics(self, words: UInt64s, names: Places) -> Places:
        """The number of each line's metric, or -1."""
        first, second = words[names], words[names + 8]
        number = self._numbers[(second * self._multiplier >> np.uint64(58)).astype(np.int64)]
        metric = np.where((first == _HTTP_REQ) & (second == self._seconds[number]), number, -1)
        rest = np.flatnonzero(metric < 0)
        first, second = first[rest], second[rest]
        for known, name in enumerate(self.metrics[COUNTED:], COUNTED):
            text = name.encode() + self.layout.name_time[:1]
            same = (first & mask(text[:8])) == word(text[:8])
            if len(text) > 8:
                same &= (second & mask(text[8:16])) == word(text[8:16])
            found = rest[same]
            for at in range(16, len(text), 8):
                found = found[are(words, names[found] + at, text[at : at + 8])]
            metric[found] = known
        return metric

    def _times_at(self, starts: Places, metric: Places) -> Places:
        before = len(self.layout.before) + len(self.layout.name_time)
        lengths = np.array([len(name) + before for name in self.metrics], np.int64)
        at: Places = starts + lengths[metric]
        return at

    def _framed(self, words: UInt64s, starts: Places, metric: Places, ends: Places) -> Flags:
        """Whether the texts around are what the layout says (what shows by the place of a time is not looked at again)."""
        layout = self.layout
        good = are(words, self._times_at(starts, metric) - len(layout.name_time) + layout.kind_at, layout.kind)
        if layout.before:
            good &= are(words, starts, layout.before[:8])
        if layout.end:
            good &= are(words, ends - len(layout.end), layout.end)
        return good

    def _time_lengths(self, text: bytes, words: UInt64s, times_at: Places) -> tuple[Places, Clock | None]:
        """Length of each time (0: none found), and the shape of the first, which most others have."""
        length = np.zeros(len(times_at), np.int64)
        if not len(times_at):
            return length, None
        first = int(times_at[0])
        usual = text.find(self.layout.time_value, first, first + _LONGEST_TIME + len(self.layout.time_value)) - first
        clock = clock_like(text[first : first + usual]) if usual > 0 else None
        lengths = (usual, *_TIME_LENGTHS) if clock is None or clock.varies else (usual,)
        waiting = np.arange(len(times_at))
        for candidate in lengths:
            fits = are(words, times_at[waiting] + candidate, self.layout.time_value[:8])
            length[waiting[fits]] = candidate
            waiting = waiting[~fits]
            if not len(waiting):
                break
        return length, clock


def _times(words: UInt64s, at: Places, length: Places, clock: Clock | None) -> tuple[Places, Places, Flags]:
    """For each line the index of its time, the times, and whether it has one. Neighbours with the same time are many and share it."""
    if clock is None:
        return np.zeros(len(at), np.int64), _NONE, np.zeros(len(at), bool)
    last, before = words[at + np.maximum(length - 8, 0)], words[at + np.maximum(length - 16, 0)]
    differs = np.ones(len(at), bool)
    differs[1:] = (last[1:] != last[:-1]) | (before[1:] != before[:-1]) | (length[1:] != length[:-1])
    leads = np.flatnonzero(differs)
    times, right = clock.parse(words, at[leads], length[leads])
    index = np.cumsum(differs) - 1
    return index, times, right[index]


def _compact(index: Places, times: Places) -> tuple[Places, Places]:
    """Without the times that no line has any more."""
    used, renumbered = np.unique(index, return_inverse=True)
    return renumbered, times[used]


def _requests(metric: Places, time: Places, good: Flags) -> Places:
    """Which line of http_req_duration each line belongs to: k6 writes all points of a request in a row, with one time. Else -1."""
    number = np.arange(len(metric))
    is_duration = (metric == DURATION) & good
    duration = np.maximum.accumulate(np.where(is_duration, number, 0))
    same = (metric <= FAILED) & good & is_duration[duration] & (number - duration < _LINES_OF_REQUEST) & (time == time[duration])
    return np.where(same, duration, -1)


def _renumbered(request: Places, kept: Flags) -> Places:
    """For the kept lines, from numbers of all to numbers among the kept; -1 where the request's duration was not kept."""
    position = np.full(len(kept) + 1, -1)
    position[:-1][kept] = np.arange(int(kept.sum()))
    renumbered: Places = position[request[kept]]
    return renumbered


def _same_tags(text: bytes, request: Places, tags: Places, ends: Places) -> Places:
    """-1 where the tags differ from the request's: in length, or in their last bytes (those with the URL, or all of short ones)."""
    if not len(request):
        return request
    size = ends - tags
    shortest = int(size.min())
    blocks = blocks_before(text, ends, next((n for n in (64, 32, 16) if n <= shortest), 8))
    same = size == size[request]
    differing = blocks != blocks[request]
    if differing.any():
        same &= ~differing.any(axis=1)
    return np.where(same, request, -1)


def _hash(second: int, multiplier: int) -> int:
    return (second * multiplier & (1 << 64) - 1) >> 58
