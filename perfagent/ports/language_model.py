"""A language model: text in, one bounded answer out. It is asked after the verdict exists, and may fail in ways that have names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from perfagent.errors import OptionalServiceError

JsonSchema = Mapping[str, Any]


class Reason(StrEnum):
    """Why there is no answer; the words stand in the report's warning."""

    ABSENT = "absent"  # not installed, not reachable, no such model
    DENIED = "denied"  # no or wrong credentials
    SLOW = "slow"
    TRUNCATED = "truncated"
    RATE_LIMITED = "rate limited"
    INVALID_JSON = "invalid JSON"
    REFUSED = "refused"  # by the model or its provider's content filter
    TOO_LONG = "context exceeded"
    SPENT = "limit reached"  # of calls, tokens, seconds or cost
    FAILED = "failed"


class ModelError(OptionalServiceError):
    """`reason` is stated wherever the message is."""

    def __init__(self, reason: Reason, message: str, *, hint: str | None = None) -> None:
        super().__init__(f"{message} ({reason.value})", hint=hint)
        self.reason = reason


class Role(StrEnum):
    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCall:
    """What a model asks for. `arguments` is what it wrote, parsed; `{}` where that was no JSON object."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`calls` belong to an assistant's message, `call_id` to a tool's, which answers that call."""

    role: Role
    content: str
    calls: tuple[ToolCall, ...] = ()
    call_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """What a model is told of a tool; `parameters` is a JSON Schema of an object."""

    name: str
    description: str
    parameters: JsonSchema


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadTool:
    """A tool that reads, as a plain function: arguments in, a JSON-ready answer out. Raises PerfagentError with what to try."""

    spec: ToolSpec
    call: Callable[[Mapping[str, Any]], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Completion:
    """`parsed` is the JSON object that was asked for, checked against its schema's types; None where none was asked for.
    `notes` say what the adapter had to change (a parameter that was dropped, a context that was shortened)."""

    text: str
    parsed: Mapping[str, Any] | None = None
    calls: tuple[ToolCall, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    finish: str = "stop"
    notes: tuple[str, ...] = ()


class LanguageModel(Protocol):
    """`context` is how many tokens prompt and answer may have together; `calls_tools` says whether `tools` may be given."""

    name: str
    context: int
    calls_tools: bool

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
        """One answer within `timeout` seconds. With `schema` the answer is a JSON object of that shape. Raises ModelError."""
        ...

    def close(self) -> None:
        """Leave nothing behind: neither at the provider nor in memory."""
        ...
