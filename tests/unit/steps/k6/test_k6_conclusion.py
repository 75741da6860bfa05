from dataclasses import replace

import pytest

from perfagent.model.run import Side
from perfagent.steps.k6.conclusion import Counts, conclude
from perfagent.steps.k6.log import LogTally
from perfagent.steps.k6.player import Played

GOOD = Counts(requests=1000, failed=0, iterations=1000, dropped=0, exceptions=0, dead=0)
ENDED = Played(exit_code=0, wall=30.0, cpu=3.0, waited=0.5)


def judged(counts=GOOD, played=ENDED, log=None, cores=2.0):
    return conclude(
        side=Side.CANDIDATE, script="k6/x.js", target="http://t", played=played, log=log or LogTally(), counts=counts, cores=cores
    )


def test_a_good_run_has_nothing_to_say():
    assert judged() == replace(judged(), error=None, problems=(), notes=())


@pytest.mark.parametrize("code", [97, 98, 100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 255, 42])
def test_every_failure_of_k6_is_an_error_that_quotes_its_log(code):
    log = LogTally(first_error="open x: no such file")
    error = judged(played=replace(ENDED, exit_code=code), log=log).error
    assert f"exit code {code}" in error.message
    assert "open x: no such file" in error.message
    assert error.exit_code == 5


def test_death_by_a_signal_is_not_success():
    assert "killed by SIGSEGV" in judged(played=replace(ENDED, exit_code=-11)).error.message


def test_crossed_thresholds_are_a_note():
    found = judged(played=replace(ENDED, exit_code=99), log=LogTally(crossed=["thresholds on metrics 'checks' have been crossed"]))
    assert found.error is None
    assert found.problems == ()
    assert found.notes == ("thresholds on metrics 'checks' have been crossed",)


def test_a_script_that_throws_in_most_iterations_measured_nothing():
    log = LogTally(first_exception="Error: boom at x.js:5")
    assert "threw an exception in 600 of 1000 iterations: Error: boom" in judged(replace(GOOD, exceptions=600), log=log).error.message


def test_some_exceptions_make_a_run_unusable():
    found = judged(replace(GOOD, exceptions=20), log=LogTally(first_exception="Error: boom"))
    assert found.error is None
    assert "20 exceptions in 1000 iterations" in found.problems[0]


def test_exceptions_that_failed_requests_explain_are_a_note():
    found = judged(replace(GOOD, exceptions=20, failed=40))
    assert found.problems == ()
    assert "20 exceptions" in found.notes[0]


def test_a_stray_exception_is_a_note():
    assert judged(replace(GOOD, exceptions=1)).problems == ()


def test_a_dead_target_is_named_before_the_exceptions_it_causes():
    counts = replace(GOOD, exceptions=1000, dead=1000, failed=1000)
    error = judged(counts, log=LogTally(first_dead="connection refused")).error
    assert "candidate target at http://t is dead: 1000 of 1000" in error.message


def test_a_target_that_fails_some_requests_is_compared():
    assert judged(replace(GOOD, dead=400, failed=400)).error is None


def test_no_request_is_an_error_with_k6s_own_warning():
    error = judged(replace(GOOD, requests=0), log=LogTally(messages=["Insufficient VUs"])).error
    assert "made no request in 1000 iterations; k6 warned: Insufficient VUs" in error.message


@pytest.mark.parametrize(("dropped", "unusable"), [(0, False), (10, False), (11, True)])
def test_more_than_one_percent_dropped_iterations_starve_the_run(dropped, unusable):
    found = judged(replace(GOOD, iterations=1000 - dropped, dropped=dropped))
    assert bool(found.problems) is unusable
    assert found.error is None


def test_a_generator_that_fills_the_machine_measures_itself():
    assert "1.83 of 2 CPUs" in judged(played=replace(ENDED, cpu=55.0)).problems[0]
    assert judged(played=replace(ENDED, cpu=50.0)).problems == ()


def test_a_generator_that_waits_for_the_cpu_is_noisy_and_still_measures():
    found = judged(played=replace(ENDED, waited=10.0))
    assert found.problems == ()
    assert "waited 10.0 s for a CPU and ran 3.0 s" in found.notes[0]


def test_an_idle_generator_on_a_busy_machine_is_left_alone():
    assert judged(played=replace(ENDED, cpu=0.5, waited=2.0)).problems == ()


def test_unknown_cpu_is_no_problem():
    assert judged(played=replace(ENDED, cpu=None, waited=None)).problems == ()
