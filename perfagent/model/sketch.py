"""A mergeable latency histogram whose bins are cut from the double's own bits.

128 bins per power of two: a quantile is within 0.4 % of the exact one, and counts, sum, minimum and maximum are exact.
Merging adds counts, so parts and whole give the same answer whatever the order.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

_MANTISSA_BITS = 7  # 2**7 = 128 bins per octave; half a bin is 0.39 % of the value at most
_SHIFT = 52 - _MANTISSA_BITS


def bin_of(value: float) -> int:
    """The bin of one finite value >= 0 (zero and subnormals have bin numbers below those of any real latency)."""
    return array("Q", array("d", (value,)).tobytes())[0] >> _SHIFT


def bin_edges(index: int) -> tuple[float, float]:
    """Lower (inclusive) and upper (exclusive) edge of a bin, in the unit of the values."""
    low, high = array("d", array("Q", (index << _SHIFT, (index + 1) << _SHIFT)).tobytes())
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """`indices` ascending, `counts` beside them; `count`, `total`, `minimum`, `maximum` are exact (seconds or bytes), zero when empty."""

    indices: tuple[int, ...] = ()
    counts: tuple[int, ...] = ()
    count: int = 0
    total: float = 0.0
    minimum: float = 0.0
    maximum: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> Sketch:
        """From finite values >= 0; the caller filters and counts the others."""
        doubles = values if isinstance(values, array) and values.typecode == "d" else array("d", values)
        if not doubles:
            return cls()
        bins = Counter(bits >> _SHIFT for bits in memoryview(doubles.tobytes()).cast("Q"))
        return cls.from_bins(bins, total=math.fsum(doubles), minimum=min(doubles), maximum=max(doubles))

    @classmethod
    def from_bins(cls, bins: dict[int, int], *, total: float, minimum: float, maximum: float) -> Sketch:
        indices = tuple(sorted(bins))
        counts = tuple(bins[i] for i in indices)
        return cls(indices=indices, counts=counts, count=sum(counts), total=total, minimum=minimum, maximum=maximum)

    @classmethod
    def merged(cls, sketches: Sequence[Sketch]) -> Sketch:
        """One sketch of all the values of `sketches`."""
        parts = [s for s in sketches if s.count]
        if not parts:
            return cls()
        bins: Counter[int] = Counter()
        for part in parts:
            for index, count in zip(part.indices, part.counts, strict=True):
                bins[index] += count
        return cls.from_bins(
            bins,
            total=math.fsum(p.total for p in parts),
            minimum=min(p.minimum for p in parts),
            maximum=max(p.maximum for p in parts),
        )

    @property
    def mean(self) -> float:
        """nan when empty."""
        return self.total / self.count if self.count else math.nan

    def quantile(self, q: float) -> float:
        """The value below which a share `q` of the values lies, linear within its bin; nan when empty."""
        if not self.count:
            return math.nan
        if q <= 0:
            return self.minimum
        if q >= 1:
            return self.maximum
        rank = q * (self.count - 1)
        cumulative = list(accumulate(self.counts))
        at = bisect_left(cumulative, rank + 1e-9) if rank > 0 else 0
        at = min(at, len(self.counts) - 1)
        while cumulative[at] <= rank and at < len(self.counts) - 1:
            at += 1
        before = cumulative[at] - self.counts[at]
        low, high = bin_edges(self.indices[at])
        value = low + (high - low) * (rank - before + 0.5) / self.counts[at]
        return min(max(value, self.minimum), self.maximum)
