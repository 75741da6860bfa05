"""When things happened, from the start of the run: nanoseconds since its first point, whatever the clock did."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from perfagent.ingest.notes import Odd
from perfagent.ingest.words import Places

_SLACK = 10**9  # ns; points of parallel VUs arrive a little out of order
_JUMP = 10**10  # ns; further back than any buffer of k6 holds a point


@dataclass(slots=True)
class Timeline:
    """All in ns since 1970. A point dated before the start counts at the time last seen; both oddities are counted in `odd`."""

    odd: Odd
    start: int | None = None
    latest: int = 0
    last: int = 0

    @property
    def length(self) -> int:
        return self.latest - self.start if self.start is not None else 0

    def begin(self, time: int) -> None:
        """The first point of all sets the start."""
        if self.start is None:
            self.start = self.latest = self.last = time

    def offset(self, time: int, *, in_order: bool = True) -> int:
        """Nanoseconds since the start. Not `in_order`: read later than its neighbours in the file, so that no jump shows by it."""
        self.begin(time)
        start = self.start or 0
        if time < start - _SLACK:
            self.odd.before_start += 1
            time = self.latest
        elif in_order:
            self.odd.clock_back += time < self.latest - _JUMP <= self.last
            self.last = time
        self.latest = max(self.latest, time)
        return max(0, time - start)

    def offsets(self, times: Places) -> Places:
        """The same for many, in the order of the file; one at least."""
        self.begin(int(times[0]))
        start = self.start or 0
        earliest, latest = int(times.min()), int(times.max())
        if earliest < start - _SLACK or earliest < max(self.latest, latest) - _JUMP:
            times = self._straightened(times, start)
        self.last = int(times[-1])
        self.latest = max(self.latest, int(times.max()))
        return np.maximum(times - start, 0)

    def _straightened(self, times: Places, start: int) -> Places:
        early = times < start - _SLACK
        self.odd.before_start += int(early.sum())
        latest = np.maximum.accumulate(np.concatenate([[self.latest], np.where(early, self.latest, times)]))
        times = np.where(early, latest[:-1], times)
        before = np.concatenate([[self.last], times[:-1]])
        jumped = (times < latest[:-1] - _JUMP) & (before >= latest[:-1] - _JUMP)
        self.odd.clock_back += int(jumped.sum())
        return times
