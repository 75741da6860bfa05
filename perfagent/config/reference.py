"""Every setting once: key, environment variable, flag, type, default, description. Documentation, flags and CI wrappers come from here
or are tested against it."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from perfagent.config.fields import Kind
from perfagent.config.quantities import format_duration, format_fraction
from perfagent.config.settings import ENV_DELIMITER, ENV_PREFIX, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """`type` is a word for people; `choices` are the only values it takes, if there are such; `default` is shown as one would write it."""

    key: str
    env: str
    flag: str
    type: str
    default: str
    description: str
    choices: tuple[str, ...] = ()

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(self.key.split("."))

    @property
    def repeatable(self) -> bool:
        return self.type in ("list", "mapping")


CONTEXT_VARIABLES = {
    "PERFAGENT_PULL_REQUEST": "Number of the pull request, where CI does not say it.",
    "PERFAGENT_BASE_REVISION": "Revision to compare with, where CI does not say it.",
    "PERFAGENT_BASE_BRANCH": "Branch that the pull request goes to, where CI does not say it.",
    "PERFAGENT_DEFAULT_BRANCH": "The repository's default branch, where CI does not say it.",
    "PERFAGENT_CONFIG": "The configuration file, by default `.perfagent.yml`.",
}
"""Other variables of perfagent's that are neither settings nor secrets (facts of the change, not policy)."""


@cache
def settings_reference() -> tuple[Setting, ...]:
    """In the order of the configuration file."""
    return tuple(_settings(Settings, ()))


@cache
def sections() -> tuple[str, ...]:
    """The keys that have keys below them."""
    return tuple(dict.fromkeys(".".join(s.path[:depth]) for s in settings_reference() for depth in range(1, len(s.path))))


def setting_of(key: str) -> Setting | None:
    return next((s for s in settings_reference() if s.key == key), None)


def is_text(path: tuple[str, ...]) -> bool:
    """Whether the value at `path` is taken as it was written (`ref: 0123456` is no octal number, `flag: yes` no boolean) and read by the
    settings' own types. Only Jira's fields go on to someone else's API, which wants numbers as numbers."""
    return path[:2] != ("jira", "fields")


def _settings(model: type[BaseModel], above: tuple[str, ...]) -> Iterator[Setting]:
    for name, info in model.model_fields.items():
        path = (*above, name)
        section = _section(info)
        if section:
            yield from _settings(section, path)
            continue
        kind, choices = _type(info)
        yield Setting(
            key=".".join(path),
            env=ENV_PREFIX + ENV_DELIMITER.join(path).upper(),
            flag="--" + "-".join(path).replace("_", "-"),
            type=kind,
            default=_shown(info.get_default(call_default_factory=True), kind),
            description=info.description or "",
            choices=choices,
        )


def _section(info: FieldInfo) -> type[BaseModel] | None:
    annotation = info.annotation
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _type(info: FieldInfo) -> tuple[str, tuple[str, ...]]:
    kinds = [m.name for m in info.metadata if isinstance(m, Kind)]
    annotation: Any = info.annotation
    if get_origin(annotation) in (Union, types.UnionType):
        inner = next(a for a in get_args(annotation) if a is not type(None))
        kinds += [m.name for m in getattr(inner, "__metadata__", ()) if isinstance(m, Kind)]
        annotation = inner
    if kinds:
        return kinds[0], ()
    if get_origin(annotation) is Literal:
        return "choice", tuple(str(a) for a in get_args(annotation))
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return "choice", tuple(member.value for member in annotation)
    if get_origin(annotation) is dict:
        return "mapping", ()
    return {str: "text", int: "number", float: "number", bool: "yes/no"}[annotation], ()


def _shown(value: object, kind: str) -> str:
    if value is None or value is PydanticUndefined or value in ("", (), {}):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if kind == "duration" and isinstance(value, float):
        return format_duration(value)
    if kind == "percentage" and isinstance(value, float):
        return format_fraction(value)
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
