"""How errors cross the tool boundary: as text that says what to try, and as a typed error that the pipeline gets back whole."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec, TypeVar

from mcp.types import CallToolResult, TextContent

from perfagent import errors
from perfagent.errors import ConfigurationError, PerfagentError

P = ParamSpec("P")
R = TypeVar("R")

_DETAIL = "perfagent/error"  # in `_meta`: structured content would have to match the tool's output schema, which clients check

_KINDS: dict[str, type[PerfagentError]] = {
    kind.__name__: kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PerfagentError) and kind is not PerfagentError
}


def answering(tool: Callable[P, Awaitable[R] | R], redact: Callable[[str], str]) -> Callable[P, Awaitable[R]]:
    """Wrap a tool so that an anticipated failure becomes an answer with `isError`, redacted, and any other stays a bare crash.

    The signature (and with it the schema) is the wrapped function's. Only PerfagentError is anticipated: the text of any other
    exception could hold a secret and reaches the server's log alone.
    """

    @functools.wraps(tool)
    async def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            result = tool(*args, **kwargs)
            return await result if inspect.isawaitable(result) else result
        except PerfagentError as error:
            return _as_result(error, redact)  # type: ignore[return-value]  # the SDK passes a CallToolResult through

    return wrapper


def _as_result(error: PerfagentError, redact: Callable[[str], str]) -> CallToolResult:
    mistakes = list(getattr(error, "mistakes", ()))
    detail: dict[str, Any] = {
        "kind": _kind(error),
        "exit_code": int(error.exit_code),
        "message": redact(error.message),
        "hint": redact(error.hint) if error.hint else None,
        "mistakes": [redact(m) for m in mistakes],
    }
    return CallToolResult(content=[TextContent(type="text", text=redact(str(error)))], is_error=True, _meta={_DETAIL: detail})


def _kind(error: PerfagentError) -> str:
    """The name of its own class, or of the nearest above it that the other side knows: adapters have kinds of their own."""
    return next((kind.__name__ for kind in type(error).__mro__ if kind.__name__ in _KINDS), type(error).__name__)


def error_of(result: CallToolResult, tool: str) -> PerfagentError:
    """The error that `answering` packed; a crash of the tool itself (or refused arguments) is a PerfagentError (a bug)."""
    detail = (result.meta or {}).get(_DETAIL)
    if isinstance(detail, dict) and detail.get("kind") in _KINDS:
        kind = _KINDS[detail["kind"]]
        if issubclass(kind, ConfigurationError):
            return kind(detail["message"], mistakes=detail.get("mistakes", ()), hint=detail.get("hint"))
        return kind(detail["message"], hint=detail.get("hint"))
    text = " ".join(getattr(block, "text", "") for block in result.content)
    return PerfagentError(f"the tool {tool} failed: {text}", hint="the tool server's log is in the run folder, under logs/")
