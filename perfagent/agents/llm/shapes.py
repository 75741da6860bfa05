"""One bounded schema per role. Ids are words to choose from, so that a grammar cannot even spell one that does not exist."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from perfagent.agents.llm.dossier import Dossier
from perfagent.model.diagnosis import Cause
from perfagent.ports.language_model import JsonSchema

MECHANISM = 280
REASON = 240
REPLACEMENT = 1500
_LAST_LINE = 999_999


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


def _text(most: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": most}


def _ids(ids: Sequence[str], most: int = 4) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string", "enum": list(ids) or ["none"]}, "maxItems": most}


_SHARE = {"type": "number", "minimum": 0, "maximum": 1}
_LINE = {"type": "integer", "minimum": 1, "maximum": _LAST_LINE}


def triage(dossier: Dossier) -> JsonSchema:
    causes = {"type": "string", "enum": [cause.value for cause in Cause]}
    return _object(cause=causes, confidence=_SHARE, reason=_text(REASON), evidence=_ids(list(dossier.evidence)))


def code(dossier: Dossier) -> JsonSchema:
    names = {"type": "string", "enum": [c.id for c in dossier.candidates] or ["none"]}
    suspect = _object(candidate=names, mechanism=_text(MECHANISM), evidence=_ids(list(dossier.evidence)))
    return _object(suspects={"type": "array", "items": suspect, "maxItems": 3})


def environment(dossier: Dossier) -> JsonSchema:
    return _object(environment={"type": "boolean"}, confidence=_SHARE, mechanism=_text(MECHANISM), evidence=_ids(list(dossier.evidence)))


def remedy() -> JsonSchema:
    return _object(summary=_text(REASON), patch={"type": "boolean"}, first_line=_LINE, last_line=_LINE, replacement=_text(REPLACEMENT))


def longest(schema: JsonSchema) -> int:
    """Characters of the longest answer that a schema allows; what room an answer can need at all."""
    if "enum" in schema:
        return max(len(json.dumps(word, ensure_ascii=False)) for word in schema["enum"])
    match schema["type"]:
        case "object":
            return 2 + sum(len(json.dumps(key)) + 4 + longest(part) for key, part in schema["properties"].items())
        case "array":
            return 2 + int(schema["maxItems"]) * (2 + longest(schema["items"]))
        case "string":
            return 2 + int(schema["maxLength"])
    return 10


def spelled(schema: JsonSchema) -> str:
    """The shape in words for the prompt: a grammar forces it, but only words explain it."""
    if "enum" in schema:
        some = [json.dumps(word) for word in schema["enum"][:8]]
        return " | ".join(some) + (" | …" if len(schema["enum"]) > 8 else "")
    match schema["type"]:
        case "object":
            return "{" + ", ".join(f"{json.dumps(key)}: {spelled(part)}" for key, part in schema["properties"].items()) + "}"
        case "array":
            return f"[at most {schema['maxItems']} of {spelled(schema['items'])}]"
        case "string":
            return f'"text of at most {schema["maxLength"]} characters"'
        case "boolean":
            return "true | false"
        case "integer":
            return "a whole number"
    return "a number from 0 to 1"
