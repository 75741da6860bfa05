"""Samples on their way into sketches: exact, mergeable, in bounded memory.

A sample is one unsigned 64-bit key: its row (which endpoint, phase and time cell) above 44 bits of nanoseconds. Sorting a batch of keys
brings the samples of a row together in order of size, which gives count, sum, minimum, maximum and bins of every row in a few passes.
Sums are sums of whole nanoseconds (k6's own resolution), so they are exact and do not depend on the order of the samples.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from perfagent.model.sketch import Sketch, bin_of

NS_BITS = 44
LONGEST = (1 << NS_BITS) - 1  # 17,592 s; nothing k6 times lasts longer
_BATCH = 1 << 18  # samples; 2 MiB of keys, some 12 MiB while they are sorted
_SHIFT, _NS = np.uint64(NS_BITS), np.uint64(LONGEST)
_BIN_SHIFT = np.uint64(45)  # 128 bins per octave, as in perfagent.model.sketch
_FIRST_BIN = np.uint64(bin_of(1e-9))
_ONE = np.uint64(1)
# A bin of a row, packed to sort fast: row above 13 bits of bin (0 for the value 0; a nanosecond's is 1) above 31 bits of count.
_BIN_BITS, _COUNT_BITS = np.uint64(13), np.uint64(31)
_BIN_MASK, _COUNT_MASK = np.uint64((1 << 13) - 1), np.uint64((1 << 31) - 1)

UInt64s = npt.NDArray[np.uint64]


@dataclass(slots=True)
class _Exact:
    count: int = 0
    total: int = 0
    minimum: int = LONGEST
    maximum: int = 0

    def add(self, count: int, total: int, minimum: int, maximum: int) -> None:
        self.count += count
        self.total += total
        self.minimum = min(self.minimum, minimum)
        self.maximum = max(self.maximum, maximum)


@dataclass(slots=True)
class Tally:
    """Rows are integers below 2**20 that the caller hands out."""

    _single: array[int] = field(default_factory=lambda: array("Q"))
    _waiting: list[UInt64s] = field(default_factory=list)
    _samples: int = 0
    _exact: dict[int, _Exact] = field(default_factory=dict)
    _bins: UInt64s = field(default_factory=lambda: np.empty(0, np.uint64))
    _new_bins: list[UInt64s] = field(default_factory=list)

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
        totals = np.add.reduceat(nanoseconds, starts)  # 2**18 samples of 44 bits stay below 2**63
        columns = (rows[starts], ends - starts, totals, nanoseconds[starts], nanoseconds[ends - 1])
        for row, *numbers in zip(*(c.tolist() for c in columns), strict=True):
            self._exact.setdefault(row, _Exact()).add(*numbers)
        bins = (nanoseconds / 1e9).view(np.uint64) >> _BIN_SHIFT
        bins = rows << _BIN_BITS | np.where(nanoseconds > 0, bins - _FIRST_BIN + _ONE, np.uint64(0))
        starts = _run_starts(bins)
        counts = np.diff(np.append(starts, len(bins))).astype(np.uint64)
        self._new_bins.append(bins[starts] << _COUNT_BITS | counts)
        if sum(map(len, self._new_bins)) > max(len(self._bins), _BATCH // 4):
            self._merge()

    def _merge(self) -> None:
        """Only when the new bins outnumber the old, so that a long run costs no more per sample than a short one."""
        self._bins = _summed(np.concatenate([self._bins, *self._new_bins]))
        self._new_bins.clear()

    def sketches(self, sums: Mapping[int, int]) -> dict[int, Sketch]:
        """One sketch in seconds per row that has samples; and for each value of `sums`, the sum of the rows that are its keys."""
        self._fold()
        self._merge()
        exact = dict(self._exact)
        for row, into in sums.items():
            if row in self._exact:
                part = self._exact[row]
                exact.setdefault(into, _Exact()).add(part.count, part.total, part.minimum, part.maximum)
        return {**_sketches(self._bins, exact), **_sketches(_moved(self._bins, sums), exact)}


def _summed(bins: UInt64s) -> UInt64s:
    """Ascending, each bin once."""
    if not len(bins):
        return bins
    bins.sort()
    keys = bins >> _COUNT_BITS
    starts = _run_starts(keys)
    counts = np.add.reduceat(bins & _COUNT_MASK, starts)
    out: UInt64s = keys[starts] << _COUNT_BITS | counts
    return out


def _moved(bins: UInt64s, into: Mapping[int, int]) -> UInt64s:
    """The bins of the rows in `into`, as bins of other rows."""
    if not into or not len(bins):
        return np.empty(0, np.uint64)
    shift = _BIN_BITS + _COUNT_BITS
    rows = (bins >> shift).astype(np.int64)
    table = np.full(max(int(rows[-1]), *into) + 1, -1)
    table[list(into)] = list(into.values())
    target = table[rows]
    wanted = target >= 0
    return _summed(target[wanted].astype(np.uint64) << shift | bins[wanted] & (_ONE << shift) - _ONE)


def _sketches(bins: UInt64s, exact: Mapping[int, _Exact]) -> dict[int, Sketch]:
    if not len(bins):
        return {}
    rows = (bins >> (_BIN_BITS + _COUNT_BITS)).astype(np.int64)
    starts = _run_starts(rows).tolist()
    numbers: dict[int, int] = {}  # one int object per bin number, not one per cell
    out = {}
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        codes = bins[start:end] >> _COUNT_BITS & _BIN_MASK
        indices = np.where(codes > 0, codes + (_FIRST_BIN - _ONE), np.uint64(0)).tolist()
        row = int(rows[start])
        out[row] = Sketch(
            indices=tuple(numbers.setdefault(i, i) for i in indices),
            counts=tuple((bins[start:end] & _COUNT_MASK).tolist()),
            count=exact[row].count,
            total=exact[row].total / 1e9,
            minimum=exact[row].minimum / 1e9,
            maximum=exact[row].maximum / 1e9,
        )
    return out


def _run_starts(values: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
    """Where runs of equal values begin, in a sorted, non-empty array."""
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
