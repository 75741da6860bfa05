"""From what a model wrote to the object it was asked for, and from a failed request to a reason with a name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from perfagent.adapters.http_errors import HttpError
from perfagent.ports.language_model import JsonSchema, ModelError, Reason, ToolCall

_LONGEST = 200_000
_THOUGHTS = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_CONTEXT = re.compile(r"context[_ ]length|exceed_context_size|maximum context|context (?:size|window)|too many tokens", re.IGNORECASE)
_UNREADABLE = re.compile(r"does not match the expected", re.IGNORECASE)  # llama.cpp's server, of its own model's answer
_FILTER = re.compile(r"content[_ ]filter|ResponsibleAIPolicyViolation|content management policy", re.IGNORECASE)


def parsed_object(text: str, schema: JsonSchema, *, model: str) -> Mapping[str, Any]:
    """The JSON object in `text`, with the schema's shape. Raises ModelError(INVALID_JSON).

    Grammars do not enforce number ranges and some endpoints ignore schemas, so everything is checked here: unknown keys are left out,
    numbers are clamped to their range, texts and lists cut to their length; a wrong type or a missing key is an error.
    """
    body = _THOUGHTS.sub("", text[:_LONGEST]).strip()
    if body.startswith("```"):
        body = body.split("\n", 1)[-1].rsplit("```", 1)[0]
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise ModelError(Reason.INVALID_JSON, f"{model} answered with something that is not JSON") from None
    try:
        fitted = _fit(value, schema, "answer")
    except (ValueError, RecursionError) as error:
        raise ModelError(Reason.INVALID_JSON, f"{model} answered with JSON of another shape: {error}") from None
    if not isinstance(fitted, dict):
        raise ModelError(Reason.INVALID_JSON, f"{model} answered with JSON that is no object")
    return fitted


def _fit(value: Any, schema: JsonSchema, where: str) -> Any:
    kinds = _kinds(schema)
    if value is None and "null" in kinds:
        return None
    if "enum" in schema:
        if value not in schema["enum"]:
            raise ValueError(f"{where} is none of the words that were offered")
        return value
    if "object" in kinds and isinstance(value, dict):
        known = schema.get("properties", {})
        missing = [key for key in schema.get("required", ()) if key not in value]
        if missing:
            raise ValueError(f"{where} lacks {', '.join(missing)}")
        return {key: _fit(value[key], part, f"{where}.{key}") for key, part in known.items() if key in value}
    if "array" in kinds and isinstance(value, list):
        return [_fit(item, schema["items"], f"{where}[]") for item in value[: schema.get("maxItems", 50)]]
    if "string" in kinds and isinstance(value, str):
        return value[: schema.get("maxLength", 4000)]
    if "boolean" in kinds and isinstance(value, bool):
        return value
    if kinds & {"number", "integer"} and isinstance(value, (int, float)) and not isinstance(value, bool) and value - value == 0:
        number = min(max(value, schema.get("minimum", value)), schema.get("maximum", value))
        return round(number) if "integer" in kinds else float(number)
    raise ValueError(f"{where} is not of type {' or '.join(sorted(kinds))}")


def _kinds(schema: JsonSchema) -> frozenset[str]:
    kind = schema.get("type", "string")
    return frozenset([kind] if isinstance(kind, str) else kind)


def arguments_of(raw: Any) -> Mapping[str, Any]:
    """A call's arguments, which arrive as JSON in a string, or as an object (Ollama)."""
    if isinstance(raw, Mapping):
        return raw
    try:
        value = json.loads(raw or "{}")
    except (TypeError, ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def calls_of(raw: Any) -> tuple[ToolCall, ...]:
    """`tool_calls` of a chat message."""
    found = []
    for number, call in enumerate(raw if isinstance(raw, Sequence) and not isinstance(raw, str) else ()):
        function = call.get("function") if isinstance(call, Mapping) else None
        if isinstance(function, Mapping) and isinstance(function.get("name"), str):
            arguments = arguments_of(function.get("arguments"))
            found.append(ToolCall(id=str(call.get("id") or f"call-{number}"), name=function["name"], arguments=arguments))
    return tuple(found)


def failure(error: HttpError, *, model: str) -> ModelError:
    """What a failed request says of the model."""
    text = f"{error.message} {error.body}"
    return ModelError(_reason(error, text), f"{model}: {error.message}", hint=error.hint)


def _reason(error: HttpError, text: str) -> Reason:
    match error.status:
        case 401 | 403:
            return Reason.DENIED
        case 404:
            return Reason.ABSENT
        case 408:
            return Reason.SLOW
        case 413:
            return Reason.TOO_LONG
        case 429:
            return Reason.RATE_LIMITED
        case 400 | 422 | 500 if _CONTEXT.search(text):
            return Reason.TOO_LONG
        case 500 if _UNREADABLE.search(text):
            return Reason.INVALID_JSON
        case 400 if _FILTER.search(text):
            return Reason.REFUSED
        case None:
            slow = "no answer within" in error.message or "no time left" in error.message or "too slowly" in error.message
            away = any(word in error.message for word in ("no connection", "the proxy", "certificate"))
            return Reason.SLOW if slow else Reason.ABSENT if away else Reason.FAILED
    return Reason.FAILED
