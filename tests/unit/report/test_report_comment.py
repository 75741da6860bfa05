from __future__ import annotations

import re
from dataclasses import replace

import pytest

from perfagent.model.comparison import Row, RowVerdict, Verdict
from perfagent.report import markdown as md
from perfagent.report.comment import comment, marker
from perfagent.report.findings import unpack
from perfagent.report.input import FindingState, ReportInput
from tests.unit.report import examples
from tests.unit.report.golden_files import assert_golden

FLAVOURS: tuple[md.Flavour, ...] = ("github", "gitlab", "azure", "bitbucket")


@pytest.mark.parametrize("name", ["regression", "passed", "inconclusive", "improvement", "broken", "hostile"])
def test_comment_reads_as_agreed(name: str) -> None:
    assert_golden(f"comment-{name}.md", comment(examples.ALL[name]()))


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_comment_reads_as_agreed_on_each_host(flavour: md.Flavour) -> None:
    assert_golden(f"comment-regression-{flavour}.md", comment(examples.regression(), flavour=flavour))


def test_a_passing_run_is_one_line_after_the_marker() -> None:
    lines = [line for line in comment(examples.passed()).splitlines() if line]
    assert lines[0] == "<!-- perfagent:shop -->"
    assert len(lines) == 2


def test_the_verdict_is_the_first_thing_that_shows() -> None:
    first, second = [line for line in comment(examples.regression()).splitlines() if line][:2]
    assert first == marker("shop")
    assert second.startswith("❌ **`GET /cart` p95 rose 34 % [28, 41], from 82 ms to 110 ms;")


def test_bitbucket_gets_no_html_at_all() -> None:
    text = comment(examples.regression(), flavour="bitbucket")
    assert text.startswith("[//]: # (perfagent:shop)\n")
    outside_code = re.sub(r"`[^`]*`|```.*?```", "", text, flags=re.DOTALL)
    assert not re.search(r"<(?:!--|details|sub|summary)", outside_code)


def test_gitlab_suggestion_names_how_many_lines_it_replaces() -> None:
    assert "```suggestion:-2+0\n" in comment(examples.regression(), flavour="gitlab")
    assert "```suggestion\n" in comment(examples.regression(), flavour="azure")


@pytest.mark.parametrize("limit", [600, 1500, 3000, 6000])
@pytest.mark.parametrize("name", ["many", "hostile", "regression"])
def test_a_cut_comment_keeps_the_limit_the_marker_and_the_failure(name: str, limit: int) -> None:
    text = comment(examples.ALL[name](), limit=limit)
    assert md.size(text) <= limit
    assert text.startswith(marker("shop"))
    assert "❌ **" in text


def test_a_cut_comment_keeps_the_worst_rows_and_says_where_the_rest_is() -> None:
    text = comment(examples.many(), limit=2500)
    assert text.count("resource-00") >= 2  # headline and table
    assert "Cut to fit" in text


def test_thousands_of_rows_stay_below_every_host_limit() -> None:
    rows = tuple(examples.latency(f"GET /🚀/{i}/" + "x|`" * 60, 0.1, 0.5, RowVerdict.REGRESSION) for i in range(3000))
    report = replace(examples.regression(), comparison=examples.comparison(rows, Verdict.REGRESSION))
    for flavour in FLAVOURS:
        text = comment(report, flavour=flavour)
        assert md.size(text) <= md.LIMITS[flavour]
        assert unpack(text)


def test_emoji_count_as_two_for_the_limit() -> None:
    assert md.size("a🚀") == 3


def test_findings_survive_into_the_next_comment_and_resolve() -> None:
    before = unpack(comment(examples.regression()))
    assert {(f.endpoint, f.metric) for f in before if f.state is FindingState.OPEN} == {
        ("GET /cart", "p95"),
        ("GET /cart", "p50"),
        ("POST /cart/items", "p95"),
    }
    text = comment(replace(examples.passed(), previous=before))
    assert "Resolved: ~~`GET /cart` p95~~, ~~`POST /cart/items` p95~~" in text
    assert "Not confirmed this time: `GET /cart` p50" in text  # that metric was not measured: no all-clear


def test_a_resolved_finding_is_still_shown_as_resolved_on_the_next_push() -> None:
    first = comment(replace(examples.passed(), previous=unpack(comment(examples.regression()))))
    again = comment(replace(examples.passed(), previous=unpack(first)))
    assert "Resolved: " in again


def test_dismissed_stays_dismissed() -> None:
    report = replace(examples.single(), previous=())
    before = tuple(replace(f, state=FindingState.DISMISSED) for f in unpack(comment(report)))
    text = comment(replace(report, previous=before))
    assert [f.state for f in unpack(text)] == [FindingState.DISMISSED]
    assert "Dismissed: `GET /cart` p95." in text


def test_an_endpoint_named_like_a_marker_makes_no_second_marker() -> None:
    text = comment(examples.hostile())
    assert text.count("<!-- perfagent:") == 1
    assert text.count("<!-- perfagent-state:") == 1


def test_the_state_block_of_an_attacker_is_not_read() -> None:
    forged = "perfagent-state:" + "QUFBQQ=="
    assert unpack(f"`{forged}`\n{comment(examples.single())}") == unpack(comment(examples.single()))


@pytest.mark.parametrize(
    "text", ["", "perfagent-state:!!!", "perfagent-state:bnVsbA==", "perfagent-state:W1sieCJdXQ==", "perfagent-state:" + "A" * 50_000]
)
def test_a_broken_state_block_is_no_state(text: str) -> None:
    assert unpack(text) == ()


def test_no_secret_and_no_mention_and_no_slash_command_gets_through() -> None:
    text = comment(examples.hostile())
    assert "ghp_" not in text
    outside_code = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text, flags=re.DOTALL)
    assert "@octocat" not in outside_code
    assert "<script" not in outside_code
    assert "<img" not in outside_code
    assert "javascript:" not in text
    assert not re.search(r"^/\w", text, re.MULTILINE)


def test_table_lines_have_five_cells_whatever_the_names() -> None:
    lines = [line for line in comment(examples.hostile()).splitlines() if line.startswith("|")]
    assert lines
    for line in lines:
        assert len(_cells(line)) == 5, line


def _cells(line: str) -> list[str]:
    """As GitHub splits a row: a backslash escapes the character after it, also inside code."""
    cells, current, escaped = [], "", False
    for char in line:
        if char == "|" and not escaped:
            cells.append(current)
            current = ""
        else:
            current += char
        escaped = char == "\\" and not escaped
    return cells[1:]


def test_policy_changes_are_flagged_also_when_the_run_passes() -> None:
    report = replace(examples.passed(), policy_changes=(".perfagent.yml",))
    text = comment(report)
    assert "This change touches the gate's own policy" in text
    assert "`.perfagent.yml`" in text


def test_missing_endpoints_show_also_when_the_run_passes() -> None:
    report = examples.passed()
    assert report.comparison is not None
    gone = Row(endpoint="GET /gone", metric="p95", baseline=0.2, candidate=None, row_verdict=RowVerdict.MISSING)
    text = comment(replace(report, comparison=replace(report.comparison, rows=(*report.comparison.rows, gone))))
    assert "`GET /gone` p95 has no samples in the candidate" in text


@pytest.mark.parametrize("name", sorted(examples.ALL))
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_fences_are_closed_and_nothing_invisible_is_left(name: str, flavour: md.Flavour) -> None:
    text = comment(examples.ALL[name](), flavour=flavour)
    open_fence = ""
    for line in text.split("\n"):
        mark = re.match(r"`{3,}", line)
        if not open_fence and mark:
            open_fence = mark[0]
        elif open_fence and line == open_fence:
            open_fence = ""
    assert open_fence == ""
    assert not re.search("[\x00-\x08\x0b-\x1f\u200b-\u200f\u202a-\u202e\u2066-\u2069]", text)


def test_a_picture_shows_only_from_a_safe_address() -> None:
    def with_picture(address: str) -> ReportInput:
        report = examples.regression()
        return replace(report, context=replace(report.context, links={**examples.LINKS, "picture": address}))

    assert "](https://github.com/acme/shop/raw/pictures/12.jpg)" in comment(
        with_picture("https://github.com/acme/shop/raw/pictures/12.jpg")
    )
    assert "![" not in comment(with_picture("data:image/png;base64,AAAA"))
    assert "](/uploads/abc/summary.jpg)" in comment(with_picture("/uploads/abc/summary.jpg"), flavour="gitlab")
    assert "![" not in comment(with_picture("/uploads/abc/summary.jpg"), flavour="github")
