import json

import pytest

from perfagent.ci.context import Context
from perfagent.errors import ExitCode, LoadTestError
from perfagent.model.comparison import Comparison, Verdict
from perfagent.stages.chronicle import Chronicle
from tests.unit.stages.world import World, planned, settings


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture
def folder(world):
    return world.folder()


@pytest.fixture
def chronicle(world, folder):
    return Chronicle(folder, settings(), Context(job_url="https://ci/1"), planned(), world.surroundings())


def on_disk(folder):
    return json.loads((folder.path / "outcome.json").read_text())


def test_a_run_that_was_only_begun_has_not_passed(chronicle, folder):
    assert on_disk(folder)["exit_code"] == ExitCode.BUG
    assert on_disk(folder)["links"] == {"job": "https://ci/1"}


def test_the_stage_is_on_disk_before_it_ends(chronicle, folder):
    with chronicle.stage("measure"):
        assert on_disk(folder)["stage"] == "measure"


def test_each_stage_is_timed(chronicle, folder, world):
    with chronicle.stage("measure"):
        world.seconds += 61.5
    with chronicle.stage("decide"):
        world.seconds += 0.25
    assert on_disk(folder)["timings"] == {"measure": 61.5, "decide": 0.25}


def test_an_error_passes_through_and_leaves_its_code_and_redacted_words(chronicle, folder):
    with pytest.raises(LoadTestError), chronicle.stage("measure"):
        raise LoadTestError("k6 said hunter2")
    assert on_disk(folder)["exit_code"] == ExitCode.LOAD_TEST_FAILED
    assert on_disk(folder)["error"] == "k6 said ***"


def test_an_interrupt_is_an_abort_and_a_bug_is_a_bug(chronicle, folder):
    with pytest.raises(KeyboardInterrupt), chronicle.stage("measure"):
        raise KeyboardInterrupt
    assert on_disk(folder)["exit_code"] == ExitCode.LOAD_TEST_FAILED
    with pytest.raises(ZeroDivisionError), chronicle.stage("report"):
        raise ZeroDivisionError
    assert on_disk(folder)["exit_code"] == ExitCode.BUG
    assert "report" in on_disk(folder)["error"]


def test_a_warning_is_kept_once_and_redacted(chronicle, folder):
    chronicle.warn("no hunter2")
    chronicle.warn("no ***", "", "another")
    assert on_disk(folder)["warnings"] == ["no ***", "another"]


def test_what_was_concluded_stays_when_a_later_stage_only_warns(chronicle, folder):
    chronicle.concluded(Comparison(rows=(), verdict=Verdict.REGRESSION), ExitCode.REGRESSION, "it got slower")
    chronicle.warn("the comment could not be posted")
    ended = chronicle.ended()
    assert (ended.exit_code, ended.verdict, ended.headline) == (3, Verdict.REGRESSION, "it got slower")
    assert ended.ended_at is not None


def test_only_documents_that_are_there_are_listed(chronicle, folder):
    folder.write("comparison", Comparison(rows=()))
    assert chronicle.ended().documents == {"comparison": "comparison.json"}


def concluded(chronicle):
    chronicle.concluded(Comparison(rows=(), verdict=Verdict.REGRESSION), ExitCode.REGRESSION, "it got slower")


def test_after_the_verdict_an_error_is_a_warning_and_the_exit_code_stands(chronicle, folder):
    concluded(chronicle)
    with chronicle.aside("explain"):
        raise LoadTestError("the tool server is gone, hunter2")
    assert on_disk(folder)["exit_code"] == ExitCode.REGRESSION
    assert on_disk(folder)["warnings"] == ["explain: the tool server is gone, ***"]
    assert "explain" in on_disk(folder)["timings"]


def test_after_the_verdict_a_bug_is_a_warning_with_a_trace(chronicle, folder):
    concluded(chronicle)
    with chronicle.aside("report"):
        raise ZeroDivisionError
    assert on_disk(folder)["exit_code"] == ExitCode.REGRESSION
    assert "bug" in on_disk(folder)["warnings"][0]
    assert "ZeroDivisionError" in (folder.path / "logs" / "crash-report.txt").read_text()


def test_an_interrupt_after_the_verdict_still_interrupts(chronicle):
    concluded(chronicle)
    with pytest.raises(KeyboardInterrupt), chronicle.aside("publish"):
        raise KeyboardInterrupt
