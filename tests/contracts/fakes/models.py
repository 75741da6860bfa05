"""Fakes of the endpoints that language models stand behind. They answer from a script and refuse what the real ones refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.contracts.fakes.server import Answer, FakeService, Request, route

Script = Callable[[Request], Any]
GOOD = {"cause": "code", "confidence": 0.5, "words": ["loop"]}
KEY = "k-123456789-secret"
TOKEN = "entra-token-987654321"
CALL = {"name": "query_logs", "arguments": {"query": "error"}}


class FakeModel(FakeService):
    """`content` is what the model says (an object is sent as JSON); `calls` are tool calls instead; `finish` ends the answer;
    `refuses` are parameters of which this model knows nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.content: Any = GOOD
        self.calls: list[dict[str, Any]] = []
        self.finish = "stop"
        self.refusal: str | None = None
        self.refuses: set[str] = set()
        self.prompt_tokens = 1000

    def text(self, request: Request) -> str:
        content = self.content(request) if callable(self.content) else self.content
        return content if isinstance(content, str) else json.dumps(content)

    @property
    def asked(self) -> list[Any]:
        """The bodies of all questions."""
        return [r.json for r in self.requests if r.method == "POST" and not r.path.endswith("/token")]


def refused(param: str, code: str = "unsupported_parameter") -> Answer:
    message = f"Unsupported parameter: '{param}' is not supported with this model."
    return Answer(status=400, json={"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}})


class FakeChat(FakeModel):
    """OpenAI's chat protocol below `/v1` (key optional) and below `/openai/v1` (`api-key`, or a bearer token of Entra ID)."""

    def before(self, request: Request) -> Answer | None:
        if request.path.startswith("/openai/"):
            known = request.headers.get("api-key") == KEY or request.headers.get("authorization") == f"Bearer {TOKEN}"
            if not known:
                return Answer(status=401, json={"error": {"code": "401", "message": "Access denied due to invalid subscription key."}})
        return None

    @route("POST", r"/(?:openai/)?v1/chat/completions")
    def chat(self, request: Request) -> Answer:
        body = request.json
        for name in sorted(self.refuses & set(body)):
            return refused(name)
        kind = (body.get("response_format") or {}).get("type")
        if f"response_format:{kind}" in self.refuses:
            return refused("response_format", "invalid_value")
        schema = ((body.get("response_format") or {}).get("json_schema") or {}).get("schema")
        if "bounds" in self.refuses and schema and re.search(r"maxLength|maxItems|minimum", json.dumps(schema)):
            message = "Invalid schema for response_format 'answer': In context=(), 'maxLength' is not permitted."
            return Answer(status=400, json={"error": {"message": message, "param": "response_format", "code": None}})
        message: dict[str, Any] = {"role": "assistant", "content": self.text(request)}
        if self.refusal:
            message |= {"content": None, "refusal": self.refusal}
        if self.calls and body.get("tools"):
            message |= {"content": None, "tool_calls": [
                {"id": f"call_{i}", "type": "function", "function": {"name": c["name"], "arguments": json.dumps(c["arguments"])}}
                for i, c in enumerate(self.calls)
            ]}  # fmt: skip
        return Answer(json={
            "id": "chatcmpl-1", "object": "chat.completion", "model": body["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": self.finish}],
            "usage": {"prompt_tokens": self.prompt_tokens, "completion_tokens": 9, "total_tokens": self.prompt_tokens + 9},
        })  # fmt: skip

    @route("POST", r"/[^/]+/oauth2/v2\.0/token")
    def token(self, request: Request) -> Answer:
        if b"client_assertion=ci-token" not in request.body:
            return Answer(status=401, json={"error": "invalid_client", "error_description": "AADSTS700213: No matching federated identity"})
        return Answer(json={"token_type": "Bearer", "expires_in": 3599, "access_token": TOKEN})


class FakeOllama(FakeModel):
    """Cuts what is longer than its context without a word, as the real one does."""

    @route("POST", r"/api/chat")
    def chat(self, request: Request) -> Answer:
        body = request.json
        if body["model"] != "llama3.1:8b":
            return Answer(status=404, json={"error": f'model "{body["model"]}" not found, try pulling it first'})
        if "think" in self.refuses and "think" in body:
            return Answer(status=400, json={"error": f'"{body["model"]}" does not support thinking'})
        assert body["stream"] is False, "streaming is the default, and its answer is not one JSON document"
        window = body["options"].get("num_ctx", 4096)
        message: dict[str, Any] = {"role": "assistant", "content": self.text(request)}
        if self.calls and body.get("tools"):
            message = {"role": "assistant", "content": "", "tool_calls": [{"function": c} for c in self.calls]}
        sent = sum(len(m["content"]) for m in body["messages"]) // 4
        return Answer(json={
            "model": body["model"], "created_at": "2026-11-25T09:00:00Z", "message": message, "done": True, "done_reason": self.finish,
            "total_duration": 1, "prompt_eval_count": min(sent, window), "eval_count": 9,
        })  # fmt: skip


class FakeFoundry(FakeModel):
    """Agents and the Responses protocol of a Foundry project. Knows what is left behind."""

    PROJECT = "/api/projects/shop"

    def __init__(self) -> None:
        super().__init__()
        self.agents: dict[str, dict[str, Any]] = {}
        self.made: list[tuple[str, dict[str, Any]]] = []
        self.stored: set[str] = set()
        self.protected = False

    def before(self, request: Request) -> Answer | None:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Answer(status=401, json={"error": {"code": "Unauthorized", "message": "Access denied"}})
        return None

    @route("POST", r"/api/projects/shop/agents/([^/]+)/versions")
    def create(self, request: Request, name: str) -> Answer:
        if request.query.get("api-version") != "v1":
            return Answer(status=400, json={"error": {"code": "BadRequest", "message": "api-version"}})
        definition = request.json["definition"]
        for parameter in sorted(self.refuses & set(definition)):
            return refused(parameter)
        assert all("function" not in tool for tool in definition.get("tools", ())), "function tools are flat here"
        self.agents[name] = definition
        self.made.append((name, definition))
        made = {"object": "agent.version", "id": f"{name}:1", "name": name, "version": "1", "created_at": 1_800_000_000, "metadata": {}}
        return Answer(json={**made, "definition": definition})

    @route("DELETE", r"/api/projects/shop/agents/([^/]+)")
    def delete(self, _request: Request, name: str) -> Answer:
        if self.protected:
            return Answer(status=403, json={"error": {"code": "Forbidden", "message": "no delete right"}})
        found = self.agents.pop(name, None)
        if found is None:
            return Answer(status=404, json={"error": {"code": "not_found", "message": "no such agent"}})
        return Answer(json={"object": "agent.deleted", "name": name, "deleted": True})

    @route("POST", r"/api/projects/shop/openai/v1/responses")
    def respond(self, request: Request) -> Answer:
        body = request.json
        reference = body["agent_reference"]
        if reference["name"] not in self.agents:
            return Answer(status=404, json={"error": {"code": "not_found", "message": "no such agent"}})
        assert "model" not in body, "with an agent, its model counts"
        assert "instructions" not in body
        for parameter in sorted(self.refuses & set(body)):
            return refused(parameter)
        definition = self.agents[reference["name"]]
        answer = {
            "id": f"resp_{len(self.requests)}",
            "object": "response",
            "created_at": 1,
            "model": definition["model"],
            "status": "completed",
        }
        if body.get("store") is not False:
            self.stored.add(answer["id"])
        if self.finish == "length":
            answer |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
        output: list[dict[str, Any]] = [{
            "type": "message", "id": "msg_1", "role": "assistant", "status": "completed",
            "content": [{"type": "output_text", "text": self.text(request), "annotations": []}],
        }]  # fmt: skip
        if self.refusal:
            output[0]["content"] = [{"type": "refusal", "refusal": self.refusal}]
        if self.calls and definition.get("tools"):
            output = [
                {"type": "function_call", "id": f"fc_{i}", "call_id": f"call_{i}", "status": "completed"}
                | {"name": c["name"], "arguments": json.dumps(c["arguments"])}
                for i, c in enumerate(self.calls)
            ]
        usage = {"input_tokens": self.prompt_tokens, "output_tokens": 9, "total_tokens": self.prompt_tokens + 9}
        details = {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
        return Answer(json={**answer, "output": output, "usage": {**usage, **details}, "tools": [], "tool_choice": "auto",
                            "parallel_tool_calls": True})  # fmt: skip

    @route("DELETE", r"/api/projects/shop/openai/v1/responses/([^/]+)")
    def forget(self, _request: Request, id: str) -> Answer:
        self.stored.discard(id)
        return Answer(json={"id": id, "object": "response", "deleted": True})
