"""A hostile model, a hostile change and a model that is down, through the whole program: what was decided is the same, byte for byte."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from tests.contracts.fakes.models import FakeChat
from tests.contracts.fakes.server import Request
from tests.pipeline import shop
from tests.pipeline.conftest import Ended, Shop
from tests.unit.agents.llm.attacks import ATTACKS, SECRET

Make = Callable[..., Shop]


@pytest.fixture
def model() -> Iterator[FakeChat]:
    fake = FakeChat()
    yield fake
    fake.close()
    assert fake.violations == []


def answering(text: str) -> Callable[[Request], Any]:
    """Whatever is asked, `text` is the answer in every place that takes words."""

    def answer(request: Request) -> Any:
        if "response_format" not in request.json:
            return text
        keys = set(request.json["response_format"]["json_schema"]["schema"]["properties"])
        if "cause" in keys:
            return {"cause": "environment", "confidence": 1, "reason": text, "evidence": ["E1"]}
        if "suspects" in keys:
            return {"suspects": [{"candidate": "C1", "mechanism": text, "evidence": ["E1"]}]}
        if "environment" in keys:
            return {"environment": True, "confidence": 1, "mechanism": text, "evidence": ["E1"]}
        return {"summary": text, "patch": True, "first_line": 11, "last_line": 12, "replacement": text}

    return answer


def with_model(fake: FakeChat) -> dict[str, str]:
    return {
        "PERFAGENT_LLM__PROVIDER": "openai",
        "PERFAGENT_LLM__MODEL": "m",
        "PERFAGENT_LLM__BASE_URL": f"{fake.url}/v1",
        "PERFAGENT_LLM_API_KEY": SECRET,
    }


def decided(ended: Ended) -> tuple[int, str | None, bytes, str]:
    """Exit code, verdict, the comparison's bytes, and the headline."""
    return ended.code, ended.outcome.verdict, (ended.folder / "comparison.json").read_bytes(), ended.outcome.headline


def analyst(ended: Ended) -> Any:
    return json.loads((ended.folder / "diagnosis.json").read_text())["analyst"]


def test_no_answer_of_a_model_moves_the_verdict(pull_request: Make, model: FakeChat) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    ruled = one.job(jira=False)
    without, status, about = decided(ruled), one.status, one.comment.splitlines()[2]
    assert (ruled.code, analyst(ruled)) == (3, "rules")
    for name, text in ATTACKS.items():
        model.content = answering(text)
        ended = one.job(jira=False, **with_model(model))
        assert analyst(ended) == "openai:m", name
        assert decided(ended)[:3] == without[:3], name
        assert (one.status, one.comment.splitlines()[2]) == (status, about), name
        assert SECRET not in ended.words.replace("shop/", ""), name
    sent = json.dumps(model.asked)
    assert SECRET not in sent


def test_hostile_words_in_the_change_move_nothing_and_carry_no_secret_away(pull_request: Make, model: FakeChat) -> None:
    plain = pull_request("github")
    plain.push(shop.SLOW, factor=1.5)
    without = decided(plain.job(jira=False))
    one = pull_request("github")
    words = " ".join(" ".join(text.split()) for name, text in ATTACKS.items() if name != "hidden")
    one.push(shop.SLOW + f"# {words}\n", factor=1.5)
    model.content = answering("The loop asks the database for every id.")
    ended = one.job(jira=False, **with_model(model))
    assert analyst(ended) == "openai:m"
    assert (ended.code, ended.outcome.verdict) == without[:2]
    assert SECRET not in json.dumps(model.asked)


def test_a_model_that_is_down_is_a_warning_and_the_rules_explain(pull_request: Make, model: FakeChat) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    without = decided(one.job(jira=False))
    model.content = "I would rather talk about the weather."
    ended = one.job(jira=False, **with_model(model))
    assert decided(ended)[:3] == without[:3]
    assert analyst(ended) == "rules"
    assert "(invalid JSON)" in (ended.folder / "diagnosis.json").read_text()
    assert "The rules explain alone" in one.comment


def test_a_model_with_room_may_call_the_reading_tools_of_the_embedded_server(pull_request: Make, model: FakeChat) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    model.calls = [{"name": "search_history", "arguments": {"query": "GET /cart"}}]
    model.content = answering("The loop asks the database for every id.")
    ended = one.job(jira=False, **with_model(model), PERFAGENT_LLM__CONTEXT="64000", PERFAGENT_LLM__LIMITS__CALLS="2")
    offered = {tool["function"]["name"] for body in model.asked for tool in body.get("tools", ())}
    assert offered == {"get_summary", "fetch_metrics", "query_logs", "get_diff", "search_history", "export_run"}
    told = [m["content"] for body in model.asked for m in body["messages"] if m["role"] == "tool"]
    assert any("items" in text for text in told)
    assert any("asked already" in text for text in told)
    assert analyst(ended) == "openai:m"
