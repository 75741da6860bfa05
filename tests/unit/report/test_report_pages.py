from __future__ import annotations

import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from perfagent.model.comparison import ALL_ENDPOINTS, RowVerdict, Verdict
from perfagent.report import job, series
from perfagent.report.page import report_html
from perfagent.report.picture import summary_jpg
from perfagent.report.picture_text import drawable, labels, wrapped
from perfagent.report.terminal import text
from tests.unit.report import examples

VOID = {"meta", "br", "line", "circle", "path", "polyline"}


class Strict(HTMLParser):
    """Keeps what a page would load or run, and whether its tags are balanced."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open
        assert self.open.pop() == tag


def parsed(html: str) -> Strict:
    parser = Strict()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_page_is_balanced_and_fetches_and_runs_nothing(name: str) -> None:
    page = parsed(report_html(examples.ALL[name]()))
    assert not page.tags & {"script", "img", "iframe", "link", "object", "embed", "base", "form", "input"}
    assert not [a for a, _ in page.attributes if a.startswith("on") or a in ("src", "srcset", "action", "style")]
    for attribute, value in page.attributes:
        if attribute == "href":
            assert value.startswith(("https://", "http://", "#"))


def test_page_holds_what_the_comment_leaves_out() -> None:
    page = report_html(examples.regression())
    for expected in (
        "The connection pool is exhausted",
        "throughput",
        "provision",
        "sql statements per request",
        "109 ms, 112 ms",
        "0.0006",
    ):
        assert expected in page


def test_page_shows_hostile_names_as_text() -> None:
    page = report_html(examples.hostile())
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "ghp_" not in page
    assert "\u202e" not in page


def test_page_says_so_where_there_are_no_runs() -> None:
    assert "No runs of both sides in the run folder." in report_html(replace(examples.inconclusive(), runs=()))


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_picture_is_a_jpeg_of_the_size_agreed(name: str) -> None:
    from PIL import Image

    with Image.open(io.BytesIO(summary_jpg(examples.ALL[name]()))) as image:
        assert image.format == "JPEG"
        assert image.size == (1600, 1000)
        assert image.getpixel((5, 5)) != image.getpixel((5, 995))  # the banner has a colour


def test_picture_banner_differs_by_verdict() -> None:
    from PIL import Image

    colours = set()
    for name in ("regression", "passed", "inconclusive", "broken"):
        with Image.open(io.BytesIO(summary_jpg(examples.ALL[name]()))) as image:
            colours.add(image.getpixel((800, 3)))
    assert len(colours) == 4


def test_picture_draws_all_requests_together() -> None:
    row = examples.latency(ALL_ENDPOINTS, 0.1, 0.3, RowVerdict.REGRESSION)
    report = replace(examples.regression(), comparison=examples.comparison((row,), Verdict.REGRESSION))
    assert series.density(report, ALL_ENDPOINTS) is not None
    assert summary_jpg(report).startswith(b"\xff\xd8")


def test_characters_without_a_glyph_are_named() -> None:
    assert drawable("GET /🚀/日") == "GET /:rocket:/U+65E5"
    assert drawable("$x_1$ \\frac") == "$x_1$ \\frac"


def test_cut_labels_of_different_names_stay_different() -> None:
    names = [f"GET /api/v2/resource-{i:02d}/items/{{id}}/and/more/of/it" for i in range(12)]
    cut = labels(names, 30)
    assert len(set(cut)) == 12
    assert max(map(len, cut)) <= 30


def test_wrapped_text_keeps_its_number_of_lines() -> None:
    assert wrapped("word " * 100, 40, 2).count("\n") == 1
    assert wrapped("word " * 100, 40, 2).endswith("…")


def test_density_adds_up_and_sees_the_shift() -> None:
    shape = series.density(examples.regression(), "GET /cart")
    assert shape is not None
    assert sum(shape.baseline) == pytest.approx(1, abs=0.02)
    assert sum(shape.candidate) == pytest.approx(1, abs=0.02)
    assert shape.p95_candidate / shape.p95_baseline == pytest.approx(1.34, rel=0.1)
    assert shape.requests == 1080


def test_timeline_comes_from_the_evidence_where_there_are_no_runs() -> None:
    line = series.timeline(examples.no_runs(), "GET /cart")
    assert line is not None
    assert [p.p95 for p in line.candidate] == list(examples.P95_CANDIDATE)
    assert series.timeline(examples.no_runs(), "GET /products") is None


def test_unusable_runs_are_not_drawn() -> None:
    report = examples.regression()
    runs = tuple(replace(r, problems=("starved",)) if r.round == 1 else r for r in report.runs)
    line = series.timeline(replace(report, runs=runs), "GET /cart")
    assert line is not None
    assert [p.round for p in line.baseline] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("name", sorted(examples.ALL))
@pytest.mark.parametrize("width", [60, 100])
def test_terminal_lines_act_on_no_terminal_and_no_runner(name: str, width: int) -> None:
    said = text(examples.ALL[name](), width=width)
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", said)
    assert not re.search(r"^\s*::|##vso\[", said, re.MULTILINE)


def test_terminal_table_is_coloured_only_when_asked() -> None:
    assert "\x1b[31m" in text(examples.regression(), colour=True)
    assert "\x1b" not in text(examples.regression())


def test_terminal_cuts_names_to_the_width() -> None:
    lines = text(examples.many(), width=90).splitlines()
    assert max(len(line) for line in lines if line.startswith("GET")) <= 90
    assert "  and 20 more rows in report.html" in lines


def test_github_commands_are_one_line_each_and_escaped() -> None:
    out = job.github_commands(examples.hostile())
    assert out.count("\n") == 1
    assert out.startswith("::error file=src/")
    properties = out.removeprefix("::error ").split("::", 1)[0]
    assert ":" not in properties
    assert properties.count(",") == 3
    assert "50 %25" in out


def test_azure_commands_cannot_be_closed_from_inside() -> None:
    report = examples.hostile()
    assert report.diagnosis is not None
    evil = replace(report.diagnosis.suspects[0], file="a;b].py", mechanism="x]##vso[task.complete result=Succeeded]y")
    out = job.azure_commands(replace(report, diagnosis=replace(report.diagnosis, suspects=(evil,))))
    assert out.count("\n") == 1
    assert "sourcepath=a%3Bb%5D.py;" in out
    assert out.count("##vso[") == 1


def test_a_run_without_suspects_still_marks_the_job() -> None:
    assert job.github_commands(examples.broken()).startswith("::error title=perfagent::The load test did not run")
    assert job.azure_commands(examples.broken()).startswith("##vso[task.logissue type=error;]The load test did not run")
    assert job.github_commands(examples.passed()) == ""


def test_untrusted_log_lines_are_wrapped_and_cannot_end_the_wrap() -> None:
    wrapped_log = job.untrusted_log("::error::x\n::tok3n::\n::set-env::y", token="tok3n")
    assert wrapped_log == "::stop-commands::tok3n\n::error::x\n::::\n::set-env::y\n::tok3n::\n"


def test_annotations_carry_the_fix_where_it_replaces_the_same_lines() -> None:
    first, second = job.line_annotations(examples.regression())
    assert first.suggestion == examples.FIX
    assert second.suggestion is None
    assert (first.severity, second.severity) == ("failure", "warning")
    assert first.title == "query in a loop: GET /cart p95 +34 % [28, 41]"


def test_job_summary_has_no_hidden_lines_and_keeps_its_bytes() -> None:
    summary = job.job_summary(examples.hostile())
    assert "perfagent-state" not in summary
    assert summary.lstrip().startswith("❌")
    assert len(job.job_summary(examples.many(), limit=3000).encode()) <= 3000


def test_status_description_fits_the_host() -> None:
    assert len(job.status_description(examples.many(), 140)) <= 140
    assert job.status_description(examples.passed()) == "No regression in 6 endpoints; could have seen ≥ 6.4 % on each"
