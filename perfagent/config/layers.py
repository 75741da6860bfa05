"""Where values come from: each layer is nested values plus, for every key, the place to name when it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """`origins` maps a key path to `.perfagent.yml:7`, `PERFAGENT_MODE` or `--mode`; `mistakes` are those found while reading."""

    values: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[Path, str] = field(default_factory=dict)
    mistakes: Sequence[str] = ()


def dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path)


def put(values: dict[str, Any], path: Path, value: Any) -> None:
    """Set a nested key; a scalar in the way is replaced."""
    for part in path[:-1]:
        inner = values.get(part)
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    values[path[-1]] = value


def merged(layers: Sequence[Layer]) -> Layer:
    """Later layers win key by key; lists are replaced as a whole."""
    values: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    mistakes: list[str] = []
    for layer in layers:
        values = _merge(values, layer.values)
        origins.update(layer.origins)
        mistakes.extend(layer.mistakes)
    return Layer(values=values, origins=origins, mistakes=tuple(mistakes))


def origin_of(origins: Mapping[Path, str], path: Sequence[str | int]) -> str | None:
    """The place of `path`, or of the nearest key above it that has one."""
    parts = tuple(str(part) for part in path)
    for length in range(len(parts), 0, -1):
        if parts[:length] in origins:
            return origins[parts[:length]]
    return None


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(low)
    for key, value in high.items():
        below = out.get(key)
        out[key] = _merge(below, value) if isinstance(below, Mapping) and isinstance(value, Mapping) else value
    return out
