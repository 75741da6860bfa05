"""The chat-completions protocol, as OpenAI, Azure OpenAI v1, llama.cpp's server, vLLM and many others speak it.

Endpoints differ in what they accept, and say so with 400. A parameter that is refused is left out and stays out; a schema that is refused
is offered in the next weaker form. The schema also stands in the prompt (the agents put it there), so the weakest form still has it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from perfagent.adapters.http import Http, HttpError, Limits
from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.answers import calls_of, failure, parsed_object
from perfagent.adapters.models.schemas import strict
from perfagent.ports.language_model import Completion, JsonSchema, Message, ModelError, Reason, Role, ToolSpec

# One answer is one request; the deadline of each is the caller's. More than a minute of waiting means a quota, not a burst.
LIMITS = Limits(connect=6, read=3600, deadline=3600, attempts=3, longest_wait=60, max_bytes=8 * 2**20)
_MOST_REFUSALS = 6
_REFUSED = re.compile(r"unsupported|not supported|does not support|unknown|unrecognized|not permitted|extra|invalid", re.IGNORECASE)


class ChatApi:
    """`forms` are the ways to ask for a schema, best first. One conversation at a time."""

    def __init__(
        self,
        access: ModelAccess,
        *,
        service: str,
        base_url: str,
        headers: Callable[[], Mapping[str, str]],
        forms: Sequence[str] = ("bounded", "strict", "object", "none"),
    ) -> None:
        self._model = access.model
        self._service = service
        self._headers = headers
        self._forms = list(forms)
        self._dropped: set[str] = set()
        secrets = [access.key] if access.key else []
        self._http = Http(base_url, service=service, secrets=secrets, network=access.network, limits=LIMITS, pace=access.pace)

    def complete(
        self, messages: Sequence[Message], *, schema: JsonSchema | None, tools: Sequence[ToolSpec], max_tokens: int, temperature: float,
        timeout: float,
    ) -> Completion:  # fmt: skip
        notes: list[str] = []
        with self._http.within(timeout):
            for _ in range(_MOST_REFUSALS + 1):
                body = self._body(messages, schema, tools, max_tokens, temperature)
                try:
                    answer = self._http.json("POST", "/chat/completions", json=body, headers=dict(self._headers()))
                    return self._completion(answer, schema, tuple(notes))
                except HttpError as error:
                    note = self._adapt(error, body)
                    if note is None:
                        raise failure(error, model=self._service) from error
                    notes.append(note)
        raise ModelError(Reason.FAILED, f"{self._service} refuses one parameter after the other: {'; '.join(notes)}")

    def close(self) -> None:
        self._http.session.close()

    def _body(
        self, messages: Sequence[Message], schema: JsonSchema | None, tools: Sequence[ToolSpec], max_tokens: int, temperature: float
    ) -> dict[str, Any]:
        limit = "max_completion_tokens" if "max_tokens" in self._dropped else "max_tokens"
        body: dict[str, Any] = {"model": self._model, "messages": [as_chat(m) for m in messages], limit: max_tokens}
        body |= {"temperature": temperature, "seed": 0}
        if tools:
            body["tools"] = [
                {"type": "function", "function": {"name": t.name, "description": t.description, "parameters": t.parameters}} for t in tools
            ]
        form = self._forms[0]
        if schema is not None and form != "none":
            body["response_format"] = _response_format(form, schema)
        for name in self._dropped:
            body.pop(name, None)
        return body

    def _adapt(self, error: HttpError, body: Mapping[str, Any]) -> str | None:
        """What is left out from now on, in words; None where the refusal is about something else."""
        if error.status not in (400, 422):
            return None
        detail = error.body.get("error") if isinstance(error.body, Mapping) else None
        detail = detail if isinstance(detail, Mapping) else {}
        text = f"{detail.get('param') or ''} {detail.get('code') or ''} {detail.get('message') or error.message}"
        if "response_format" in body and re.search(r"response_format|json_schema|schema|grammar", text, re.IGNORECASE):
            self._forms.pop(0)
            return f"{self._service} does not take this form of schema"
        if not _REFUSED.search(text):
            return None
        named = str(detail.get("param") or "")
        for name in ("temperature", "seed", "max_tokens"):
            if name in body and (named == name or re.search(rf"\b{name}\b", text)):
                self._dropped.add(name)
                return f"{self._service} does not take {name}"
        return None

    def _completion(self, answer: Any, schema: JsonSchema | None, notes: tuple[str, ...]) -> Completion:
        choices = answer.get("choices") if isinstance(answer, Mapping) else None
        choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], Mapping) else {}
        message = choice.get("message")
        if not isinstance(message, Mapping):
            raise ModelError(Reason.FAILED, f"{self._service} answered in a form that is not understood")
        finish = str(choice.get("finish_reason") or "stop")
        if message.get("refusal") or finish == "content_filter":
            raise ModelError(Reason.REFUSED, f"{self._service} refused to answer")
        text = message.get("content") or ""
        calls = calls_of(message.get("tool_calls"))
        if finish == "length":
            raise ModelError(Reason.TRUNCATED, f"the answer of {self._service} was cut")
        raw = answer.get("usage")
        usage: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        return Completion(
            text=str(text),
            parsed=parsed_object(str(text), schema, model=self._service) if schema is not None and not calls else None,
            calls=calls,
            prompt_tokens=_count(usage.get("prompt_tokens")),
            completion_tokens=_count(usage.get("completion_tokens")),
            finish=finish,
            notes=notes,
        )


def as_chat(message: Message) -> dict[str, Any]:
    out: dict[str, Any] = {"role": message.role.value, "content": message.content}
    if message.calls:
        out["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": json.dumps(c.arguments)}} for c in message.calls
        ]
    if message.role is Role.TOOL:
        out["tool_call_id"] = message.call_id
    return out


def _response_format(form: str, schema: JsonSchema) -> dict[str, Any]:
    if form == "object":
        return {"type": "json_object"}
    shape = schema if form == "bounded" else strict(schema)
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": shape}}


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
