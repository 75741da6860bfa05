"""summary.jpg: the whole answer in one picture, for someone who looks at it for ten seconds.

Figure and Agg canvas only: pyplot keeps global state and windows. Colours are Okabe and Ito's, which colour-blind readers tell apart;
shape and words say everything that colour says.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from perfagent.model.comparison import Verdict
from perfagent.report import picture_panels as panels
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.comment import facts_line
from perfagent.report.input import ReportInput
from perfagent.report.markdown import safe_address
from perfagent.report.picture_text import drawable, label, wrapped
from perfagent.report.picture_why import suspects

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 16.0, 10.0, 100  # inches: 1600 x 1000 pixels
BANNER = {
    Verdict.REGRESSION: ("REGRESSION", "#A33C00"),
    Verdict.PASS: ("PASS", "#00704F"),
    Verdict.INCONCLUSIVE: ("INCONCLUSIVE", "#6B5200"),
    None: ("NO VERDICT", "#3D3D3D"),
}


def summary_jpg(report: ReportInput) -> bytes:
    """A JPEG of 1600 x 1000 pixels."""
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with matplotlib.rc_context({"font.family": "DejaVu Sans", "font.size": 12, "text.parse_math": False, "axes.unicode_minus": True}):
        figure = Figure(figsize=(WIDTH, HEIGHT), dpi=DPI, facecolor="white")
        canvas: Any = FigureCanvasAgg(figure)
        _banner(figure, report)
        _body(figure, report)
        _footer(figure, report)
        out = io.BytesIO()
        canvas.print_jpg(out, pil_kwargs={"quality": 90, "optimize": True})
    return out.getvalue()


def _banner(figure: Figure, report: ReportInput) -> None:
    word, colour = BANNER[words.verdict_of(report)]
    axes: Any = figure.add_axes((0, 0.875, 1, 0.125))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.axhspan(0, 1, color=colour)
    service = label(report.context.service, 40)
    axes.text(0.02, 0.72, f"{word}{f'   {service}' if service else ''}", color="white", size=17, weight="bold", va="center")
    number = report.context.pull_request
    where = f"{drawable(report.context.repository, 50)}{f' #{number}' if number else ''}"
    axes.text(0.98, 0.72, where, color="white", size=14, va="center", ha="right")
    said = wrapped(f"{words.headline(report)}.", 118, 2)
    axes.text(0.02, 0.30, said, color="white", size=17 if "\n" not in said else 15, va="center", linespacing=1.25)


def _body(figure: Figure, report: ReportInput) -> None:
    if not (report.comparison and report.comparison.rows):
        more = [*(report.outcome.error or "").strip().splitlines()[1:5], *report.missing[:4]]
        stage = f" It stopped in the stage “{drawable(report.outcome.stage, 40)}”." if report.outcome.stage else ""
        panels.nothing(figure.add_axes((0.03, 0.1, 0.94, 0.72)), f"Nothing was compared.{stage}", more)
        return
    panels.forest(figure, (0.235, 0.40, 0.30, 0.415), report)
    endpoint = pick.worst_endpoint(report.comparison) or ""
    panels.distributions(figure.add_axes((0.655, 0.625, 0.32, 0.19)), report, endpoint)
    panels.timeline(figure.add_axes((0.655, 0.40, 0.32, 0.14)), report, endpoint)
    suspects(figure.add_axes((0.02, 0.075, 0.96, 0.245)), report)


def _footer(figure: Figure, report: ReportInput) -> None:
    links = {name: safe_address(address) for name, address in report.context.links.items()}
    shown = [f"{name}: {label(links[name], 62)}" for name in ("pull_request", "dashboard", "defect", "report", "job") if links.get(name)]
    figure.text(0.02, 0.040, facts_line(report, drawable), size=11, color="#444444")
    figure.text(0.02, 0.015, "   ".join(s.replace("_", " ", 1) for s in shown[:2]), size=10, color="#444444")
    figure.text(0.98, 0.040, "perfagent", size=11, color="#444444", ha="right")
