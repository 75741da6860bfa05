"""Agents of Azure AI Foundry: one agent per role for the length of a run, asked by the Responses protocol, deleted at its end.

Nothing is stored there: answers are asked for with `store: false`, and the whole conversation travels with each question.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.answers import arguments_of, parsed_object
from perfagent.adapters.models.foundry_client import FoundryClient, RefusedError
from perfagent.adapters.models.openai_compatible import HOSTED_CONTEXT
from perfagent.adapters.models.schemas import strict
from perfagent.ports.language_model import Completion, JsonSchema, Message, ModelError, Reason, Role, ToolCall, ToolSpec

_MOST_REFUSALS = 3
_OPTIONAL = ("temperature", "store")


class AzureFoundry:
    """`client` is replaced in tests."""

    calls_tools = True

    def __init__(self, access: ModelAccess, *, client: FoundryClient | None = None) -> None:
        self.name = f"azure_foundry:{access.model}"
        self.context = HOSTED_CONTEXT
        self._model = access.model
        self._client = client or FoundryClient.connect(access)
        self._run = uuid.uuid4().hex[:12]
        self._agents: dict[str, tuple[str, str]] = {}
        self._answers: list[str] = []
        self._dropped: set[str] = set()

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
        notes: list[str] = []
        for _ in range(_MOST_REFUSALS):
            try:
                name, version = self._agent(messages, schema, tools, temperature)
                body = {"input": as_items(messages), "max_output_tokens": max_tokens}
                if "store" not in self._dropped:
                    body["store"] = False
                answer = self._client.respond(name, version, body, timeout=timeout)
            except RefusedError as refused:
                parameter = next((p for p in _OPTIONAL if p in refused.message and p not in self._dropped), None)
                if parameter is None:
                    raise ModelError(Reason.FAILED, f"{self.name}: {refused.message}") from refused
                self._dropped.add(parameter)
                notes.append(f"{self.name} does not take {parameter}")
                continue
            return self._completion(answer, schema, tuple(notes))
        raise ModelError(Reason.FAILED, f"{self.name} refuses one parameter after the other: {'; '.join(notes)}")

    def close(self) -> None:
        """Deletes every agent and every stored answer of this run. Raises ModelError naming what is left."""
        left = []
        for answer in self._answers:
            if not self._client.delete_answer(answer):
                left.append(f"answer {answer}")
        for name, _ in self._agents.values():
            if not self._client.delete_agent(name):
                left.append(f"agent {name}")
        self._agents, self._answers = {}, []
        with contextlib.suppress(OSError):
            self._client.close()
        if left:
            raise ModelError(Reason.FAILED, f"{self.name} could not delete {', '.join(left)}", hint="delete them in the Foundry portal")

    def _agent(
        self, messages: Sequence[Message], schema: JsonSchema | None, tools: Sequence[ToolSpec], temperature: float
    ) -> tuple[str, str]:
        """Name and version of the agent with this role's instructions, tools and answer; made at its first use."""
        definition: dict[str, Any] = {
            "kind": "prompt",
            "model": self._model,
            "instructions": "\n\n".join(m.content for m in messages if m.role is Role.SYSTEM),
            "tools": [{"type": "function", "name": t.name, "description": t.description, "parameters": t.parameters} for t in tools],
        }
        if "temperature" not in self._dropped:
            definition["temperature"] = temperature
        if schema is not None:
            definition["text"] = {"format": {"type": "json_schema", "name": "answer", "schema": strict(schema), "strict": True}}
        key = hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:8]
        if key not in self._agents:
            name = f"perfagent-{self._run}-{key}"
            self._agents[key] = name, self._client.create_agent(name, definition)
        return self._agents[key]

    def _completion(self, answer: Mapping[str, Any], schema: JsonSchema | None, notes: tuple[str, ...]) -> Completion:
        if "store" in self._dropped and answer.get("id"):
            self._answers.append(str(answer["id"]))
        detail = answer.get("incomplete_details")
        why = detail.get("reason") if isinstance(detail, Mapping) else None
        status = str(answer.get("status") or "completed")
        if status == "incomplete":
            reason = Reason.REFUSED if why == "content_filter" else Reason.TRUNCATED
            raise ModelError(reason, f"the answer of {self.name} is incomplete: {why or 'no reason given'}")
        if status != "completed":
            raise ModelError(Reason.FAILED, f"{self.name} ended as {status}")
        text, calls = _read(answer, self.name)
        usage = answer.get("usage") if isinstance(answer.get("usage"), Mapping) else {}
        return Completion(
            text=text,
            parsed=parsed_object(text, schema, model=self.name) if schema is not None and not calls else None,
            calls=calls,
            prompt_tokens=(usage or {}).get("input_tokens"),
            completion_tokens=(usage or {}).get("output_tokens"),
            notes=notes,
        )


def as_items(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """A conversation in the Responses protocol; the system's words are the agent's instructions and are left out here."""
    items: list[dict[str, Any]] = []
    for message in messages:
        if message.role is Role.SYSTEM:
            continue
        if message.role is Role.TOOL:
            items.append({"type": "function_call_output", "call_id": message.call_id or "", "output": message.content})
            continue
        if message.content:
            items.append({"role": message.role.value, "content": message.content})
        items += [
            {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": json.dumps(call.arguments)}
            for call in message.calls
        ]
    return items


def _read(answer: Mapping[str, Any], name: str) -> tuple[str, tuple[ToolCall, ...]]:
    texts: list[str] = []
    calls: list[ToolCall] = []
    for item in answer.get("output") or ():
        if item.get("type") == "function_call":
            calls.append(ToolCall(id=str(item.get("call_id")), name=str(item.get("name")), arguments=arguments_of(item.get("arguments"))))
        for part in (item.get("content") or ()) if item.get("type") == "message" else ():
            if part.get("type") == "refusal":
                raise ModelError(Reason.REFUSED, f"{name} refused to answer")
            if part.get("type") == "output_text":
                texts.append(str(part.get("text") or ""))
    return "".join(texts), tuple(calls)
