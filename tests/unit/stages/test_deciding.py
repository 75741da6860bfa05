import pytest

from perfagent.errors import ExitCode, LoadTestError, UnavailableError
from perfagent.model.comparison import Mode, Verdict
from perfagent.model.run import Side
from perfagent.ports.baseline_store import BaselineEntry
from perfagent.stages.deciding import conclude, decide
from perfagent.stages.history import StoredRuns
from perfagent.steps.rounds import Measured
from tests.unit.stages.world import NOW, World, planned, run, settings


class Store:
    def __init__(self, entries=(), error=None):
        self.kept, self.error, self.asked, self.problems = list(entries), error, 0, ()

    def nearest(self, like, *, service, limit):
        self.asked += 1
        if self.error:
            raise self.error
        return self.kept[:limit]


def entry(number, level=0.1):
    runs = tuple(run(Side.CANDIDATE, n, level=level * (1 + 0.01 * number)) for n in (1, 2))
    return BaselineEntry(id=f"e{number}", service="shop", revision=f"r{number}", recorded_at=NOW, runs=runs)


def measured(*, baseline=(), candidate=()):
    return Measured(baseline=list(baseline), candidate=list(candidate))


def pairs(ratio, rounds=4):
    return measured(
        baseline=[run(Side.BASELINE, n, level=0.1 + n / 1000) for n in range(1, rounds + 1)],
        candidate=[run(Side.CANDIDATE, n, level=(0.1 + n / 1000) * ratio) for n in range(1, rounds + 1)],
    )


def test_a_slower_candidate_is_a_regression_and_the_comparison_is_on_disk(tmp_path):
    folder = World(tmp_path).folder()
    found = conclude(folder, settings(), planned(), pairs(1.5), StoredRuns(store=None, service="shop"))
    assert found.exit_code is ExitCode.REGRESSION
    assert found.comparison.verdict is Verdict.REGRESSION
    assert "GET /" in found.headline
    assert (folder.path / "comparison.json").is_file()


def test_an_unchanged_candidate_passes(tmp_path):
    found = conclude(World(tmp_path).folder(), settings(), planned(), pairs(1.0), StoredRuns(store=None, service="shop"))
    assert found.exit_code is ExitCode.PASS


def test_a_side_without_a_usable_run_is_a_failed_load_test(tmp_path):
    starved = [run(Side.CANDIDATE, n, problems=("starved",)) for n in (1, 2, 3, 4)]
    rounds = measured(baseline=pairs(1.0).baseline, candidate=starved)
    with pytest.raises(LoadTestError, match="starved"):
        conclude(World(tmp_path).folder(), settings(), planned(), rounds, StoredRuns(store=None, service="shop"))


def test_without_a_baseline_the_gate_warns_by_default_and_fails_by_policy(tmp_path):
    alone = measured(candidate=[run(Side.CANDIDATE, n) for n in (1, 2)])
    for policy, code in ((None, ExitCode.PASS), ("fail", ExitCode.INCONCLUSIVE)):
        chosen = settings(gate={"on_no_baseline": policy} if policy else {}, mode="history")
        found = conclude(World(tmp_path).folder(str(code)), chosen, planned("history"), alone, StoredRuns(store=Store(), service="shop"))
        assert found.comparison.verdict is Verdict.INCONCLUSIVE
        assert found.exit_code is code


def test_history_compares_with_one_run_per_stored_job(tmp_path):
    store = Store([entry(n) for n in range(8)])
    slow = measured(candidate=[run(Side.CANDIDATE, n, level=0.3) for n in (1, 2)])
    stored = StoredRuns(store=store, service="shop")
    found = conclude(World(tmp_path).folder(), settings(mode="history"), planned("history"), slow, stored)
    assert found.comparison.mode is Mode.HISTORY
    assert len(stored.runs) == 8
    assert found.exit_code is ExitCode.REGRESSION
    assert store.asked == 1


def test_a_store_that_is_down_is_no_baseline_with_a_reason(tmp_path):
    stored = StoredRuns(store=Store(error=UnavailableError("the bucket is gone")), service="shop")
    alone = measured(candidate=[run(Side.CANDIDATE, 1)])
    found = conclude(World(tmp_path).folder(), settings(mode="history"), planned("history"), alone, stored)
    assert found.exit_code is ExitCode.PASS
    assert any("the bucket is gone" in warning for warning in found.warnings)


def test_history_stops_after_the_minimum():
    decision = decide(settings(mode="history"), planned("history"), measured(candidate=[run()]), StoredRuns(store=Store(), service="shop"))
    assert decision.stop


def test_a_clear_regression_stops_early_with_the_comparison_that_is_concluded(tmp_path):
    rounds = pairs(1.5)
    stored = StoredRuns(store=None, service="shop")
    decision = decide(settings(), planned(), rounds, stored)
    assert decision.stop
    assert decision.comparison.rows == conclude(World(tmp_path).folder(), settings(), planned(), rounds, stored).comparison.rows
