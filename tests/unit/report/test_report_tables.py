from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from perfagent import __version__
from perfagent.model.comparison import Row, RowVerdict, Verdict
from perfagent.model.run import Side
from perfagent.report.findings import fingerprint
from perfagent.report.gitlab import codequality, job_links, load_performance
from perfagent.report.junit import junit_xml
from perfagent.report.sarif import sarif
from perfagent.report.tables import COLUMNS, report_csv, report_json
from tests.unit.report import examples
from tests.unit.report.golden_files import assert_golden


def test_json_reads_as_agreed() -> None:
    assert_golden("report.json", report_json(examples.regression()))


def test_csv_reads_as_agreed() -> None:
    assert_golden("report.csv", report_csv(examples.regression()))


def test_junit_reads_as_agreed() -> None:
    assert_golden("junit.xml", junit_xml(examples.regression()))


def test_sarif_reads_as_agreed() -> None:
    assert_golden("report.sarif", sarif(examples.regression()).replace(f'"version": "{__version__}"', '"version": "X"'))


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_json_and_csv_tell_the_same_rows_in_base_units(name: str) -> None:
    report = examples.ALL[name]()
    rows = json.loads(report_json(report))["rows"]
    lines = list(csv.DictReader(io.StringIO(report_csv(report))))
    assert len(rows) == len(lines) == len(report.comparison.rows if report.comparison else ())
    for row, line in zip(rows, lines, strict=True):
        assert line["fingerprint"] == row["fingerprint"] == fingerprint("shop", row["endpoint"], row["metric"])
        assert line["candidate"] == ("" if row["candidate"] is None else repr(row["candidate"]))


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    row = Row(endpoint=start, metric=start, baseline=-0.5, candidate=1.0, note=start, effect=-3.0)
    report = replace(examples.passed(), comparison=examples.comparison((row,), Verdict.PASS))
    (line,) = csv.DictReader(io.StringIO(report_csv(report)))
    assert line["endpoint"] == f"'{start}"
    assert line["note"] == f"'{start}"
    assert line["effect"] == "-3.0"  # a number stays a number
    assert tuple(line) == COLUMNS


def test_no_secret_is_in_json_or_csv() -> None:
    assert "ghp_" not in report_json(examples.hostile()) + report_csv(examples.hostile())


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_junit_is_well_formed_and_its_counts_agree(name: str) -> None:
    suite = ET.fromstring(junit_xml(examples.ALL[name]())).find("testsuite")  # noqa: S314 - our own text
    assert suite is not None
    for plural, one in (("tests", "."), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        cases = suite.findall("testcase")
        assert int(suite.attrib[plural]) == sum(1 for case in cases if one == "." or case.find(one) is not None)
    assert int(suite.attrib["tests"]) > 0


def test_an_open_row_is_an_error_where_it_blocks_and_skipped_where_policy_lets_it_through() -> None:
    blocking = examples.inconclusive()
    lenient = replace(blocking, outcome=replace(blocking.outcome, exit_code=0))
    assert 'errors="3" skipped="0"' in junit_xml(blocking)
    assert 'errors="0" skipped="3"' in junit_xml(lenient)


def test_a_run_that_measured_nothing_is_no_green_suite() -> None:
    assert 'tests="1" failures="0" errors="1"' in junit_xml(examples.broken())


def test_rows_for_context_are_no_test_cases() -> None:
    assert "throughput" not in junit_xml(examples.regression())


@pytest.mark.parametrize("name", sorted(examples.ALL))
def test_every_sarif_result_has_a_rule_a_location_and_a_fingerprint(name: str) -> None:
    (run,) = json.loads(sarif(examples.ALL[name]()))["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert 1 <= place["region"]["startLine"] <= place["region"]["endLine"]
        assert " " not in place["artifactLocation"]["uri"]
        assert result["partialFingerprints"]["perfagentSuspect/v1"]
        assert 0 <= result["rank"] <= 100


def test_sarif_fingerprint_survives_moved_lines_and_changes_with_the_code() -> None:
    report = examples.regression()
    assert report.diagnosis is not None
    first = report.diagnosis.suspects[0]

    def key(**change: object) -> str:
        assert report.diagnosis is not None
        moved = replace(report.diagnosis, suspects=(replace(first, **change),))  # type: ignore[arg-type]
        return str(json.loads(sarif(replace(report, diagnosis=moved)))["runs"][0]["results"][0]["partialFingerprints"])

    assert key() == key(start_line=90, end_line=92)
    assert key() != key(code="for x in y: pass")


def test_sarif_without_a_regression_accuses_nobody() -> None:
    report = replace(examples.passed(), diagnosis=examples.DIAGNOSIS)
    levels = {r["level"] for r in json.loads(sarif(report))["runs"][0]["results"]}
    assert levels == {"warning"}


def test_codequality_has_the_fields_gitlab_reads() -> None:
    first, second = json.loads(codequality(examples.regression()))
    assert first["severity"] == "critical"
    assert first["location"] == {"path": "shop/db_query.py", "lines": {"begin": 45, "end": 47}}
    assert first["fingerprint"] != second["fingerprint"]
    assert {"description", "check_name", "fingerprint", "severity", "location"} <= set(first)


def test_removed_lines_are_not_marked_in_the_candidate() -> None:
    report = examples.regression()
    assert report.diagnosis is not None
    removed = replace(report.diagnosis, suspects=tuple(replace(s, removed=True) for s in report.diagnosis.suspects))
    assert json.loads(codequality(replace(report, diagnosis=removed))) == []


def test_load_performance_is_the_candidate_in_milliseconds() -> None:
    report = examples.regression()
    metrics = json.loads(load_performance(report))["metrics"]
    runs = report.side(Side.CANDIDATE)
    assert metrics["http_reqs"]["count"] == sum(r.requests for r in runs)
    assert metrics["http_reqs"]["rate"] == pytest.approx(metrics["http_reqs"]["count"] / 180)
    assert 10 < metrics["http_req_duration"]["p(95)"] < 200
    assert set(metrics["http_req_duration"]) >= {"avg", "min", "med", "max", "p(90)", "p(95)"}


def test_load_performance_without_runs_is_still_the_shape() -> None:
    assert json.loads(load_performance(examples.no_runs()))["metrics"] == {}


def test_job_links_leave_out_what_is_no_web_address() -> None:
    (links,) = json.loads(job_links(examples.hostile())).values()
    assert [link["external_link"]["label"] for link in links] == ["Full report", "Defect"]


def test_accepted_rows_pass_in_junit_with_a_word() -> None:
    row = examples.latency("GET /cart", 0.1, 0.3, RowVerdict.ACCEPTED)
    text = junit_xml(replace(examples.passed(), comparison=examples.comparison((row,), Verdict.PASS)))
    assert 'failures="0"' in text
    assert "(accepted)" in text
