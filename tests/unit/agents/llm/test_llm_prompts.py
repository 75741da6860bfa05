"""Prompts fit into the context of small models, with what matters most in them."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.llm.dossier import open_dossier
from perfagent.agents.llm.limits import estimate
from perfagent.agents.llm.shapes import code, environment, longest, remedy, spelled, triage
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.evidence import Evidence
from tests.unit.agents.llm.conftest import DIFF, ScriptedModel


def huge(case):
    """Forty changed files, and two hundred series."""
    body = "".join(f"+    value_{i} = compute({i}) + 'some text of a line of code that is rather long'\n" for i in range(60))
    files = "".join(
        f"diff --git a/app/mod_{n}.py b/app/mod_{n}.py\n--- a/app/mod_{n}.py\n+++ b/app/mod_{n}.py\n@@ -1,1 +1,61 @@\n def work():\n{body}"
        for n in range(40)
    )
    series = tuple(Evidence(id=f"s{i}", source="prometheus", name=f"series_{i}" * 5, baseline=1.0, candidate=1.0 + i) for i in range(200))
    return replace(case, diff=DIFF + files, evidence=(*case.evidence, *series))


@pytest.mark.parametrize("context", [4096, 8192, 16384])
def test_every_prompt_and_its_answer_fit_into_the_context(case, good, context):
    model = ScriptedModel(**good, context=context)
    diagnosis = LlmAnalyst(model).explain(huge(case))
    assert diagnosis.analyst == "scripted", diagnosis.warnings
    for _, messages in model.asked:
        assert sum(estimate(m.content) for m in messages) < context - 300


def test_what_ranks_first_stays_when_room_is_short(case, good):
    model = ScriptedModel(**good, context=4096)
    LlmAnalyst(model).explain(huge(case))
    code_prompt = model.asked[1][1][1].content
    assert "40 ms → 96 ms" in code_prompt
    assert "items.append(query(" in code_prompt


def test_a_context_that_is_too_short_is_said(case, good):
    diagnosis = LlmAnalyst(ScriptedModel(**good, context=512)).explain(case)
    assert "context of 512 tokens is too short (context exceeded)" in diagnosis.warnings[0]


def test_ids_are_words_to_choose_from(case):
    dossier = open_dossier(case, RulesAnalyst().explain(case))
    item = code(dossier)["properties"]["suspects"]["items"]
    assert item["properties"]["candidate"]["enum"] == ["C1", "C2"]
    assert item["properties"]["evidence"]["items"]["enum"] == ["E1", "E2", "E3", "E4", "E5"]


def test_every_schema_has_a_longest_answer_and_is_closed(case):
    dossier = open_dossier(case, RulesAnalyst().explain(case))
    for schema in (triage(dossier), code(dossier), environment(dossier), remedy()):
        assert longest(schema) < 3000
        assert schema["additionalProperties"] is False
        assert schema["required"] == list(schema["properties"])
        assert '"' in spelled(schema)


def test_a_change_that_no_rule_named_is_shown_too(case, good):
    model = ScriptedModel(**good)
    LlmAnalyst(model).explain(case)
    assert "C2: <data>shop/views.py</data>" in model.prompts


def test_the_rules_own_words_cite_the_short_ids(case, good):
    model = ScriptedModel(**good)
    LlmAnalyst(model).explain(case)
    assert "prom:queries" not in model.prompts
