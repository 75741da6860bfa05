"""Charts as inline SVG: coloured by the page's CSS classes, readable without JavaScript, described in words for screen readers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from perfagent.model.comparison import Row, RowVerdict
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.markdown import plain
from perfagent.report.series import Density, RoundPoint, Timeline

WIDTH, HEIGHT = 460, 190
LEFT, RIGHT, TOP, BOTTOM = 58, 14, 26, 26


def _text(x: float, y: float, content: str, *, anchor: str = "start", css: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{css}">{escape(content)}</text>'


def _frame(body: Sequence[str], description: str, *, height: int = HEIGHT) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(description, quote=True)}">'
        f"<title>{escape(description)}</title>{''.join(body)}</svg>"
    )


def density(shape: Density, endpoint: str) -> str:
    """Shares of requests over the logarithm of the response time; both sides' p95 as lines."""
    low, high = math.log(shape.edges[0]), math.log(shape.edges[-1])
    top = max(*shape.baseline, *shape.candidate) * 1.3

    def x(value: float) -> float:
        return LEFT + (math.log(value) - low) / (high - low) * (WIDTH - LEFT - RIGHT)

    def y(share: float) -> float:
        return HEIGHT - BOTTOM - share / top * (HEIGHT - TOP - BOTTOM)

    body = [_axis()]
    for value in ticks(shape.edges[0], shape.edges[-1]):
        body.append(f'<line x1="{x(value):.1f}" x2="{x(value):.1f}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM + 4}" class="axis"/>')
        body.append(_text(x(value), HEIGHT - 8, words.seconds(value), anchor="middle"))
    for side, shares in (("baseline", shape.baseline), ("candidate", shape.candidate)):
        steps = "".join(
            f"L{x(shape.edges[i]):.1f} {y(share):.1f}L{x(shape.edges[i + 1]):.1f} {y(share):.1f}" for i, share in enumerate(shares)
        )
        body.append(f'<path class="area {side}" d="M{LEFT} {y(0):.1f}{steps}L{WIDTH - RIGHT} {y(0):.1f}Z"/>')
    for side, value, label_y in (("baseline", shape.p95_baseline, TOP + 8), ("candidate", shape.p95_candidate, TOP - 8)):
        at = min(max(x(max(value, 1e-9)), LEFT), WIDTH - RIGHT)
        body.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{label_y + 3}" y2="{HEIGHT - BOTTOM}" class="mark {side}"/>')
        body.append(_text(at - 4, label_y + 9, f"{side} p95 {words.seconds(value)}", anchor="end", css=side))
    return _frame(
        body,
        f"Response times of {plain(endpoint)}: p95 {words.seconds(shape.p95_baseline)} in the baseline, "
        f"{words.seconds(shape.p95_candidate)} in the candidate, {shape.requests} requests",
    )


def ticks(low: float, high: float) -> list[float]:
    """At most six round values on a logarithmic axis."""
    for steps in ((1, 1.5, 2, 3, 4, 5, 7), (1, 2, 5), (1,)):
        found = [m * 10.0**e for e in range(-7, 5) for m in steps if low <= m * 10.0**e <= high]
        if len(found) <= 6:
            return found
    return found[:: math.ceil(len(found) / 6)]


def even_ticks(top: float) -> list[float]:
    """Three to five round values from zero on a linear axis."""
    size = 10.0 ** math.floor(math.log10(top))
    step = next(size * m for m in (0.2, 0.25, 0.5, 1, 2) if top / (size * m) <= 5)
    return [step * i for i in range(int(top / step) + 1)]


def _axis() -> str:
    return f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{HEIGHT - BOTTOM}" y2="{HEIGHT - BOTTOM}" class="axis"/>'


def timeline(line: Timeline, endpoint: str) -> str:
    """p95 of each round as points; the 10-s cells of a round as a thin trace."""
    rounds = max(p.round for p in (*line.baseline, *line.candidate))
    first = min(p.round for p in (*line.baseline, *line.candidate))
    values = [v for p in (*line.baseline, *line.candidate) for v in (p.p95, *(c for _, c in p.cells))]
    top = max(values) * 1.1 or 1.0
    span = max(1, rounds - first + 1)

    def x(position: float) -> float:
        return LEFT + (position - first + 0.5) / span * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / top * (HEIGHT - TOP - BOTTOM)

    body = [_axis()]
    for value in even_ticks(top):
        body.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(value):.1f}" y2="{y(value):.1f}" class="grid"/>')
        body.append(_text(LEFT - 6, y(value) + 4, words.seconds(value), anchor="end"))
    for number in range(first, rounds + 1, math.ceil(span / 12)):
        body.append(_text(x(number), HEIGHT - 8, f"round {number}" if number == first else str(number), anchor="middle"))
    for side, points in (("baseline", line.baseline), ("candidate", line.candidate)):
        body += [_trace(p, line.length, side, x, y) for p in points if len(p.cells) > 1 and line.length]
        joined = " ".join(f"{x(p.round):.1f},{y(p.p95):.1f}" for p in points)
        body.append(f'<polyline class="line {side}" points="{joined}"/>')
        body += [_point(x(p.round), y(p.p95), side, f"round {p.round}, {side}: p95 {words.seconds(p.p95)}") for p in points]
    return _frame(body, f"p95 of each round of {plain(endpoint)}, baseline and candidate")


def _trace(point: RoundPoint, length: float, side: str, x, y) -> str:  # type: ignore[no-untyped-def]
    at = " ".join(f"{x(point.round - 0.42 + 0.84 * min(1.0, (start + 5) / length)):.1f},{y(v):.1f}" for start, v in point.cells)
    return f'<polyline class="trace {side}" points="{at}"/>'


def _point(x: float, y: float, side: str, description: str) -> str:
    shape = f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>' if side == "baseline" else f'<path d="M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5Z"/>'
    return f'<g class="point {side}"><title>{escape(description)}</title>{shape}</g>'


def effect(row: Row, low: float, high: float) -> str:
    """The row's change and interval on a scale shared by the table; empty when there is none."""
    value = pick.relative_effect(row)
    if value is None or words.is_absolute(row):
        return ""
    width, height = 150, 22

    def x(number: float) -> float:
        return 4 + (min(max(number, low), high) - low) / (high - low) * (width - 8)

    css = (row.row_verdict or RowVerdict.PASS).value
    start, end = (row.ci_low, row.ci_high) if row.ci_low is not None and row.ci_high is not None else (value, value)
    limit = None if row.threshold is None else (-row.threshold if pick.lower_is_worse(row.metric) else row.threshold)
    parts = [f'<line x1="{x(0):.1f}" x2="{x(0):.1f}" y1="1" y2="21" class="axis"/>']
    if limit is not None:
        parts.append(f'<line x1="{x(limit):.1f}" x2="{x(limit):.1f}" y1="1" y2="21" class="limit"/>')
    parts.append(f'<line x1="{x(start):.1f}" x2="{x(end):.1f}" y1="11" y2="11" class="interval {css}"/>')
    parts.append(f'<circle cx="{x(value):.1f}" cy="11" r="4.5" class="dot {css}"/>')
    return f'<svg class="effect" viewBox="0 0 {width} {height}" aria-hidden="true">{"".join(parts)}</svg>'


def effect_scale(rows: Sequence[Row]) -> tuple[float, float]:
    """Wide enough for the effects and the limits, and for most of the intervals."""
    shown = [r for r in rows if pick.relative_effect(r) is not None and not words.is_absolute(r)]
    effects = [pick.relative_effect(r) or 0.0 for r in shown]
    limits = [r.threshold for r in shown if r.threshold is not None]
    reach = max([abs(e) for e in effects] + limits + [0.05]) * 1.3
    ends = [e for r in shown for e in (r.ci_low, r.ci_high) if e is not None and math.isfinite(e)]
    return max(min([*ends, *effects, -0.05]), -reach), min(max([*ends, *effects, *limits]), 1.6 * reach) if shown else reach
