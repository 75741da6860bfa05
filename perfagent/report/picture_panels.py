"""The charts of the picture: effects with intervals, distributions, timeline. Each says so when it has nothing to show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from perfagent.model.comparison import Row, RowVerdict
from perfagent.report import rows as pick
from perfagent.report import series, words
from perfagent.report.input import ReportInput
from perfagent.report.picture_text import drawable, label, labels

BASELINE, CANDIDATE = "#0072B2", "#D55E00"
INK, PALE = "#222222", "#8A8A8A"
MOST_ROWS = 12
STYLES = {  # colour, marker, filled
    RowVerdict.REGRESSION: ("#D55E00", "D", True),
    RowVerdict.ACCEPTED: ("#CC79A7", "D", False),
    RowVerdict.IMPROVEMENT: ("#009E73", "v", True),
    RowVerdict.INCONCLUSIVE: ("#8A6D00", "s", False),
    RowVerdict.PASS: ("#5A5A5A", "o", True),
}
_DEFAULT_STYLE = ("#5A5A5A", "o", False)


def nothing(axes: Any, message: str, more: Sequence[str] = ()) -> None:
    axes.set_axis_off()
    lines = "\n".join(drawable(line, 150) for line in more)
    axes.text(0.5, 0.5, f"{message}\n\n{lines}".strip(), ha="center", va="center", color=INK, size=14 if more else 12, linespacing=1.5)


def title(axes: Any, text: str, note: str = "") -> None:
    axes.text(0, 1.0, text, transform=_above(axes), size=13, weight="bold", color=INK, va="bottom")
    if note:
        axes.text(1, 1.0, note, transform=_above(axes), size=10.5, color="#444444", va="bottom", ha="right")


def _above(axes: Any) -> Any:
    from matplotlib.transforms import ScaledTranslation

    return axes.transAxes + ScaledTranslation(0, 7 / 72, axes.figure.dpi_scale_trans)


def forest(figure: Any, box: tuple[float, float, float, float], report: ReportInput) -> None:
    """One line per row, worst on top; a dashed line is the threshold."""
    axes = figure.add_axes(box)
    drawn, note = _rows_to_draw(report)
    shown = drawn[:MOST_ROWS]
    if not shown:
        nothing(axes, "No effects to show.")
        return
    low, high = _limits(shown)
    _threshold(axes, shown)
    one = len({r.metric for r in shown}) == 1
    names = labels([words.endpoint_name(r.endpoint) for r in shown], 34 if one else 28)
    for at, (row, name) in enumerate(zip(shown, names, strict=True)):
        _effect(axes, at, row, (low, high), name if one else f"{name}  {words.metric_name(drawable(row.metric, 14))}")
    axes.set_xlim(low, high)
    axes.set_ylim(len(shown) - 0.4 if len(shown) > 3 else 3, -0.6)
    what = f"{words.metric_name(drawable(shown[0].metric, 20))} of each endpoint" if one else "Each endpoint"
    _surroundings(figure, box, f"{what}: change and its interval", note)
    _frame(axes)
    axes.xaxis.set_major_locator(_few(6))
    axes.xaxis.set_major_formatter(lambda v, _: words.percent(v, signed=True))
    axes.tick_params(axis="x", labelsize=10.5)
    axes.set_yticks([])
    axes.grid(axis="x", color="#E4E4E4", linewidth=0.8)
    axes.set_axisbelow(True)


def _rows_to_draw(report: ReportInput) -> tuple[Sequence[Row], str]:
    """All gated rows where there is room for them, else the most telling one of each endpoint; and a note on what is left out."""
    rows = pick.worst_first(report.comparison.rows if report.comparison else ())
    rows = tuple(r for r in rows if r.gated) or rows
    drawable_rows = [r for r in rows if pick.relative_effect(r) is not None and not words.is_absolute(r)]
    if len(drawable_rows) <= MOST_ROWS:
        return drawable_rows, ""
    each = pick.one_per_endpoint(drawable_rows)
    if len(each) > MOST_ROWS:
        return each, f"worst {MOST_ROWS} of {len(each)}"
    return each, "" if len(each) == len(drawable_rows) else "worst measure of each"


def _surroundings(figure: Any, box: tuple[float, float, float, float], heading: str, note: str) -> None:
    left, bottom, width, height = box
    figure.text(0.02, bottom + height + 0.0125, heading, size=13, weight="bold", color=INK)
    figure.text(left + width, bottom + height + 0.0125, note, size=10.5, color="#444444", ha="right")
    figure.text(left, bottom - 0.048, "← better", size=10.5, color="#444444")
    figure.text(left + width, bottom - 0.048, "worse →", size=10.5, color="#444444", ha="right")


def _limits(rows: Sequence[Row]) -> tuple[float, float]:
    """Around what matters: a wildly wide interval is cut and shown as an arrow, so that the others stay readable."""
    effects = [_worse(r) for r in rows]
    ends = [e for r in rows for e in _ends(r) if math.isfinite(e)]
    limits = [r.threshold for r in rows if r.threshold is not None]
    reach = max([*(abs(e) for e in effects), *limits, 0.05]) * 1.2
    high = min(max([*ends, *limits, 0.05]) * 1.12, 4 * reach)
    low = max(min([*ends, 0.0]) * 1.12, -4 * reach)
    return min(low, -0.08 * high), high


def _worse(row: Row) -> float:
    return pick.badness(row)


def _ends(row: Row) -> tuple[float, float]:
    if row.ci_low is None or row.ci_high is None:
        return (_worse(row), _worse(row))
    return (-row.ci_high, -row.ci_low) if pick.lower_is_worse(row.metric) else (row.ci_low, row.ci_high)


def _threshold(axes: Any, rows: Sequence[Row]) -> None:
    axes.axvline(0, color=INK, linewidth=1)
    limits = {r.threshold for r in rows if r.threshold is not None}
    for limit in sorted(limits)[:3]:
        axes.axvline(limit, color="#A33C00", linewidth=1.6, linestyle=(0, (5, 3)))
    if len(limits) == 1:
        axes.text(
            next(iter(limits)), 0.995, f" limit {words.percent(next(iter(limits)))}", transform=axes.get_xaxis_transform(),
            size=10.5, color="#A33C00", va="top",
        )  # fmt: skip


def _effect(axes: Any, at: int, row: Row, limits: tuple[float, float], name: str) -> None:
    low, high = limits
    colour, marker, filled = STYLES.get(row.row_verdict, _DEFAULT_STYLE) if row.row_verdict else _DEFAULT_STYLE
    first, last = _ends(row)
    axes.plot([max(first, low), min(last, high)], [at, at], color=colour, linewidth=3, solid_capstyle="butt", alpha=0.75)
    for beyond, edge, arrow in ((first < low, low, "<"), (last > high, high, ">")):
        if beyond:
            axes.plot([edge], [at], marker=arrow, color=colour, markersize=9, clip_on=False)
    axes.plot([_worse(row)], [at], marker=marker, markersize=10, color=colour, markerfacecolor=colour if filled else "white", mew=2)
    weight = "bold" if row.row_verdict is RowVerdict.REGRESSION else "normal"
    axes.annotate(
        name, (0, at), xycoords=axes.get_yaxis_transform(), xytext=(-8, 0), textcoords="offset points", ha="right", va="center",
        size=11, weight=weight, color=INK, annotation_clip=False,
    )  # fmt: skip
    effect = pick.relative_effect(row) or 0.0
    said = f"{words.figures(1 + effect)}×" if effect >= words.FOLD else words.percent(effect, signed=True)
    axes.annotate(
        said, (1, at), xycoords=axes.get_yaxis_transform(), xytext=(8, 0), textcoords="offset points", ha="left", va="center",
        size=11, weight=weight, color=colour, annotation_clip=False,
    )  # fmt: skip


def distributions(axes: Any, report: ReportInput, endpoint: str) -> None:
    title(axes, f"Response times of {label(words.endpoint_name(endpoint), 27)}")
    shape = series.density(report, endpoint)
    if shape is None:
        nothing(axes, "No runs with this endpoint on both sides\nin the run folder.")
        return
    for shares, colour, name in ((shape.baseline, BASELINE, "baseline"), (shape.candidate, CANDIDATE, "candidate")):
        axes.stairs(shares, shape.edges, fill=True, color=colour, alpha=0.28)
        axes.stairs(shares, shape.edges, color=colour, linewidth=2, label=name)
    top = max(*shape.baseline, *shape.candidate) * 1.42
    marks = ((shape.p95_baseline, BASELINE, 0.80), (shape.p95_candidate, CANDIDATE, 0.96))
    middle = math.sqrt(shape.edges[0] * shape.edges[-1])
    for value, colour, height in marks:
        axes.plot([value, value], [0, top * height], color=colour, linewidth=1.8, linestyle=(0, (4, 2)))
        right = value < middle * 1.3
        axes.text(
            value * (1.008 if right else 0.992), top * height, f"p95 {words.seconds(value)}", color=colour, size=11, weight="bold",
            va="top", ha="left" if right else "right",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xlim(shape.edges[0], shape.edges[-1])
    axes.set_ylim(0, top)
    _ticks(axes, shape.edges[0], shape.edges[-1])
    axes.set_yticks([])
    axes.legend(loc="upper left", frameon=False, fontsize=11, handlelength=1.2, borderaxespad=0.1)
    _frame(axes)


def _ticks(axes: Any, low: float, high: float) -> None:
    """1-2-5 steps in words' own units, at most seven."""
    from matplotlib.ticker import FixedLocator, NullLocator

    marks = [m * 10.0**e for e in range(-7, 5) for m in (1, 1.5, 2, 3, 4, 5, 7) if low <= m * 10.0**e <= high]
    if len(marks) > 7:
        marks = [m for m in marks if f"{m:e}"[0] in "125" and not f"{m:e}".startswith("1.5")]
    if len(marks) > 7:
        marks = [m for m in marks if f"{m:e}".startswith("1.0")]
    axes.xaxis.set_major_locator(FixedLocator(marks))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda v, _: words.seconds(v))
    axes.tick_params(axis="x", labelsize=10.5)


def timeline(axes: Any, report: ReportInput, endpoint: str) -> None:
    """p95 of each round as dots joined by a line; the 10-s cells within a round as a thin trace."""
    line = series.timeline(report, endpoint)
    if line is None:
        title(axes, "p95 over the rounds")
        nothing(axes, "No rounds on both sides in the run folder.")
        return
    rounds = max(p.round for p in (*line.baseline, *line.candidate))
    traced = line.length > 0 and any(len(p.cells) > 1 for p in (*line.baseline, *line.candidate))
    title(axes, "p95 of each round" if rounds > 1 else "p95 of each 10 seconds", "thin: each 10 seconds" if traced and rounds > 1 else "")
    top = 0.0
    for points, colour, marker in ((line.baseline, BASELINE, "o"), (line.candidate, CANDIDATE, "D")):
        for point in points:
            if point.cells and line.length:
                x = [point.round - 0.42 + 0.84 * min(1.0, (start + 5) / line.length) for start, _ in point.cells]
                y = [v for _, v in point.cells]
                axes.plot(x, y, color=colour, linewidth=1.2 if rounds > 1 else 2, alpha=0.5, marker="." if rounds == 1 else "")
                top = max(top, *y)
        axes.plot([p.round for p in points], [p.p95 for p in points], color=colour, linewidth=2, marker=marker, markersize=7)
        top = max(top, *(p.p95 for p in points))
    axes.set_ylim(0, top * 1.15)
    axes.set_xlim(0.5, rounds + 0.5)
    step = max(1, math.ceil(rounds / 12))
    axes.set_xticks(range(1, rounds + 1, step), [f"round {i}" if i == 1 else str(i) for i in range(1, rounds + 1, step)])
    axes.yaxis.set_major_locator(_few(4))
    axes.yaxis.set_major_formatter(lambda v, _: words.seconds(v))
    axes.tick_params(labelsize=10.5)
    axes.grid(axis="y", color="#E4E4E4", linewidth=0.8)
    _frame(axes)


def _few(most: int) -> Any:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most)


def _frame(axes: Any) -> None:
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(PALE)
    axes.tick_params(colors="#444444", length=3)
