"""Numbers for people: base units in, scaled text out."""

from __future__ import annotations

import math


def seconds(value: float) -> str:
    """`0.0824` → `82 ms`. Three figures at most; the unit that leaves one to three digits before the point."""
    size = abs(value)
    if size >= 99.95:
        return f"{figures(value / 60)} min"
    if size >= 0.9995:
        return f"{figures(value)} s"
    if size >= 0.0009995 or value == 0:
        return f"{figures(value * 1e3)} ms"
    return f"{figures(value * 1e6)} µs"


def figures(value: float) -> str:
    """At most three figures: two decimals below 10, one below 20, none above; thousands apart."""
    if not math.isfinite(value):
        return "?"
    size = abs(value)
    if size >= 99.95 or value == int(value):
        return f"{value:,.0f}".replace(",", " ")
    if size >= 19.95:
        return f"{value:.0f}"
    return (f"{value:.1f}" if size >= 9.995 else f"{value:.2f}").rstrip("0").removesuffix(".")


def size_of(value: float) -> str:
    for limit, unit in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if abs(value) >= limit * 0.9995:
            return f"{figures(value / limit)} {unit}"
    return f"{figures(value)} B"


def amount(value: float | None, unit: str) -> str:
    """A value in base units, scaled for people; `–` when it is not known."""
    if value is None or not math.isfinite(value):
        return "–"
    match unit:
        case "s" | "seconds":
            return seconds(value)
        case "fraction" | "ratio" | "1":
            return percent(value)
        case "B" | "bytes":
            return size_of(value)
        case _ if unit.startswith("bytes/"):
            return f"{size_of(value)}/{unit.removeprefix('bytes/')}"
        case "1/s" | "requests/s" | "req/s" | "rps":
            return f"{figures(value)}/s"
        case _:
            return f"{figures(value)} {unit}".rstrip()


def percent(fraction: float | None, *, signed: bool = False) -> str:
    """`0.341` → `34 %`; `+34 %` when signed; two figures are enough below 10 %."""
    return "–" if fraction is None else f"{points(fraction, signed=signed)} %"


def points(fraction: float, *, signed: bool = False) -> str:
    value = fraction * 100
    if not math.isfinite(value):
        return "?" if math.isnan(value) else "∞" if value > 0 else "−∞"
    digits = 0 if abs(value) >= 9.95 or value == 0 else 1 if abs(value) >= 0.095 else 2
    text = f"{value:+.{digits}f}" if signed else f"{value:.{digits}f}"
    if float(text) == 0:
        return "0"
    text = text.removesuffix(".0")
    return text.replace("-", "−") if signed else text
