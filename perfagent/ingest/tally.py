"""Samples on their way into sketches: exact, mergeable, in bounded memory.

A sample is one unsigned 64-bit key: its row (which endpoint, phase and time cell) above 44 bits of nanoseconds. Sorting a batch of keys
brings the samples of a row together in order of size, which gives count, sum, minimum, maximum and bins of every row in a few passes.
Sums are sums of whole nanoseconds (k6's own resolution), so they are exact and do not depend on the order of the samples.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from perfagent.model.sketch import Sketch

NS_BITS = 44
LONGEST = (1 << NS_BITS) - 1  # 17,592 s; nothing k6 times lasts longer
_BATCH = 1 << 19  # samples; 4 MiB of keys
_SHIFT = np.uint64(NS_BITS)
_NS = np.uint64(LONGEST)
_BIN_SHIFT = np.uint64(45)  # 128 bins per octave, as in perfagent.model.sketch
_BIN_BITS = np.uint64(18)
_BIN_MASK = (1 << 18) - 1

UInt64s = npt.NDArray[np.uint64]


@dataclass(slots=True)
class _Exact:
    count: int = 0
    total: int = 0
    minimum: int = LONGEST
    maximum: int = 0


@dataclass(slots=True)
class Tally:
    """Rows are small integers that the caller hands out."""

    _single: array[int] = field(default_factory=lambda: array("Q"))
    _waiting: list[UInt64s] = field(default_factory=list)
    _samples: int = 0
    _exact: dict[int, _Exact] = field(default_factory=dict)
    _bins: UInt64s = field(default_factory=lambda: np.empty(0, np.uint64))  # row << 18 | bin, ascending
    _counts: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def add(self, row: int, nanoseconds: int) -> None:
        self._single.append(row << NS_BITS | nanoseconds)
        self._grown(1)

    def add_many(self, rows: UInt64s, nanoseconds: UInt64s) -> None:
        self._waiting.append(rows << _SHIFT | nanoseconds)
        self._grown(len(rows))

    def _grown(self, samples: int) -> None:
        self._samples += samples
        if self._samples >= _BATCH:
            self._fold()

    def _fold(self) -> None:
        keys = np.concatenate([*self._waiting, np.frombuffer(self._single, np.uint64)])
        self._waiting.clear()
        self._single = array("Q")
        self._samples = 0
        if not len(keys):
            return
        keys.sort()
        rows = keys >> _SHIFT
        nanoseconds = keys & _NS
        starts = _run_starts(rows)
        ends = np.append(starts[1:], len(keys))
        totals = np.add.reduceat(nanoseconds, starts)  # 2**19 samples of 44 bits stay below 2**63
        columns = (rows[starts], ends - starts, totals, nanoseconds[starts], nanoseconds[ends - 1])
        for row, count, total, minimum, maximum in zip(*(c.tolist() for c in columns), strict=True):
            exact = self._exact.setdefault(row, _Exact())
            exact.count += count
            exact.total += total
            exact.minimum = min(exact.minimum, minimum)
            exact.maximum = max(exact.maximum, maximum)
        bins = rows << _BIN_BITS | (nanoseconds / 1e9).view(np.uint64) >> _BIN_SHIFT
        starts = _run_starts(bins)
        self._merge(bins[starts], np.diff(np.append(starts, len(bins))))

    def _merge(self, bins: UInt64s, counts: npt.NDArray[np.int64]) -> None:
        bins = np.concatenate([self._bins, bins])
        order = np.argsort(bins, kind="stable")
        bins = bins[order]
        starts = _run_starts(bins)
        self._bins = bins[starts]
        self._counts = np.add.reduceat(np.concatenate([self._counts, counts])[order], starts)

    def sketches(self) -> dict[int, Sketch]:
        """One sketch in seconds per row that has samples."""
        self._fold()
        rows = (self._bins >> _BIN_BITS).astype(np.int64)
        if not len(rows):
            return {}
        starts = _run_starts(rows).tolist()
        numbers: dict[int, int] = {}  # one int object per bin number, not one per cell
        out = {}
        for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
            row = int(rows[start])
            indices = (self._bins[start:end].astype(np.int64) & _BIN_MASK).tolist()
            exact = self._exact[row]
            out[row] = Sketch(
                indices=tuple(numbers.setdefault(i, i) for i in indices),
                counts=tuple(self._counts[start:end].tolist()),
                count=exact.count,
                total=exact.total / 1e9,
                minimum=exact.minimum / 1e9,
                maximum=exact.maximum / 1e9,
            )
        return out


def _run_starts(values: npt.NDArray[np.generic]) -> npt.NDArray[np.intp]:
    """Where runs of equal values begin, in a sorted, non-empty array."""
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
