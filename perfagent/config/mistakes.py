"""From what pydantic found to what a person can mend: place, key, what was wrong, what would be right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from perfagent.config.layers import Path, dotted, origin_of
from perfagent.config.reference import sections, setting_of, settings_reference
from perfagent.config.secret_names import looks_secret, where_secrets_go
from perfagent.config.suggestions import near_miss

_TYPES = {
    "int_parsing": "is not a whole number",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "float_parsing": "is not a number",
    "float_type": "is not a number",
    "bool_parsing": "is neither yes nor no; write true or false",
    "bool_type": "is neither yes nor no; write true or false",
    "string_type": "is not text",
    "dict_type": "is not a mapping; write NAME: VALUE pairs below it",
    "tuple_type": "is not a list; write for example [a, b]",
    "list_type": "is not a list; write for example [a, b]",
    "model_type": "is not a mapping; it has keys below it",
    "model_attributes_type": "is not a mapping; it has keys below it",
    "string_too_short": "is empty",
}


def explain_errors(errors: Iterable[Mapping[str, Any]], origins: Mapping[Path, str]) -> list[str]:
    """One line for each of pydantic's errors, in the order of the settings."""
    return [f"{_place(error['loc'], origins)}{_explain(error)}" for error in errors]


def _place(location: Sequence[str | int], origins: Mapping[Path, str]) -> str:
    origin = origin_of(origins, location)
    key = dotted(location)
    return f"{origin}: {key}: " if origin else f"{key}: "


def _explain(error: Mapping[str, Any]) -> str:
    path = tuple(str(part) for part in error["loc"])
    kind, value = error["type"], error.get("input")
    if kind == "extra_forbidden":
        return _unknown(path)
    if kind == "value_error":
        return str(error["msg"]).removeprefix("Value error, ")
    if kind in ("literal_error", "enum"):
        return _not_a_choice(path, value, str(error.get("ctx", {}).get("expected", "")))
    if kind in _TYPES:
        section = _keys_below(path) if kind.startswith("model") else ()
        more = f": {', '.join(section)}" if section else ""
        return f"{_said(path, value)}{_TYPES[kind]}{more}"
    if kind == "string_pattern_mismatch" and path[-1] == "ready":
        return f"{_said(path, value)}is not a path; write for example /healthz"
    return f"{_said(path, value)}{str(error['msg'])[:1].lower()}{str(error['msg'])[1:]}"


def _unknown(path: Path) -> str:
    if looks_secret(path[-1]):
        return where_secrets_go(path)
    beside = _keys_below(path[:-1])
    meant = near_miss(path[-1], beside)
    if meant:
        return f"unknown key; did you mean {dotted((*path[:-1], meant))}?"
    elsewhere = [s.key for s in settings_reference()] + list(sections())
    same_name = [key for key in elsewhere if key.rpartition(".")[2] == path[-1]]
    meant = same_name[0] if same_name else near_miss(dotted(path), elsewhere, cutoff=0.8)
    if meant:
        return f"unknown key; did you mean {meant}?"
    return f"unknown key; known here: {', '.join(beside)}" if beside else "unknown key"


def _keys_below(path: Path) -> tuple[str, ...]:
    depth = len(path)
    return tuple(dict.fromkeys(s.path[depth] for s in settings_reference() if s.path[:depth] == path and len(s.path) > depth))


def _not_a_choice(path: Path, value: object, expected: str) -> str:
    setting = setting_of(dotted(path))
    choices = setting.choices if setting else ()
    meant = near_miss(str(value), choices)
    listed = ", ".join(choices) or expected
    return f"{value!r} is not possible; write one of {listed}" + (f" (did you mean {meant}?)" if meant else "")


def _said(path: Path, value: object) -> str:
    """The value as it was written; not the one of a key that may hold a secret."""
    if any(looks_secret(part) for part in path) or isinstance(value, dict | list):
        return "the value " if not isinstance(value, dict | list) else ""
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} "
