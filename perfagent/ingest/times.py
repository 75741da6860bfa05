"""Time stamps of k6's outputs, as whole nanoseconds since 1970 (k6 measures in nanoseconds)."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d):(\d\d)(?:\.(\d{1,9})\d*)?(Z|z|[+-]\d\d:\d\d)")
_UNITS = ((10**11, 10**9), (10**14, 10**6), (10**17, 10**3))  # seconds until the year 5138, then milli-, microseconds


def parse_time(text: str) -> int:
    """RFC 3339 with up to nine digits, or unix seconds, milli-, micro- or nanoseconds told apart by size. Raises ValueError."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        return from_unix(int(text))
    minute, seconds, fraction, zone = match.groups()
    return (_minute(minute, zone) + int(seconds)) * 10**9 + int((fraction or "0").ljust(9, "0"))


def from_unix(number: int) -> int:
    """Nanoseconds from a unix time of unknown unit."""
    for limit, factor in _UNITS:
        if number < limit:
            return number * factor
    return number


@lru_cache(maxsize=64)
def _minute(minute: str, zone: str) -> int:
    return int(datetime.fromisoformat(f"{minute}:00{'+00:00' if zone in 'Zz' else zone}").timestamp())
