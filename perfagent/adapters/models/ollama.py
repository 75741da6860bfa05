"""Ollama: its own protocol, because only that one can set the context's length; the default is short and cuts prompts without a word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perfagent.adapters.http import Http, HttpError
from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.answers import calls_of, failure, parsed_object
from perfagent.adapters.models.chat_api import LIMITS
from perfagent.ports.language_model import Completion, JsonSchema, Message, ModelError, Reason, Role, ToolSpec

DEFAULT_URL = "http://localhost:11434"
_BYTES_PER_TOKEN = 8  # no tokeniser needs fewer tokens for code and figures: what counts less was cut


class Ollama:
    calls_tools = True

    def __init__(self, access: ModelAccess) -> None:
        self.name = f"ollama:{access.model}"
        self.context = access.context
        self._model = access.model
        self._think = True
        url = access.base_url or DEFAULT_URL
        headers = {"Authorization": f"Bearer {access.key}"} if access.key else {}
        secrets = [access.key] if access.key else []
        self._http = Http(url, service="Ollama", headers=headers, secrets=secrets, network=access.network, limits=LIMITS, pace=access.pace)

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: JsonSchema | None = None,
        tools: Sequence[ToolSpec] = (),
        max_tokens: int = 1024,
        temperature: float = 0.0,
        timeout: float = 120.0,
    ) -> Completion:
        body: dict[str, Any] = {
            "model": self._model,
            "messages": _messages(messages),
            "stream": False,
            "keep_alive": "10m",
            "options": {"num_ctx": self.context, "num_predict": max_tokens, "temperature": temperature, "seed": 0},
        }
        if schema is not None:
            body["format"] = schema
        if tools:
            body["tools"] = [
                {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}} for t in tools
            ]
        with self._http.within(timeout):
            answer = self._ask(body)
        return self._completion(answer, messages, schema)

    def close(self) -> None:
        self._http.session.close()

    def _ask(self, body: dict[str, Any]) -> Any:
        """Thinking is switched off, since it would use up the answer's room; older models refuse even that word."""
        try:
            return self._http.json("POST", "/api/chat", json={**body, "think": False} if self._think else body)
        except HttpError as error:
            if self._think and error.status == 400 and "think" in error.message:
                self._think = False
                return self._ask(body)
            raise failure(error, model="Ollama") from error

    def _completion(self, answer: Any, messages: Sequence[Message], schema: JsonSchema | None) -> Completion:
        message = answer.get("message") if isinstance(answer, Mapping) else None
        if not isinstance(message, Mapping) or not answer.get("done"):
            raise ModelError(Reason.FAILED, "Ollama answered in a form that is not understood")
        seen = answer.get("prompt_eval_count")
        sent = sum(len(m.content.encode()) for m in messages)
        if isinstance(seen, int) and (seen * _BYTES_PER_TOKEN < sent or seen >= self.context):
            raise ModelError(
                Reason.TOO_LONG,
                f"Ollama read {seen} tokens of a prompt of {sent} bytes: it was cut",
                hint="set llm.context to what the model and the memory allow",
            )
        if answer.get("done_reason") == "length":
            raise ModelError(Reason.TRUNCATED, "the answer of Ollama was cut")
        text = str(message.get("content") or "")
        calls = calls_of(message.get("tool_calls"))
        count = answer.get("eval_count")
        return Completion(
            text=text,
            parsed=parsed_object(text, schema, model="Ollama") if schema is not None and not calls else None,
            calls=calls,
            prompt_tokens=seen if isinstance(seen, int) else None,
            completion_tokens=count if isinstance(count, int) else None,
            finish=str(answer.get("done_reason") or "stop"),
        )


def _messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """A tool's answer names the tool, not the call."""
    names: dict[str, str] = {}
    out: list[dict[str, Any]] = []
    for message in messages:
        entry: dict[str, Any] = {"role": message.role.value, "content": message.content}
        if message.calls:
            names |= {call.id: call.name for call in message.calls}
            entry["tool_calls"] = [{"function": {"name": call.name, "arguments": dict(call.arguments)}} for call in message.calls]
        if message.role is Role.TOOL:
            entry["tool_name"] = names.get(message.call_id or "", "")
        out.append(entry)
    return out
