"""The forms a JSON Schema takes on its way to a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfagent.ports.language_model import JsonSchema

# OpenAI's and Azure's strict mode: these are refused by many models, so they are checked after the answer instead.
_BOUNDS = frozenset({"maxLength", "minLength", "minimum", "maximum", "minItems", "maxItems", "pattern", "format"})


def strict(schema: JsonSchema) -> dict[str, Any]:
    """Without bounds; every object closed and every key required, as strict mode wants it."""
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BOUNDS:
            continue
        if key == "properties":
            out[key] = {name: strict(part) for name, part in value.items()}
        elif key == "items":
            out[key] = strict(value)
        else:
            out[key] = value
    if isinstance(out.get("properties"), Mapping):
        out["required"] = list(out["properties"])
        out["additionalProperties"] = False
    return out
