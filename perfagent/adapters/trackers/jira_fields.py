"""The fields of a new issue: ours, those the project demands, and a clear word for the one that is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from perfagent.adapters.http import HttpError

Meta = Sequence[Mapping[str, Any]]
# Never dropped: without them it is not our defect any more. Labels are how it is found again.
_KEPT = frozenset({"project", "issuetype", "summary", "description", "labels"})


def by_name_or_id(value: str) -> dict[str, str]:
    return {"id": value} if value.isdigit() else {"name": value}


def resolved(configured: Mapping[str, Any], meta: Meta) -> dict[str, Any]:
    """Field names become ids, and plain values the form that the field's type wants."""
    by_key = {str(f["fieldId"]).lower(): f for f in meta} | {str(f["name"]).lower(): f for f in meta}
    fields: dict[str, Any] = {}
    for name, value in configured.items():
        field = by_key.get(name.lower())
        fields[str(field["fieldId"]) if field else name] = _value(value, (field or {}).get("schema") or {})
    return fields


def _value(value: Any, schema: Mapping[str, Any]) -> Any:
    if isinstance(value, dict):
        return value
    kind = schema.get("type")
    if kind == "array":
        return [_value(v, {"type": schema.get("items")}) for v in (value if isinstance(value, list) else [value])]
    if kind in ("option", "option-with-child"):
        return {"value": str(value)}
    if kind in ("component", "version", "priority", "group"):
        return {"name": str(value)}
    if kind == "user":
        return {"accountId": str(value)}
    if kind == "number":
        return float(value)
    return value


def refused(error: HttpError) -> dict[str, str]:
    """Field to Jira's words, from a 400."""
    errors = error.body.get("errors") if isinstance(error.body, dict) else None
    return {str(k): str(v) for k, v in errors.items()} if isinstance(errors, dict) else {}


def without_refused(fields: Mapping[str, Any], error: HttpError, configured: Mapping[str, Any]) -> dict[str, Any] | None:
    """The same without the optional fields that Jira named; None where dropping cannot help."""
    named = refused(error)
    droppable = {f for f in named if f in fields and f not in _KEPT and f not in configured}
    if error.status != 400 or not droppable or droppable != set(named):
        return None
    return {k: v for k, v in fields.items() if k not in droppable}


def explained(error: HttpError, meta: Meta, *, project: str, issue_type: str) -> HttpError:
    """Names each field that Jira wants or refuses, and how to set it."""
    named = refused(error)
    if not named:
        return error
    known = {str(f["fieldId"]): f for f in meta}
    words, examples = [], []
    for key, said in named.items():
        field = known.get(key, {})
        name = str(field.get("name", key))
        words.append(f"{name} ({key}): {said}" if name != key else f"{key}: {said}")
        allowed = [str(v.get("value") or v.get("name") or v.get("id")) for v in field.get("allowedValues") or []]
        choice = f" (one of {', '.join(allowed[:8])}{', …' if len(allowed) > 8 else ''})" if allowed else ""
        examples.append(f"{key}: …{choice}")
    return HttpError(
        f"Jira does not create a {issue_type} in {project}: {'; '.join(words)}",
        hint=f"set it in the configuration: jira.fields: {{{', '.join(examples)}}}",
        status=error.status,
        body=error.body,
    )
