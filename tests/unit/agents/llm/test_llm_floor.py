"""A model may reorder and word; what the rules found it cannot undo."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from hypothesis import given, settings
from hypothesis import strategies as st

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.comparison import Comparison
from perfagent.model.diagnosis import Cause, Diagnosis, Suspect
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case
from perfagent.text.diff import parse_diff
from tests.unit.agents.llm.conftest import NO_ENVIRONMENT, REMEDY, TRIAGE, ScriptedModel, row

FILES = ("a.py", "b.py", "c.py", "d.py", "e.py")
DIFF = "".join(
    f"diff --git a/app/{name} b/app/{name}\n--- a/app/{name}\n+++ b/app/{name}\n@@ -1,3 +1,3 @@\n def work():\n-    return first()\n"
    "+    return second()\n # end\n"
    for name in FILES
)
QUERIES = Evidence(id="prom:queries", source="prometheus", name="queries", baseline=2.0, candidate=12.0)


class Fixed:
    """Rules that find what they are told."""

    name = "rules"

    def __init__(self, *scores: tuple[str, float], cause: Cause = Cause.CODE) -> None:
        suspects = tuple(
            Suspect(file=f"app/{name}", start_line=2, end_line=2, score=score, mechanism=f"rules on {name}") for name, score in scores
        )
        self.diagnosis = Diagnosis(
            cause=cause,
            confidence=suspects[0].score if suspects else 0.5,
            summary="It is slower.",
            suspects=suspects,
            evidence=(
                QUERIES,
                Evidence(id="k6:GET /:p95", source="k6", name="p95", endpoint="GET /", unit="s", baseline=0.1, candidate=0.3),
            ),
        )

    def explain(self, case: Case) -> Diagnosis:
        return self.diagnosis


CASE = Case(comparison=Comparison(rows=(row("GET /", 0.1, 0.3),)), diff=DIFF, evidence=(QUERIES,))


def explained(rules: Fixed, *named: tuple[str, list[str]], triage=TRIAGE, environment=NO_ENVIRONMENT) -> Diagnosis:
    """`named`: candidate ids in the model's order, with what is cited for each."""
    suspects = [{"candidate": c, "mechanism": "second() asks the database more often.", "evidence": ids} for c, ids in named]
    triage = {**triage, "reason": "Only this endpoint is slower."}
    model = ScriptedModel(triage=triage, code={"suspects": suspects}, remedy={**REMEDY, "patch": False}, environment=environment)
    return LlmAnalyst(model, rules=rules).explain(CASE)


def files(diagnosis: Diagnosis) -> list[str]:
    return [s.file.removeprefix("app/") for s in diagnosis.suspects]


def test_a_model_may_choose_between_suspects_that_are_nearly_as_likely():
    diagnosis = explained(Fixed(("a.py", 0.8), ("b.py", 0.7)), ("C2", ["E2"]))
    assert files(diagnosis) == ["b.py", "a.py"]
    assert [s.score for s in diagnosis.suspects] == [0.8, 0.7]
    assert diagnosis.suspects[0].mechanism == "second() asks the database more often."
    assert "app/b.py:2" in diagnosis.summary
    assert diagnosis.remediation is None  # the rules' own was for the other file


def test_it_cannot_push_back_what_the_rules_are_sure_of():
    diagnosis = explained(Fixed(("a.py", 0.95), ("b.py", 0.6)), ("C2", ["E2"]))
    assert files(diagnosis) == ["a.py", "b.py"]


def test_the_rules_first_suspect_stays_among_three():
    rules = Fixed(("a.py", 0.8), ("b.py", 0.79), ("c.py", 0.78), ("d.py", 0.77))
    diagnosis = explained(rules, ("C4", ["E2"]), ("C3", ["E2"]), ("C2", ["E2"]))
    assert files(diagnosis) == ["d.py", "c.py", "a.py", "b.py"]


def test_a_change_that_the_rules_did_not_name_needs_measured_evidence():
    rules = Fixed(("a.py", 0.6))
    without = explained(rules, ("C2", ["E1"]))
    assert files(without) == ["a.py"]
    assert "no measured change" in without.dropped_claims[0].reason
    diagnosis = explained(rules, ("C2", ["E1", "E2"]))
    assert files(diagnosis) == ["b.py", "a.py"]
    assert any(item.id.startswith("git:app/b.py") for item in diagnosis.evidence)


def test_only_one_such_change_gets_in_and_not_before_what_the_rules_are_sure_of():
    diagnosis = explained(Fixed(("a.py", 0.9)), ("C2", ["E2"]), ("C3", ["E2"]))
    assert files(diagnosis) == ["a.py", "b.py"]


def test_where_the_rules_acquit_only_a_sure_triage_with_measured_evidence_accuses():
    acquitted = Fixed(cause=Cause.UNKNOWN)
    assert files(explained(acquitted, ("C1", ["E2"]), triage={**TRIAGE, "confidence": 0.5})) == []
    assert files(explained(acquitted, ("C1", ["E1"]))) == []
    accused = explained(acquitted, ("C1", ["E2"]))
    assert (files(accused), accused.suspects[0].score, accused.cause) == (["a.py"], 0.5, Cause.CODE)


def test_where_the_rules_blame_the_surroundings_no_change_is_even_looked_at():
    diagnosis = explained(Fixed(cause=Cause.ENVIRONMENT), ("C1", ["E2"]))
    assert (diagnosis.cause, diagnosis.suspects) == (Cause.ENVIRONMENT, ())


def test_no_model_clears_a_suspect():
    blame = {"environment": True, "confidence": 0.9, "mechanism": "The database is busy with something else.", "evidence": ["E2"]}
    diagnosis = explained(Fixed(("a.py", 0.8)), triage={**TRIAGE, "cause": "environment"}, environment=blame)
    assert (diagnosis.cause, files(diagnosis)) == (Cause.CODE, ["a.py"])
    assert "no model clears a suspect" in diagnosis.dropped_claims[-1].reason


def test_the_environment_is_concluded_only_from_more_than_slow_endpoints():
    def blame(*ids):
        return {"environment": True, "confidence": 0.9, "mechanism": "The database is busy with something else.", "evidence": list(ids)}

    unknown = Fixed(cause=Cause.UNKNOWN)
    assert explained(unknown, environment=blame("E1")).cause is Cause.UNKNOWN
    diagnosis = explained(unknown, environment=blame("E2"))
    assert (diagnosis.cause, diagnosis.confidence) == (Cause.ENVIRONMENT, 0.6)


ids = st.lists(st.sampled_from(["E1", "E2", "E9"]), max_size=3)
answers = st.lists(st.tuples(st.sampled_from(["C1", "C2", "C3", "C4", "C5", "C9"]), ids), max_size=3)
scores = st.lists(st.floats(0.5, 0.99), min_size=1, max_size=4)


@settings(max_examples=25, deadline=None)
@given(scores=scores, named=answers, cause=st.sampled_from([c.value for c in Cause]))
def test_whatever_a_model_answers_the_rules_suspects_stay_and_the_first_is_among_three(scores, named, cause):
    rules = Fixed(*zip(FILES, sorted(scores, reverse=True), strict=False))
    diagnosis = explained(rules, *named, triage={**TRIAGE, "cause": cause})
    assert diagnosis.analyst == "scripted"
    assert set(files(rules.diagnosis)) <= set(files(diagnosis))
    assert len(diagnosis.suspects) <= len(rules.diagnosis.suspects) + 1
    assert rules.diagnosis.suspects[0].file in [s.file for s in diagnosis.suspects[:3]]
    known = {item.id for item in diagnosis.evidence}
    assert all(set(s.evidence) <= known for s in diagnosis.suspects)


def test_every_evidence_that_is_cited_is_in_the_document(case, good):
    diagnosis = LlmAnalyst(ScriptedModel(**good), rules=RulesAnalyst()).explain(case)
    known = {item.id for item in diagnosis.evidence}
    assert all(set(s.evidence) <= known for s in diagnosis.suspects)
    assert {f.path for f in parse_diff(case.diff).files} >= {s.file for s in diagnosis.suspects}


def test_a_diff_that_cannot_be_read_leaves_the_rules(case, good):
    broken = replace(case, diff="@@ nonsense")
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "triage": {**TRIAGE, "cause": "unknown"}})).explain(broken)
    assert diagnosis.suspects == ()


def test_a_sentence_about_something_else_accuses_nobody():
    suspects = [{"candidate": "C2", "mechanism": "Everything is slow here.", "evidence": ["E2"]}]
    model = ScriptedModel(triage=TRIAGE, code={"suspects": suspects}, remedy={**REMEDY, "patch": False})
    diagnosis = LlmAnalyst(model, rules=Fixed(("a.py", 0.6))).explain(CASE)
    assert files(diagnosis) == ["a.py"]
    assert "names nothing of the lines that it blames" in diagnosis.dropped_claims[-1].reason
