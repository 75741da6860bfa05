"""One role, asked: prompt, model, schema, and a second try where the first failed for a reason that a second can mend."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, ToolMessage
from langchain_core.runnables import Runnable, RunnableLambda

from perfagent.agents.llm.chat import PortChat, as_langchain
from perfagent.agents.llm.limits import MARGIN, estimate
from perfagent.agents.llm.shapes import longest, spelled
from perfagent.agents.llm.toolbox import Toolbox
from perfagent.ports.language_model import JsonSchema, Message, ModelError, Reason

Prompt = Callable[[int], Sequence[Message]]
"""Messages of at most so many tokens."""
_LEAST_ROOM = 300
_MOST_TURNS = 24
_SHRINK = 0.55


def answer_room(schema: JsonSchema, *, generous: bool = False) -> int:
    """Tokens for an answer. A tokeniser of words needs a third of the characters; one of bytes needs them all."""
    return math.ceil(longest(schema) / (1 if generous else 2)) + 32


def ask(chat: PortChat, prompt: Prompt, schema: JsonSchema) -> Mapping[str, Any]:
    """The parsed answer. Raises ModelError; tried twice where the prompt was too long, the answer cut or no JSON."""
    room, generous = chat.port.context, False
    for attempt in (1, 2):
        most = answer_room(schema, generous=generous)
        room = min(room, chat.port.context - most - MARGIN)
        if room < _LEAST_ROOM:
            raise ModelError(Reason.TOO_LONG, f"a context of {chat.port.context} tokens is too short", hint="raise llm.context")
        messages = prompt(room)
        try:
            return _once(chat, as_langchain(messages), schema, most)
        except ModelError as error:
            if attempt == 2 or error.reason not in (Reason.TOO_LONG, Reason.TRUNCATED, Reason.INVALID_JSON):
                raise
            generous = generous or error.reason is Reason.TRUNCATED
            if error.reason is Reason.TOO_LONG:  # what we took for short enough was not
                room = int(min(room, sum(estimate(m.content) for m in messages)) * _SHRINK)
    raise AssertionError("the second attempt returns or raises")


def ask_with_tools(chat: PortChat, prompt: Prompt, schema: Callable[[], JsonSchema], toolbox: Toolbox) -> Mapping[str, Any]:
    """The model calls tools until it has seen enough or a limit is reached; then it answers in the schema, which knows the new evidence."""
    messages: list[BaseMessage] = as_langchain(prompt(chat.port.context // 2))
    bound = chat.bind_tools(toolbox.structured(), max_tokens=1024)
    for _ in range(_MOST_TURNS):
        if sum(estimate(str(m.content)) for m in messages) > chat.port.context * 0.75:
            break
        answer = bound.invoke(messages)
        if not answer.tool_calls:
            break
        messages.append(answer)
        messages += [ToolMessage(content=toolbox.run(c["name"], c["args"]), tool_call_id=c["id"] or "") for c in answer.tool_calls]
        if toolbox.exhausted:
            break
    final = schema()
    messages.append(HumanMessage(f"Answer now, with one JSON object of this shape and nothing else: {spelled(final)}"))
    return _once(chat, messages, final, answer_room(final, generous=True))


def _once(chat: PortChat, messages: Sequence[BaseMessage], schema: JsonSchema, max_tokens: int) -> Mapping[str, Any]:
    chain: Runnable[Any, Mapping[str, Any]] = chat.bind(schema=schema, max_tokens=max_tokens) | RunnableLambda(_parsed)
    return chain.invoke(list(messages))


def _parsed(message: BaseMessage) -> Mapping[str, Any]:
    parsed = message.additional_kwargs.get("parsed")
    if not isinstance(parsed, Mapping):
        raise ModelError(Reason.INVALID_JSON, "the model answered without the object that it was asked for")
    return parsed
