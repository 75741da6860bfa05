import pytest

from perfagent.ci.context import Context, Provider
from perfagent.errors import ExitCode, UnavailableError
from perfagent.model.comparison import Verdict
from perfagent.model.outcome import Outcome
from perfagent.model.run import Side
from perfagent.stages.history import StoredRuns
from perfagent.stages.remembering import remember
from tests.unit.stages.world import World, planned, run, settings

MAIN = Context(provider=Provider.GITHUB, branch="main", default_branch=True)
PASSED = {"exit_code": ExitCode.PASS, "verdict": Verdict.PASS}


class Store:
    def __init__(self, error=None):
        self.added, self.error = [], error

    def add(self, entry):
        if self.error:
            raise self.error
        self.added.append(entry)


@pytest.fixture
def kept(tmp_path):
    """Runs `remember` on a folder with two candidate rounds, one of them unusable, and returns what the store got."""

    def act(context=MAIN, *, store=None, outcome=PASSED, **more):
        store = store or Store()
        world = World(tmp_path)
        folder = world.folder("run-7")
        folder.write_run(run(Side.BASELINE, 1))
        folder.write_run(run(Side.CANDIDATE, 1))
        folder.write_run(run(Side.CANDIDATE, 2, problems=("starved",)))
        ended = Outcome(run_id="run-7", **outcome)
        stored = StoredRuns(store=store, service="shop")
        warnings = remember(folder, settings(**more), context, planned(), ended, world.surroundings(), stored)
        return store.added, warnings

    return act


def test_the_default_branch_writes_its_usable_candidate_runs(kept):
    (entry,), warnings = kept()
    assert (entry.id, entry.service) == ("run-7", "shop")
    assert [(r.side, r.round) for r in entry.runs] == [(Side.CANDIDATE, 1)]
    assert warnings == ()


@pytest.mark.parametrize(
    "context",
    [
        Context(provider=Provider.GITHUB, pull_request=3, branch="main", default_branch=True),
        Context(provider=Provider.GITHUB, branch="main", default_branch=True, is_fork=True),
        Context(provider=Provider.GITHUB, branch="topic", default_branch=False),
        Context(provider=Provider.GITLAB, branch="topic"),
    ],
    ids=["pull request", "fork", "other branch", "other branch by name"],
)
def test_nothing_else_ever_writes(kept, context):
    assert kept(context)[0] == []


@pytest.mark.parametrize(
    "outcome",
    [
        {"exit_code": ExitCode.REGRESSION, "verdict": Verdict.REGRESSION},
        {"exit_code": ExitCode.LOAD_TEST_FAILED},
        {"exit_code": ExitCode.PASS, "verdict": Verdict.REGRESSION},
    ],
)
def test_failed_and_regressed_runs_never_enter(kept, outcome):
    assert kept(outcome=outcome)[0] == []


def test_the_first_run_of_a_service_starts_its_history(kept):
    assert len(kept(outcome={"exit_code": ExitCode.PASS, "verdict": Verdict.INCONCLUSIVE})[0]) == 1


def test_a_store_that_refuses_is_a_warning(kept):
    _, warnings = kept(store=Store(error=UnavailableError("read-only")))
    assert "read-only" in warnings[0]
