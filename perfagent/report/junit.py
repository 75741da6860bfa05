"""junit.xml: one test case for each gated row, for the test views of every CI."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from perfagent.errors import ExitCode
from perfagent.model.comparison import Row, RowVerdict
from perfagent.report import rows as pick
from perfagent.report import words
from perfagent.report.input import ReportInput
from perfagent.report.markdown import plain

_OPEN = (RowVerdict.INCONCLUSIVE, RowVerdict.MISSING)


def junit_xml(report: ReportInput) -> str:
    """A regression is a failure; a row that could not be said is an error when that decided the exit code, else skipped."""
    service = plain(report.context.service) or "service"
    gated = [r for r in pick.worst_first(report.comparison.rows if report.comparison else ()) if r.gated]
    suite = ET.Element("testsuite", name=f"perfagent {service}")
    for row in gated:
        _case(suite, row, report, service)
    if words.verdict_of(report) is None or not gated:
        _run_case(suite, report, service)
    _count(suite, report)
    root = ET.Element(
        "testsuites", {"name": "perfagent", **{k: suite.attrib[k] for k in ("tests", "failures", "errors", "skipped", "time")}}
    )
    root.append(suite)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _case(suite: ET.Element, row: Row, report: ReportInput, service: str) -> None:
    endpoint = words.endpoint_name(row.endpoint, plain)
    name = f"{endpoint} {words.metric_name(plain(row.metric))}"
    case = ET.SubElement(suite, "testcase", classname=f"{service}.{endpoint}", name=name, time="0")
    said = words.sentence(row, plain)
    if row.row_verdict is RowVerdict.REGRESSION:
        failure = ET.SubElement(case, "failure", type="regression", message=said)
        failure.text = "\n".join([said, *_context(row, report)])
    elif row.row_verdict in _OPEN:
        seen = words.could_have_seen(row)
        message = f"{said} ({seen})" if seen else said
        if report.outcome.exit_code == ExitCode.INCONCLUSIVE:
            ET.SubElement(case, "error", type=str(row.row_verdict), message=message).text = "\n".join([message, *_context(row, report)])
        else:
            ET.SubElement(case, "skipped", message=message)
    else:
        ET.SubElement(case, "system-out").text = said + (" (accepted)" if row.row_verdict is RowVerdict.ACCEPTED else "")


def _context(row: Row, report: ReportInput) -> list[str]:
    out = [f"limit {words.percent(row.threshold)}"] if row.threshold is not None else []
    if row.note:
        out.append(plain(row.note))
    for suspect in (report.diagnosis.suspects if report.diagnosis else ())[:3]:
        if not suspect.endpoints or row.endpoint in suspect.endpoints:
            out.append(f"suspect {plain(words.place(suspect))}: {plain(suspect.mechanism)}")
    return out


def _run_case(suite: ET.Element, report: ReportInput, service: str) -> None:
    """The run as such: without it a run that measured nothing would look like an empty, green suite."""
    case = ET.SubElement(suite, "testcase", classname=service, name="load test", time="0")
    if report.outcome.exit_code != ExitCode.PASS:
        said = words.headline(report, plain)
        ET.SubElement(case, "error", type="run", message=said).text = plain(report.outcome.error or said, 2000)


def _count(suite: ET.Element, report: ReportInput) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    for plural, one in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(plural, str(len(suite.findall(f"testcase/{one}"))))
    started, ended = report.outcome.started_at, report.outcome.ended_at
    suite.set("time", f"{(ended - started).total_seconds():.3f}" if started and ended else "0")
    if started:
        suite.set("timestamp", started.strftime("%Y-%m-%dT%H:%M:%S"))
