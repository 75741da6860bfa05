"""One contract for every language model that is asked over a network: answers, and failures whose reason has a name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from perfagent.adapters.models import MODELS, ModelAccess, open_model
from perfagent.adapters.models.azure_foundry import AzureFoundry
from perfagent.config.services import Provider
from perfagent.errors import ConfigurationError
from perfagent.ports.language_model import LanguageModel, Message, ModelError, Reason, Role, ToolCall, ToolSpec
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.models import CALL, GOOD, KEY, TOKEN, FakeChat, FakeFoundry, FakeOllama
from tests.contracts.fakes.server import Answer, Fault

SCHEMA = {
    "type": "object",
    "properties": {
        "cause": {"type": "string", "enum": ["code", "environment"]},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "words": {"type": "array", "items": {"type": "string", "maxLength": 10}, "maxItems": 2},
    },
    "required": ["cause", "confidence", "words"],
    "additionalProperties": False,
}
ASKED = [Message(role=Role.SYSTEM, content="You explain."), Message(role=Role.USER, content="Why is it slower? " * 40)]
LOGS = ToolSpec(name="query_logs", description="Log lines.", parameters={"type": "object", "properties": {"query": {"type": "string"}}})


@dataclass
class Bench:
    """A model, the fake that it asks, and the path of the question."""

    name: str
    model: LanguageModel
    fake: Any
    question: str
    clock: FakeClock
    access: ModelAccess = field(default_factory=lambda: ModelAccess(provider="", model=""))

    def fail(self, kind: str, *, times: int = 99, answer: Answer | None = None) -> None:
        self.fake.faults.append(Fault("POST", self.question, kind, times=times, answer=answer))

    def ask(self, **options: Any) -> Any:
        return self.model.complete(ASKED, **{"schema": SCHEMA, "timeout": 30.0, **options})

    def fails(self, **options: Any) -> ModelError:
        with pytest.raises(ModelError) as caught:
            self.ask(**options)
        assert KEY not in str(caught.value)
        assert TOKEN not in str(caught.value)
        assert caught.value.reason.value in caught.value.message
        return caught.value


class Credential:
    def get_token(self, *_scopes: str, **_options: Any) -> Any:
        from azure.core.credentials import AccessToken

        return AccessToken(TOKEN, 4_000_000_000)


def _openai(clock: FakeClock) -> Bench:
    fake = FakeChat()
    access = ModelAccess(provider="openai", model="m", base_url=f"{fake.url}/v1", key=KEY, context=8192, pace=clock.pace())
    return Bench("openai", open_model(access), fake, "/chat/completions", clock, access)


def _azure(clock: FakeClock) -> Bench:
    fake = FakeChat()
    access = ModelAccess(provider="azure_openai", model="deployment", base_url=f"{fake.url}/openai/v1/", key=KEY, pace=clock.pace())
    return Bench("azure_openai", open_model(access), fake, "/chat/completions", clock, access)


def _ollama(clock: FakeClock) -> Bench:
    fake = FakeOllama()
    access = ModelAccess(provider="ollama", model="llama3.1:8b", base_url=fake.url, context=8192, pace=clock.pace())
    return Bench("ollama", open_model(access), fake, "/api/chat", clock, access)


def _foundry(clock: FakeClock) -> Bench:
    pytest.importorskip("azure.ai.projects", reason="azure-ai-projects is not installed: install perfagent[foundry]")
    from azure.core.pipeline.policies import SansIOHTTPPolicy

    from perfagent.adapters.models.foundry_client import FoundryClient

    class OverHttp(SansIOHTTPPolicy):
        """The SDK sends tokens by TLS only; the fake has none."""

        def on_request(self, request: Any) -> None:
            request.http_request.headers["Authorization"] = f"Bearer {TOKEN}"

    fake = FakeFoundry()
    access = ModelAccess(provider="azure_foundry", model="gpt", base_url=fake.url + FakeFoundry.PROJECT, pace=clock.pace())
    client = FoundryClient.connect(access, credential=Credential(), authentication_policy=OverHttp())
    return Bench("azure_foundry", AzureFoundry(access, client=client), fake, "/responses", clock, access)


BENCHES: dict[str, Callable[[FakeClock], Bench]] = {"openai": _openai, "azure_openai": _azure, "ollama": _ollama, "azure_foundry": _foundry}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=sorted(BENCHES))
def bench(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Bench]:
    yield from opened(request.param, clock)


def opened(name: str, clock: FakeClock) -> Iterator[Bench]:
    made = BENCHES[name](clock)
    yield made
    made.model.close()
    made.fake.close()
    assert made.fake.violations == []


@pytest.fixture(params=sorted(set(BENCHES) - {"ollama"}))
def hosted(request: pytest.FixtureRequest, clock: FakeClock) -> Iterator[Bench]:
    """Those with rate limits and refusals: Ollama has a queue, and words like any others."""
    yield from opened(request.param, clock)


@pytest.fixture
def chat(clock: FakeClock) -> Iterator[Bench]:
    yield from opened("openai", clock)


@pytest.fixture
def azure(clock: FakeClock) -> Iterator[Bench]:
    yield from opened("azure_openai", clock)


@pytest.fixture
def ollama(clock: FakeClock) -> Iterator[Bench]:
    yield from opened("ollama", clock)


@pytest.fixture
def foundry(clock: FakeClock) -> Iterator[Bench]:
    yield from opened("azure_foundry", clock)


def test_every_provider_of_the_configuration_is_in_the_table() -> None:
    assert set(MODELS) == {p.value for p in Provider} - {"none"}


def test_an_unknown_provider_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="llama_cpp, ollama, openai"):
        open_model(ModelAccess(provider="bard", model="x"))


def test_an_answer_comes_parsed_and_counted(bench: Bench) -> None:
    completion = bench.ask()
    assert completion.parsed == GOOD
    assert completion.completion_tokens == 9
    assert completion.prompt_tokens
    assert bench.model.name.startswith(bench.name)


def test_without_a_schema_the_words_come_as_they_are(bench: Bench) -> None:
    bench.fake.content = "It asks twice."
    completion = bench.ask(schema=None)
    assert (completion.text, completion.parsed) == ("It asks twice.", None)


def test_numbers_texts_and_lists_are_brought_into_their_bounds(bench: Bench) -> None:
    bench.fake.content = {"cause": "code", "confidence": 7, "words": ["a" * 50, "b", "c"], "extra": 1}
    assert bench.ask().parsed == {"cause": "code", "confidence": 1.0, "words": ["a" * 10, "b"]}


@pytest.mark.parametrize(
    "content",
    [
        "Sure, here it is",
        "",
        "[1]",
        '{"cause": "code"}',
        '{"cause": "magic", "confidence": 1, "words": []}',
        '{"cause": "code", "confidence": "high", "words": []}',
        "[" * 5000,
    ],
)
def test_anything_but_the_object_is_invalid_json(bench: Bench, content: str) -> None:
    bench.fake.content = content
    assert bench.fails().reason is Reason.INVALID_JSON


def test_a_cut_answer_is_truncated_even_where_it_parses(bench: Bench) -> None:
    bench.fake.finish = "length"
    assert bench.fails().reason is Reason.TRUNCATED


def test_a_rate_limit_is_waited_for_when_there_is_time(hosted: Bench) -> None:
    hosted.fail("answer", times=1, answer=Answer(status=429, json={"error": {"message": "slow down"}}, headers={"Retry-After": "7"}))
    assert hosted.ask().parsed == GOOD
    assert 7 <= sum(hosted.clock.slept) < 9


@pytest.mark.parametrize("asked", ["90", "3600"])
def test_a_long_wait_is_a_quota_and_is_not_waited_for(bench: Bench, asked: str) -> None:
    bench.fail("answer", answer=Answer(status=429, json={"error": {"message": "quota"}}, headers={"Retry-After": asked}))
    assert bench.fails(timeout=600.0).reason is Reason.RATE_LIMITED
    assert bench.clock.slept == []


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (401, {"error": {"code": "401", "message": "Access denied"}}, Reason.DENIED),
        (403, {"error": {"message": "network rule"}}, Reason.DENIED),
        (404, {"error": {"code": "DeploymentNotFound", "message": "no such deployment"}}, Reason.ABSENT),
        (400, {"error": {"code": "context_length_exceeded", "message": "maximum context length is 8192"}}, Reason.TOO_LONG),
        (400, {"error": {"code": "content_filter", "message": "ResponsibleAIPolicyViolation"}}, Reason.REFUSED),
        (400, {"error": {"message": "the request is wrong"}}, Reason.FAILED),
        (500, {"error": {"message": "runner died"}}, Reason.FAILED),
    ],
)  # fmt: skip
def test_what_the_service_answers_has_a_reason(bench: Bench, status: int, body: Any, reason: Reason) -> None:
    bench.fail("answer", answer=Answer(status=status, json=body))
    assert bench.fails().reason is reason


def test_a_refusal_is_a_reason(hosted: Bench) -> None:
    hosted.fake.refusal = "I cannot help with that."
    assert hosted.fails().reason is Reason.REFUSED


def test_a_broken_connection_is_a_failure_with_a_name(bench: Bench) -> None:
    bench.fail("lost")
    assert bench.fails().reason in (Reason.FAILED, Reason.ABSENT)


def test_nobody_there_is_absent(bench: Bench) -> None:
    bench.fake.close()
    assert bench.fails().reason is Reason.ABSENT


def test_silence_is_slow(bench: Bench) -> None:
    bench.fail("silence")
    assert bench.fails(timeout=1.0).reason is Reason.SLOW


def test_a_tool_is_called_and_its_answer_sent_back(bench: Bench) -> None:
    bench.fake.calls = [CALL]
    completion = bench.ask(schema=None, tools=[LOGS])
    (call,) = completion.calls
    assert (call.name, call.arguments) == ("query_logs", {"query": "error"})
    bench.fake.calls = []
    history = [*ASKED, Message(role=Role.ASSISTANT, content="", calls=(call,)), Message(role=Role.TOOL, content="E1 none", call_id=call.id)]
    assert bench.model.complete(history, schema=SCHEMA, tools=[LOGS], timeout=30.0).parsed == GOOD
    sent = json.dumps(bench.fake.asked[-1])
    assert "E1 none" in sent
    assert "query_logs" in sent or bench.name == "azure_foundry"


def test_arguments_that_are_no_object_are_empty(chat: Bench) -> None:
    chat.fake.calls = [{"name": "query_logs", "arguments": [1]}]
    assert chat.ask(schema=None, tools=[LOGS]).calls == (ToolCall(id="call_0", name="query_logs", arguments={}),)


# OpenAI's protocol


def test_parameters_that_a_model_does_not_know_are_left_out_from_then_on(chat: Bench) -> None:
    chat.fake.refuses = {"temperature", "max_tokens", "seed"}
    first = chat.ask()
    assert len(first.notes) == 3
    assert chat.fake.asked[-1]["max_completion_tokens"] == 1024
    assert "temperature" not in chat.fake.asked[-1]
    asked = len(chat.fake.asked)
    assert chat.ask().notes == ()
    assert len(chat.fake.asked) == asked + 1


@pytest.mark.parametrize(
    ("refuses", "form"),
    [(set(), "json_schema"), ({"bounds"}, "json_schema"), ({"bounds", "response_format:json_schema"}, "json_object"),
     ({"response_format"}, None)],
)  # fmt: skip
def test_a_schema_is_offered_in_weaker_forms_until_one_is_taken(chat: Bench, refuses: set[str], form: str | None) -> None:
    chat.fake.refuses = refuses
    assert chat.ask().parsed == GOOD
    sent = chat.fake.asked[-1].get("response_format")
    assert (sent["type"] if sent else None) == form
    if "bounds" in refuses and form == "json_schema":
        assert "maxLength" not in json.dumps(sent)


def test_a_small_model_gets_its_bounds(chat: Bench) -> None:
    chat.ask()
    assert chat.fake.asked[-1]["response_format"]["json_schema"]["schema"] == SCHEMA


# Azure OpenAI


def test_azure_gets_strict_schemas_and_its_key_by_its_own_header(azure: Bench) -> None:
    azure.ask()
    (request,) = azure.fake.requests
    assert (request.path, request.query) == ("/openai/v1/chat/completions", {})
    assert request.headers["api-key"] == KEY
    assert "authorization" not in request.headers
    assert azure.fake.asked[0]["model"] == "deployment"
    assert "maxLength" not in json.dumps(azure.fake.asked[0])


def test_azure_without_a_key_exchanges_the_jobs_token_and_keeps_the_answer(clock: FakeClock, tmp_path: Any) -> None:
    fake = FakeChat()
    file = tmp_path / "token"
    file.write_text("ci-token\n")
    environ = {"AZURE_TENANT_ID": "t", "AZURE_CLIENT_ID": "c", "AZURE_FEDERATED_TOKEN_FILE": str(file), "AZURE_AUTHORITY_HOST": fake.url}
    model = open_model(ModelAccess(provider="azure_openai", model="d", base_url=fake.url, environ=environ, pace=clock.pace()))
    for _ in range(2):
        assert model.complete(ASKED, schema=SCHEMA).parsed == GOOD
    assert fake.count("POST", "/token") == 1
    clock.time += 3600
    model.complete(ASKED, schema=SCHEMA)
    assert fake.count("POST", "/token") == 2
    assert all(r.headers["authorization"] == f"Bearer {TOKEN}" for r in fake.requests if "chat" in r.path)
    file.write_text("another job's")
    clock.time += 3600
    with pytest.raises(ModelError, match="No matching federated identity") as caught:
        model.complete(ASKED, schema=SCHEMA)
    assert caught.value.reason is Reason.DENIED
    fake.close()


# Ollama


def test_ollama_is_told_its_context_and_never_streams(ollama: Bench) -> None:
    ollama.ask(max_tokens=77)
    (sent,) = ollama.fake.asked
    assert (sent["options"]["num_ctx"], sent["options"]["num_predict"], sent["stream"]) == (8192, 77, False)
    assert sent["format"] == SCHEMA


def test_a_prompt_that_ollama_cut_is_noticed(ollama: Bench) -> None:
    long = [Message(role=Role.USER, content="x " * 100_000)]
    with pytest.raises(ModelError) as caught:
        ollama.model.complete(long, schema=SCHEMA)
    assert caught.value.reason is Reason.TOO_LONG


def test_a_model_that_cannot_think_is_not_told_not_to(ollama: Bench) -> None:
    ollama.fake.refuses = {"think"}
    assert ollama.ask().parsed == GOOD
    assert ollama.ask().parsed == GOOD
    assert [("think" in body) for body in ollama.fake.asked] == [True, False, False]


def test_a_model_that_was_not_pulled_is_absent(clock: FakeClock) -> None:
    fake = FakeOllama()
    model = open_model(ModelAccess(provider="ollama", model="other", base_url=fake.url, pace=clock.pace()))
    with pytest.raises(ModelError, match="try pulling it first") as caught:
        model.complete(ASKED, schema=SCHEMA)
    assert caught.value.reason is Reason.ABSENT
    fake.close()


# Azure AI Foundry


def test_a_role_is_an_agent_and_nothing_is_left_behind(foundry: Bench) -> None:
    foundry.ask()
    foundry.ask()
    foundry.ask(schema=None, tools=[LOGS])
    assert len(foundry.fake.made) == 2
    name, definition = foundry.fake.made[0]
    assert name.startswith("perfagent-")
    assert (definition["kind"], definition["model"], definition["instructions"]) == ("prompt", "gpt", "You explain.")
    assert foundry.fake.made[1][1]["tools"][0]["name"] == "query_logs"
    assert foundry.fake.stored == set()
    foundry.model.close()
    assert foundry.fake.agents == {}


def test_where_answers_must_be_stored_they_are_deleted(foundry: Bench) -> None:
    foundry.fake.refuses = {"store", "temperature"}
    assert foundry.ask().parsed == GOOD
    assert len(foundry.fake.stored) == 1
    foundry.model.close()
    assert (foundry.fake.stored, foundry.fake.agents) == (set(), {})


def test_what_could_not_be_deleted_is_named(foundry: Bench) -> None:
    foundry.ask()
    foundry.fake.protected = True
    with pytest.raises(ModelError, match="could not delete agent perfagent-"):
        foundry.model.close()
