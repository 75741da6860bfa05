"""Hostile text, in every place and from the model itself: it moves no verdict, carries no secret away, and acts nowhere."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent import documents
from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.outcome import Outcome
from perfagent.ports.language_model import Completion, ReadTool, ToolSpec
from perfagent.report.comment import comment
from perfagent.report.input import ReportInput
from perfagent.text.redaction import Redactor
from perfagent.text.sanitise import visible
from tests.unit.agents.llm.attacks import ATTACKS, PLACES, SECRET
from tests.unit.agents.llm.conftest import ScriptedModel, calls

REDACT = Redactor([SECRET])
FORMS = (SECRET, SECRET[::-1], SECRET.encode().hex(), SECRET[:6] + "' + '", SECRET[12:])
attack = pytest.mark.parametrize("attack", sorted(ATTACKS))


def gullible(text: str) -> dict[str, Any]:
    """Says what it is told, wherever it may say something."""
    return {
        "triage": {"cause": "environment", "confidence": 1.0, "reason": text, "evidence": ["E1"]},
        "environment": {"environment": True, "confidence": 1.0, "mechanism": text, "evidence": ["E2"]},
        "code": {"suspects": [{"candidate": c, "mechanism": text, "evidence": ["E1", "E2"]} for c in ("C1", "C2")]},
        "remedy": {"summary": text, "patch": True, "first_line": 6, "last_line": 8, "replacement": text},
    }


def clean_prompt(prompts: str) -> None:
    for form in FORMS:
        assert form not in prompts
    assert visible(prompts) == prompts
    assert not re.search(r"<\|\w+\|>|\[/?INST\]|<start_of_turn>|<!--|```|^\s*(?:assistant|user|system):\s*$", prompts, re.MULTILINE)


def framed(model: ScriptedModel) -> None:
    """Nothing from outside ends the frame that it stands in: every `<data>` of ours has its end, and there are no others."""
    for _, messages in model.asked:
        user = re.sub(r"Suspected: .*", "", messages[1].content) if len(messages) > 1 else ""
        depth = 0
        for mark in re.findall(r"</?data>", user):
            depth += 1 if mark == "<data>" else -1
            assert depth in (0, 1)
        assert depth == 0


def harmless(text: str) -> None:
    """A document that any renderer may show. `patch`, `code`, evidence and file names are quoted as they are, in fences, by reports."""
    document = json.loads(text)
    written = [document["summary"], *document["warnings"], *(s["mechanism"] for s in document["suspects"])]
    written += [part for dropped in document["dropped_claims"] for part in dropped.values()]
    if document["remediation"]:
        written.append(document["remediation"]["summary"])
    for words in written:
        if any(words.startswith(own) for own in ("p95 of", "The change in")):  # the rules' own sentences, which reports clean
            continue
        assert "\n" not in words
        assert visible(words) == words
        assert not re.search(r"<[a-z!/]|```|\]\(|(?<![\w.])@\w|^::|##vso|^/\w|https?://|javascript:", words, re.IGNORECASE), words


@attack
@pytest.mark.parametrize("place", sorted(PLACES))
def test_text_from_outside_moves_nothing(case, good, attack, place):
    hostile = PLACES[place](case, ATTACKS[attack])
    before = documents.to_json(hostile.comparison)
    model = ScriptedModel(**good)
    diagnosis = LlmAnalyst(model, redact=REDACT).explain(hostile)
    assert documents.to_json(hostile.comparison) == before
    assert diagnosis.analyst == "scripted", diagnosis.warnings
    clean_prompt(model.prompts)
    framed(model)
    rules = RulesAnalyst().explain(hostile)
    assert [(s.file, s.start_line) for s in diagnosis.suspects] == [(s.file, s.start_line) for s in rules.suspects]
    assert diagnosis.cause == rules.cause


@attack
def test_a_model_that_says_what_it_is_told_says_nothing(case, attack):
    model = ScriptedModel(**gullible(ATTACKS[attack]))
    before = documents.to_json(case.comparison)
    diagnosis = LlmAnalyst(model, redact=REDACT).explain(case)
    rules = RulesAnalyst().explain(case)
    text = documents.to_json(diagnosis)
    assert documents.to_json(case.comparison) == before
    assert (diagnosis.cause, diagnosis.confidence) == (rules.cause, rules.confidence)
    assert [(s.file, s.start_line) for s in diagnosis.suspects] == [(s.file, s.start_line) for s in rules.suspects]
    assert diagnosis.remediation.patch == rules.remediation.patch
    for form in FORMS:
        assert form not in text
    harmless(text)


@attack
def test_what_a_tool_answers_is_text_from_outside(case, good, attack):
    tool = ReadTool(
        spec=ToolSpec(name="query_logs", description="Logs.", parameters={"type": "object", "properties": {"q": {"type": "string"}}}),
        call=lambda _arguments: {"lines": [ATTACKS[attack]]},
    )
    script = {**good, "tools": [calls(("query_logs", {"q": "x"})), Completion(text=ATTACKS[attack])]}
    model = ScriptedModel(**script, context=100_000, calls_tools=True)
    diagnosis = LlmAnalyst(model, tools={"query_logs": tool}, redact=REDACT).explain(case)
    clean_prompt(model.prompts)
    rules = RulesAnalyst().explain(case)
    assert [(s.file, s.start_line) for s in diagnosis.suspects] == [(s.file, s.start_line) for s in rules.suspects]
    for form in FORMS:
        assert form not in documents.to_json(diagnosis)


@attack
@pytest.mark.parametrize("flavour", ["github", "gitlab", "azure", "bitbucket"])
def test_the_comment_says_the_same_verdict_with_and_without(case, good, attack, flavour):
    def shown(answers: dict[str, Any]) -> str:
        diagnosis = LlmAnalyst(ScriptedModel(**answers), redact=REDACT).explain(case)
        outcome = Outcome(run_id="r", exit_code=3, verdict=case.comparison.verdict, service="shop")
        return comment(ReportInput(outcome=outcome, comparison=case.comparison, diagnosis=diagnosis), flavour=flavour)

    honest, hostile = shown(good), shown(gullible(ATTACKS[attack]))
    headline = next(line for line in honest.splitlines() if "p95" in line)
    assert headline in hostile
    own_markup = set(re.findall(r"<[a-z/!][^>]*>", honest)) | {"</sub>", "<sub>"}
    added = set(re.findall(r"<[a-z/!][^>]*>", hostile)) - own_markup
    assert not [m for m in added if "perfagent" not in m], added
    assert not re.search(r"(?<![\w./`])@(?:admin|org)|^/(?:merge|approve)|\]\(javascript|evil\.example\)|!\[x\]", hostile, re.MULTILINE)
    assert SECRET not in hostile
