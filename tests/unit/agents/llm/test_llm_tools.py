"""A large model looks further with reading tools, within limits; what tools answer can be cited, and is text from outside."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.llm.limits import Limits
from perfagent.errors import OptionalServiceError
from perfagent.ports.language_model import Completion, ReadTool, Role, ToolSpec
from tests.unit.agents.llm.conftest import ScriptedModel, calls

SCHEMA = {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]}
DONE = Completion(text="I have seen enough.")


class Tool:
    """Remembers what it was asked."""

    def __init__(self, answer) -> None:
        self.asked: list[dict] = []
        self.answer = answer

    def __call__(self, arguments):
        self.asked.append(dict(arguments))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def tools(**by_name):
    return {name: ReadTool(spec=ToolSpec(name=name, description="Reads.", parameters=SCHEMA), call=tool) for name, tool in by_name.items()}


def large(good, *turns, code=None):
    return ScriptedModel(**{**good, "tools": list(turns), "code": code or good["code"]}, context=100_000, calls_tools=True)


def tool_answers(model):
    """What the model was told last by tools."""
    return [m.content for m in model.asked[-2][1] if m.role is Role.TOOL]


def test_an_answer_becomes_evidence_that_can_be_cited(case, good):
    lock = {"id": "prom:lock", "source": "prometheus", "name": "lock_wait", "unit": "s", "baseline": 0.001, "candidate": 0.05}
    logs = Tool({"source": "prometheus", "evidence": [lock]})
    named = {"suspects": [{"candidate": "C1", "mechanism": "It waits for a lock, 50 ms instead of 1 ms.", "evidence": ["E6"]}]}
    model = large(good, calls(("query_logs", {"query": "lock"})), DONE, code=named)
    diagnosis = LlmAnalyst(model, tools=tools(query_logs=logs)).explain(case)
    assert logs.asked == [{"query": "lock"}]
    assert diagnosis.suspects[0].mechanism == "It waits for a lock, 50 ms instead of 1 ms."
    assert "prom:lock" in diagnosis.suspects[0].evidence
    assert "prom:lock" in {item.id for item in diagnosis.evidence}


def test_the_same_question_is_refused(case, good):
    logs = Tool({"lines": ["a"]})
    model = large(good, calls(("query_logs", {"query": "x"})), calls(("query_logs", {"query": "x"})), DONE)
    LlmAnalyst(model, tools=tools(query_logs=logs)).explain(case)
    assert len(logs.asked) == 1
    assert any("Refused: this was asked already" in text for text in tool_answers(model))


def test_calls_end_at_the_limit(case, good):
    logs = Tool({"lines": []})
    turns = [calls(("query_logs", {"query": str(i)})) for i in range(50)]
    model = large(good, *turns)
    diagnosis = LlmAnalyst(model, tools=tools(query_logs=logs), limits=Limits(calls=3)).explain(case)
    assert len(logs.asked) == 3
    assert diagnosis.analyst == "scripted"


def test_tokens_end_the_loop_and_leave_the_rules(case, good):
    logs = Tool({"lines": []})
    turns = [Completion(text="", calls=calls(("query_logs", {"query": str(i)})).calls, prompt_tokens=9000) for i in range(50)]
    diagnosis = LlmAnalyst(large(good, *turns), tools=tools(query_logs=logs), limits=Limits(tokens=30_000)).explain(case)
    assert len(logs.asked) < 5
    assert "30000 tokens are used up" in diagnosis.warnings[0]


def test_a_tool_that_does_not_exist_or_fails_is_told_to_the_model(case, good):
    broken = Tool(OptionalServiceError("Loki does not answer", hint="try a shorter window"))
    model = large(good, calls(("drop_database", {}), ("query_logs", {"query": "x"})), DONE)
    LlmAnalyst(model, tools=tools(query_logs=broken)).explain(case)
    first, second = tool_answers(model)
    assert "There is no tool 'drop_database'" in first
    assert "Loki does not answer. try a shorter window" in second


def test_a_long_answer_is_cut(case, good):
    model = large(good, calls(("query_logs", {"query": "x"})), DONE)
    LlmAnalyst(model, tools=tools(query_logs=Tool({"text": "y" * 100_000}))).explain(case)
    (answer,) = tool_answers(model)
    assert len(answer) < 4_200


def test_small_models_and_models_without_tools_are_given_none(case, good):
    for model in (ScriptedModel(**good, calls_tools=True, context=8192), ScriptedModel(**good, calls_tools=False, context=100_000)):
        LlmAnalyst(model, tools=tools(query_logs=Tool({}))).explain(case)
        assert "tools" not in model.roles


def test_tools_are_langchains_with_the_schema_they_came_with(case, good):
    from langchain_core.tools import StructuredTool

    from perfagent.agents.llm.chat import as_spec
    from perfagent.agents.llm.dossier import open_dossier
    from perfagent.agents.llm.limits import Meter
    from perfagent.agents.llm.toolbox import Toolbox
    from perfagent.agents.rules import RulesAnalyst

    tool = Tool({"lines": ["slow"]})
    box = Toolbox(
        list(tools(query_logs=tool).values()), open_dossier(case, RulesAnalyst().explain(case)), Meter(Limits(), lambda: 0.0), str
    )
    (structured,) = box.structured()
    assert isinstance(structured, StructuredTool)
    assert as_spec(structured).parameters["properties"].keys() == {"query"}
    assert "slow" in structured.invoke({"query": "x"})
    assert tool.asked == [{"query": "x"}]
