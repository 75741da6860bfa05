"""What a diagnosis on a model looks like, and that every failure of the model leaves the rules' diagnosis with its reason."""

from __future__ import annotations

import builtins
from dataclasses import replace

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.llm.limits import Limits
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.diagnosis import Cause
from perfagent.ports.language_model import Completion, ModelError, Reason
from tests.unit.agents.llm.conftest import ScriptedModel


def without_warnings(diagnosis):
    return replace(diagnosis, warnings=())


def test_a_good_model_words_the_mechanism_and_offers_a_patch(case, good):
    model = ScriptedModel(**good)
    diagnosis = LlmAnalyst(model).explain(case)
    (suspect,) = diagnosis.suspects
    assert suspect.mechanism == "Each line of the cart now asks the database once, 12 queries instead of 2."
    assert {"git:shop/cart.py:6", "prom:queries"} <= set(suspect.evidence)
    assert (diagnosis.analyst, diagnosis.cause, diagnosis.dropped_claims, diagnosis.warnings) == ("scripted", Cause.CODE, (), ())
    assert diagnosis.summary.endswith("Only the cart is slower, and its query was moved into a loop.")
    assert diagnosis.remediation.replacement.startswith("    ids = [")
    assert diagnosis.remediation.measured is False


def test_roles_are_asked_in_order_and_only_those_that_are_needed(case, good):
    model = ScriptedModel(**good)
    LlmAnalyst(model).explain(case)
    assert model.roles == ["triage", "code", "remedy"]


def test_the_environment_is_looked_into_where_triage_doubts_the_change(case, good):
    model = ScriptedModel(**{**good, "triage": {**good["triage"], "cause": "environment"}})
    LlmAnalyst(model).explain(case)
    assert model.roles == ["triage", "environment", "code", "remedy"]


@pytest.mark.parametrize("role", ["triage", "code"])
@pytest.mark.parametrize("reason", list(Reason))
def test_any_failure_leaves_the_rules_diagnosis_and_states_the_reason(case, good, role, reason):
    model = ScriptedModel(**{**good, role: ModelError(reason, "the model said no")})
    diagnosis = LlmAnalyst(model).explain(case)
    assert without_warnings(diagnosis) == RulesAnalyst().explain(case)
    assert diagnosis.warnings == (f"The rules explain alone: the model said no ({reason.value})",)


def test_a_crash_inside_a_model_leaves_the_rules_diagnosis(case, good):
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "code": ZeroDivisionError("internals")})).explain(case)
    assert without_warnings(diagnosis) == RulesAnalyst().explain(case)
    assert diagnosis.warnings == ("The rules explain alone: the analyst on scripted failed: ZeroDivisionError",)


def test_an_answer_without_an_object_is_invalid_json(case, good):
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "triage": Completion(text="Sure! Here you go")})).explain(case)
    assert diagnosis.analyst == "rules"
    assert "invalid JSON" in diagnosis.warnings[0]


def test_a_remediator_that_fails_leaves_the_rules_remediation_only(case, good):
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "remedy": ModelError(Reason.TRUNCATED, "cut")})).explain(case)
    assert diagnosis.analyst == "scripted"
    assert diagnosis.remediation == RulesAnalyst().explain(case).remediation
    assert diagnosis.warnings == ("the remediator is left out: cut (truncated)",)


def test_a_cut_answer_is_asked_for_once_more_with_more_room(case, good):
    rooms = []

    def cut_once(_messages, schema):
        rooms.append(schema)
        return ModelError(Reason.TRUNCATED, "cut") if len(rooms) == 1 else good["triage"]

    assert LlmAnalyst(ScriptedModel(**{**good, "triage": cut_once})).explain(case).analyst == "scripted"
    assert len(rooms) == 2


def test_a_prompt_that_was_too_long_is_asked_again_shorter(case, good):
    sizes = []

    def too_long_once(messages, _schema):
        sizes.append(sum(len(m.content) for m in messages))
        return ModelError(Reason.TOO_LONG, "too long") if len(sizes) == 1 else good["code"]

    model = ScriptedModel(**{**good, "code": too_long_once})
    assert LlmAnalyst(model).explain(case).analyst == "scripted"
    assert sizes[1] < sizes[0]


def test_time_is_shared_by_all_answers(case, good):
    now = [0.0]

    def slow(_messages, _schema):
        now[0] += 40
        return good["triage"]

    model = ScriptedModel(**{**good, "triage": slow})
    diagnosis = LlmAnalyst(model, limits=Limits(seconds=60), timeout=50, clock=lambda: now[0]).explain(case)
    assert diagnosis.analyst == "scripted"
    assert model.timeouts[:2] == [50, 20]


def test_used_up_time_tokens_or_money_is_a_stated_reason(case, good):
    for limits in (Limits(tokens=1000), Limits(cost=0.001, price_prompt=10.0), Limits(seconds=0.5)):
        diagnosis = LlmAnalyst(ScriptedModel(**good), limits=limits, clock=lambda: 0.0).explain(case)
        assert diagnosis.analyst == "rules"
        assert "limit reached" in diagnosis.warnings[0]


def test_nothing_slower_asks_nobody(case):
    rows = tuple(replace(row, candidate=row.baseline, row_verdict=None) for row in case.comparison.rows)
    same = replace(case, comparison=replace(case.comparison, rows=rows))
    model = ScriptedModel()
    assert LlmAnalyst(model).explain(same) == RulesAnalyst().explain(same)
    assert model.asked == []


def test_without_langchain_the_rules_explain(case, good, monkeypatch):
    real = builtins.__import__

    def missing(name, *rest, **options):
        if name.startswith("perfagent.agents.llm.chat"):
            raise ImportError("No module named 'langchain_core'", name="langchain_core")
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    diagnosis = LlmAnalyst(ScriptedModel(**good)).explain(case)
    assert diagnosis.warnings == ("The rules explain alone: langchain_core is not installed (absent)",)


def test_what_the_adapter_had_to_change_is_said(case, good):
    noted = Completion(text="", parsed=good["triage"], notes=("the context is 4096 tokens instead of 16384",))
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "triage": noted})).explain(case)
    assert diagnosis.warnings == ("the context is 4096 tokens instead of 16384",)


def test_the_same_answers_give_the_same_diagnosis(case, good):
    assert LlmAnalyst(ScriptedModel(**good)).explain(case) == LlmAnalyst(ScriptedModel(**good)).explain(case)


def test_nothing_is_traced_whatever_the_environment_says(case, good, monkeypatch):
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", "http://127.0.0.1:9")
    from langsmith.run_helpers import get_tracing_context

    seen = []

    def looking(_messages, _schema):
        seen.append(get_tracing_context()["enabled"])
        return good["triage"]

    LlmAnalyst(ScriptedModel(**{**good, "triage": looking})).explain(case)
    assert seen == [False]
