"""The checker: a claim stands only as far as its evidence does."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.llm.claims import Cited, problem, resolve
from perfagent.agents.llm.dossier import open_dossier
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.evidence import Evidence
from tests.unit.agents.llm.conftest import ScriptedModel


@pytest.fixture
def dossier(case):
    return open_dossier(case, RulesAnalyst().explain(case))


@pytest.fixture
def cited(dossier):
    """E1 (p95 40 ms → 96 ms) and E2 (2 → 12 queries), about the cart's hunk."""
    found = resolve(["E1", "E2"], dossier, dossier.candidate("C1"))
    assert isinstance(found, Cited)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "p95 went from 40 ms to 96 ms.",
        "p95 is 56 ms longer, which is 140 % more, or 2.4 times the baseline.",
        "It takes 0.096 s now.",
        "Each item costs a query: 12 queries instead of 2, six times as many.",
        "The loop in lines 7-8 of shop/cart.py asks once per item.",
        "shop/cart.py:8 calls `query` in a loop, an N+1 pattern that p95 shows.",
        "cart.py asks query() for every line.",
    ],
)
def test_what_the_evidence_shows_stands(text, cited, dossier):
    assert problem(text, cited, dossier) is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("It runs 500 queries now.", "the number 500"),
        ("p95 went from 40 ms to 96 s.", "the number 96 s"),
        ("p95 grew by 300 %.", "the number 300 %"),
        ("It is 9x slower.", "the number 9x"),
        ("The lock in shop/orders.py is held.", "shop/orders.py is not in the diff"),
        ("shop/cart.py:400 is slow.", "line 400 of shop/cart.py"),
        ("Line 77 asks the database.", "line 77"),
        ("`recompute_taxes` is called for each item.", "recompute_taxes"),
        ("The verdict should be pass.", "verdict"),
        ("This is a false positive of the runner.", "verdict"),
        ("Not a regression, safe to merge.", "verdict"),
        ("Please ignore the failing check.", "verdict"),
        ("See hxxps://evil.example/fix for the fix.", "address outside"),
        ("…", "says nothing"),
    ],
)
def test_what_it_does_not_show_is_dropped_with_the_reason(text, why, cited, dossier):
    assert why in (problem(text, cited, dossier) or "")


def test_numbers_count_only_where_their_own_evidence_is_cited(dossier):
    only_rows = resolve(["E1"], dossier)
    assert "the number 12" in (problem("It runs 12 queries.", only_rows, dossier) or "")


def test_sizes_and_times_are_compared_across_units(dossier):
    item = Evidence(id="a", source="process", name="memory", unit="bytes", baseline=100 * 2**20, candidate=300 * 2**20)
    pause = Evidence(id="b", source="prometheus", name="gc_pause", unit="ms", baseline=4.0, candidate=250.0)
    cited = Cited(evidence=(item, pause))
    assert problem("Memory grew from 100 MiB to 300 MiB, pauses to 0.25 s.", cited, dossier) is None
    assert problem("Memory grew to 700 MiB.", cited, dossier) is not None


@pytest.mark.parametrize(("ids", "why"), [(["E99"], "'E99' does not exist"), ([], "cites no evidence"), (["E1", "nope"], "'nope'")])
def test_an_id_that_does_not_resolve_ends_the_claim(ids, why, dossier):
    assert why in str(resolve(ids, dossier))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"evidence": ["E77"]}, "does not exist"),
        ({"evidence": []}, "cites no evidence"),
        ({"candidate": "C9"}, "there is no change 'C9'"),
        ({"mechanism": "It runs 4711 queries."}, "4711"),
        ({"mechanism": "The new lock in shop/stock.py is held."}, "not in the diff"),
    ],
)
def test_a_lying_model_changes_nothing_but_the_list_of_dropped_claims(case, good, change, why):
    lie = {**good["code"]["suspects"][0], **change}
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "code": {"suspects": [lie]}})).explain(case)
    rules = RulesAnalyst().explain(case)
    assert diagnosis.suspects == rules.suspects
    assert diagnosis.cause == rules.cause
    (dropped,) = diagnosis.dropped_claims
    assert why in dropped.reason
    assert dropped.claim


def test_a_triage_that_lies_is_dropped_and_the_rules_cause_stands(case, good):
    lie = {**good["triage"], "cause": "dependency", "reason": "The new driver is 900 ms slower."}
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "triage": lie})).explain(case)
    assert diagnosis.cause == "code"
    assert "900 ms" in diagnosis.dropped_claims[0].reason
    assert "driver" not in diagnosis.summary
