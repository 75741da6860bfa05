"""Time stamps of thousands of lines at once, in the shape that the first of them has; others are left to the slow reader."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from perfagent.ingest.times import from_unix, parse_time
from perfagent.ingest.words import ZEROS, Flags, Places, UInt64s, are_digits, eight_digits, keep_first, two_digits, word

_SHAPE = re.compile(rb"(\d{4}-\d\d-\d\d)T\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
_CLOCK = word(b"00:00:00")
_SECONDS = 19  # length of 2026-11-22T19:59:07


@dataclass(frozen=True, slots=True)
class Rfc3339:
    """`date` as text, `zone` Z or +01:00, `midnight` in nanoseconds since 1970."""

    date: bytes
    zone: bytes
    midnight: int
    varies: ClassVar[bool] = True  # trailing zeros are not written

    def parse(self, words: UInt64s, at: Places, length: Places) -> tuple[Places, Flags]:
        """Nanoseconds since 1970, and whether the text had this date, this zone and digits."""
        good = (words[at] == word(self.date[:8])) & (words[at + 3] == word(self.date[3:] + b"T"))
        zone = word(self.zone)
        good &= words[at + length - len(self.zone)] & word(b"\xff" * len(self.zone)) == zone
        clock = words[at + 11] ^ _CLOCK
        seconds = two_digits(clock, 0) * 3600 + two_digits(clock, 3) * 60 + two_digits(clock, 6)
        digits = length - (_SECONDS + 1 + len(self.zone))
        good &= are_digits(clock) & ((digits >= 1) & (digits <= 9) | (digits == -1))
        numerals = np.where(digits > 0, keep_first(words[at + _SECONDS + 1] ^ ZEROS, np.clip(digits, 1, 8)), np.uint64(0))
        ninth = np.where(digits == 9, (words[at + _SECONDS + 9] & np.uint64(0xFF)).astype(np.int64) - ord("0"), 0)
        good &= are_digits(numerals) & (ninth >= 0) & (ninth <= 9)
        return self.midnight + seconds * 10**9 + eight_digits(numerals) * 10 + ninth, good


@dataclass(frozen=True, slots=True)
class Unix:
    """`digits`: 10, 13, 16 or 19 of them; `factor` makes nanoseconds of the number."""

    digits: int
    factor: int
    varies: ClassVar[bool] = False

    def parse(self, words: UInt64s, at: Places, length: Places) -> tuple[Places, Flags]:
        good = length == self.digits
        first, last = words[at] ^ ZEROS, words[at + self.digits - 8] ^ ZEROS
        good &= are_digits(first) & are_digits(last)
        rest = self.digits - 8  # digits that `last` adds to `first`, at most 8 but in nanoseconds
        number = eight_digits(first)
        if rest > 8:
            middle = words[at + 8] ^ ZEROS
            good &= are_digits(middle)
            number, rest = number * 10**8 + eight_digits(middle), rest - 8
        return (number * 10**rest + eight_digits(last) % 10**rest) * self.factor, good


Clock = Rfc3339 | Unix


def clock_like(text: bytes) -> Clock | None:
    """The shape of this time stamp; None when it has none of the known."""
    match = _SHAPE.fullmatch(text)
    if match is not None:
        date, zone = match.groups()
        try:
            return Rfc3339(date, zone, parse_time(f"{date.decode()}T00:00:00{zone.decode()}"))
        except ValueError:
            return None
    if text.isdigit() and len(text) in (10, 13, 16, 19):
        return Unix(len(text), from_unix(int(text)) // int(text) if int(text) else 1)
    return None
