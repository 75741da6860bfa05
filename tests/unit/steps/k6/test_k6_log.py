import json

import pytest

from perfagent.model.run import Side
from perfagent.steps.k6.log import LogReader


@pytest.fixture
def reader(tmp_path):
    made = []

    def make(**more):
        settings = {"redact": lambda text: text.replace("hush", "[redacted]"), "marks": {}, "shorten": {}}
        made.append(LogReader(tmp_path / "k6.log", **{**settings, **more}))
        return made[-1]

    yield make
    for log in made:
        log.close()


def entry(level, msg, **more):
    return json.dumps({"level": level, "msg": msg, **more}).encode() + b"\n"


def test_exceptions_are_counted_and_the_first_is_quoted_with_the_users_path(reader, tmp_path):
    log = reader(shorten={"/repo/k6/": "k6/"})
    trace = "Error: boom hush\n\tat default (file:///repo/k6/a%20b.js:5:9(8))\n"
    log.line(entry("error", trace, source="stacktrace"))
    log.line(entry("error", "Error: other", source="stacktrace"))
    log.close()
    assert log.tally.exceptions.total() == 2
    assert log.tally.first_exception == "Error: boom [redacted] at default (k6/a b.js:5:9(8))"
    assert "hush" not in (tmp_path / "k6.log").read_text()


def test_what_the_script_prints_is_neither_error_nor_warning(reader):
    log = reader()
    log.line(entry("error", "my own words", source="console"))
    log.line(entry("warning", "my own words", source="console"))
    assert log.tally.first_error == ""
    assert log.tally.warnings == 0


def test_only_requests_that_reached_nobody_are_dead(reader):
    log = reader()
    log.line(entry("warning", "Request Failed", error='Get "http://h:1/": dial tcp: connect: connection refused'))
    log.line(entry("warning", "Request Failed", error='Get "http://h:1/": request timeout'))
    assert log.tally.dead.total() == 1
    assert log.tally.request_failures == 2
    assert log.tally.warnings == 0


def test_a_line_is_counted_for_the_side_it_names(reader):
    marks = {Side.BASELINE: ("http://h:80", "/tmp/x/baseline/"), Side.CANDIDATE: ("http://h:8080", "/tmp/x/candidate/")}
    log = reader(marks=marks)
    log.line(entry("warning", "Request Failed", error='Get "http://h:8080/": connection refused'))
    log.line(entry("error", "Error at file:///tmp/x/baseline/repo/a.js:1", source="stacktrace"))
    log.line(entry("error", "Error without a place", source="stacktrace"))
    tally = log.tally
    assert tally.of(tally.dead, Side.CANDIDATE) == 1
    assert tally.of(tally.dead, Side.BASELINE) == 0
    assert tally.of(tally.exceptions, Side.BASELINE) == 2
    assert tally.of(tally.exceptions, Side.CANDIDATE) == 1


def test_text_that_is_no_json_is_an_error_of_k6(reader):
    log = reader()
    log.line(b"panic: runtime error: invalid memory address\n")
    log.line(b"goroutine 1 [running]:\n")
    assert log.tally.first_error == "panic: runtime error: invalid memory address"


def test_a_log_that_cannot_be_written_is_still_counted(tmp_path):
    log = LogReader(tmp_path / "no" / "k6.log", redact=str, marks={}, shorten={})
    log.line(entry("error", "Error: boom", source="stacktrace"))
    log.close()
    assert log.tally.exceptions.total() == 1
    assert "could not be written: No such file" in log.incomplete


def test_hostile_text_in_a_quote_is_harmless(reader):
    log = reader()
    log.line(entry("error", "::error::\x1b[31mred\u202e"))
    assert log.tally.first_error == ": :error::red"
