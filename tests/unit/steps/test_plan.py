import pytest

from perfagent.ci.context import Context
from perfagent.config.settings import Settings
from perfagent.errors import ConfigurationError
from perfagent.model.comparison import Mode
from perfagent.model.run import Side
from perfagent.steps.plan import plan

COMMAND = {"command": "python app.py --port $PORT", "ready": "/healthz"}


class History:
    """A checkout with a branch `main` at m3, and a change that grew from m2."""

    def __init__(self, head="c1", refs=None, grown_from="m2"):
        self.refs = {"HEAD": head, "main": "m3", "m3": "m3", "m2": "m2", "v1": "m1"} if refs is None else refs
        self.grown_from = grown_from

    def resolve(self, ref):
        if ref not in self.refs:
            raise ConfigurationError(f"git knows no revision {ref!r}")
        return self.refs[ref]

    def merge_base(self, one, other):
        if one not in {*self.refs, *self.refs.values()}:
            raise ConfigurationError(f"git knows no revision {one!r}")
        return self.grown_from


def settings(candidate=COMMAND, baseline=None, **more):
    return Settings(scenario="k6/x.js", target={"candidate": candidate, "baseline": baseline or {}}, **more)


def test_the_base_is_where_the_change_grew_from_not_the_tip_of_a_moved_branch():
    found = plan(settings(), Context(), History())
    assert found.mode is Mode.DUET
    assert found.side(Side.BASELINE).revision == "m2"
    assert found.side(Side.CANDIDATE).revision == "c1"


def test_a_base_without_a_command_is_started_like_the_candidate():
    found = plan(settings(baseline={"ref": "main"}), Context(), History())
    assert found.side(Side.BASELINE).target.command == COMMAND["command"]
    assert found.side(Side.BASELINE).target.ready == "/healthz"


def test_on_the_default_branch_itself_stored_runs_are_the_baseline():
    found = plan(settings(), Context(), History(head="m3", grown_from="m3"))
    assert found.mode is Mode.HISTORY
    assert found.sides == (Side.CANDIDATE,)
    assert "main itself" in found.notes[0]


def test_a_named_base_is_measured_even_when_it_is_the_candidate():
    found = plan(settings(baseline={"ref": "main"}), Context(), History(head="m3", grown_from="m3"))
    assert found.mode is Mode.DUET
    assert found.side(Side.BASELINE).revision == found.side(Side.CANDIDATE).revision == "m3"


def test_what_ci_names_as_base_comes_before_the_branch():
    found = plan(settings(), Context(base_revision="v1"), History(grown_from="m1"))
    assert found.side(Side.BASELINE).revision == "m1"


def test_no_known_base_is_history_with_a_note():
    found = plan(settings(), Context(base_revision="gone"), History(refs={"HEAD": "c1"}))
    assert found.mode is Mode.HISTORY
    assert "gone" in found.notes[0]


def test_one_fixed_port_for_both_sides_means_turns():
    both = {**COMMAND, "port": 8000}
    assert plan(settings(candidate=both, baseline={**both, "ref": "main"}), Context(), History()).mode is Mode.TURNS


def test_urls_need_no_git():
    found = plan(settings(candidate={"url": "http://new"}, baseline={"url": "http://old"}), Context(), None)
    assert found.mode is Mode.DUET
    assert found.side(Side.BASELINE).revision is None


def test_a_command_outside_git_is_refused():
    with pytest.raises(ConfigurationError, match="not a git repository"):
        plan(settings(), Context(), None)


@pytest.mark.parametrize("mode", ["duet", "turns"])
def test_a_mode_that_cannot_be_is_refused_with_what_is_missing(mode):
    with pytest.raises(ConfigurationError, match=r"target\.baseline"):
        plan(settings(candidate={"url": "http://new"}, mode=mode), Context(), None)


def test_history_on_request_leaves_the_base_alone():
    found = plan(settings(mode="history"), Context(), History())
    assert found.mode is Mode.HISTORY
    assert found.baseline is None
