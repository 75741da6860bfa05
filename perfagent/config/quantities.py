"""What people write ("15m", "10%", "300ms") into base units (seconds, fractions, bytes) and back.

Every parser raises ValueError saying what is wrong and what would be right; callers add file and key.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal
from urllib.parse import urlsplit

_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_BYTES = {"b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 2**10, "mib": 2**20, "gib": 2**30}
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(us|µs|ms|s|m|h|d)", re.ASCII)
_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+", re.ASCII)
_SCHEMES = ("http", "https")


def parse_duration(value: object, *, unit_needed: bool = False) -> float:
    """Seconds. "30s", "15m", "1h30m", "250ms"; a bare number is seconds, unless `unit_needed`."""
    if isinstance(value, bool):
        raise ValueError(f"{_said(value)} is not a length of time; write for example 30s")
    if isinstance(value, int | float):
        text = f"{value:g}"
    elif isinstance(value, str):
        text = value.strip()
    else:
        raise ValueError(f"{_said(value)} is not a length of time; write for example 30s")
    if _NUMBER.fullmatch(text):
        if unit_needed and float(text) != 0:
            raise ValueError(f"{text} has no unit; write {text}ms or {text}s")
        return _finite(float(text), text)
    parts = list(_PART.finditer(text))
    if not parts or "".join(p.group() for p in parts).replace(" ", "") != text.replace(" ", ""):
        raise ValueError(f"{_said(value)} is not a length of time; write for example 250ms, 30s, 15m or 1h30m")
    return _finite(sum(float(p[1]) * _SECONDS[p[2]] for p in parts), text)


def parse_fraction(value: object) -> float:
    """A fraction from "10%" or 0.1. A bare number above 1 is refused: 10 could mean 10 % as well as 1000 %."""
    if isinstance(value, str) and value.strip().endswith("%"):
        number = value.strip()[:-1].strip()
        if not _NUMBER.fullmatch(number):
            raise ValueError(f"{_said(value)} is not a percentage; write for example 10% or 0.1")
        return _finite(float(Decimal(number).scaleb(-2)), number)  # 99.9 % is 0.999; 99.9 / 100 is not

    number = f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value).strip()
    if isinstance(value, bool) or not _NUMBER.fullmatch(number):
        raise ValueError(f"{_said(value)} is not a percentage; write for example 10% or 0.1")
    if float(number) > 1:
        raise ValueError(f"{number} without a percent sign would be {float(number) * 100:g} %; write {number}% or {float(number) / 100:g}")
    return float(number)


def parse_bytes(value: object) -> float:
    """Bytes from 20480, "20 kB", "1MiB"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)", str(value).strip(), re.ASCII)
    unit = match[2].lower() or "b" if match else ""
    if isinstance(value, bool) or not match or unit not in _BYTES:
        raise ValueError(f"{_said(value)} is not a size; write for example 200kB or 1MiB")
    return float(match[1]) * _BYTES[unit]


def parse_rate(value: object) -> float:
    """Events per second from 50, "50/s", "3000/m"."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(?:/\s*(s|m|h))?", str(value).strip(), re.ASCII)
    if isinstance(value, bool) or not match:
        raise ValueError(f"{_said(value)} is not a rate; write for example 50/s")
    return float(match[1]) / _SECONDS[match[2] or "s"]


def parse_url(value: object) -> str:
    """An absolute http(s) address without credentials, without a slash at its end."""
    text = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError(f"{_said(value)} is not a URL ({error}); write for example https://example.net:8080") from None
    if parts.username is not None or parts.password is not None:
        raise ValueError("the URL carries credentials, which do not belong into a configuration; give the address without them")
    if not parts.scheme or "://" not in text:
        scheme = "http" if re.match(r"localhost\b|[\d.]+(:|/|$)", text) else "https"
        suggestion = f"{scheme}://{text}" if re.match(r"[\w.-]+(:\d+)?(/|$)", text) else "https://example.net"
        raise ValueError(f"{_said(value)} is not a URL; write for example {suggestion}")
    if parts.scheme not in _SCHEMES:
        raise ValueError(f"{_said(value)} begins with {parts.scheme}://; only http:// and https:// are possible here")
    if not host or any(c.isspace() or c in "<>\"'{}|\\^`" for c in text):
        raise ValueError(f"{_said(value)} is not a URL; write for example https://example.net")
    return text.rstrip("/")


def format_duration(seconds: float) -> str:
    if 0 < seconds < 1:
        return f"{seconds * 1000:.12g}ms"
    for unit, size in (("h", 3600.0), ("m", 60.0)):
        if seconds and seconds % size == 0:
            return f"{seconds / size:.12g}{unit}"
    return f"{seconds:.12g}s"


def format_fraction(fraction: float) -> str:
    return f"{fraction * 100:.12g}%"


def _finite(number: float, text: str) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{text} is too large")
    return number


def _said(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
