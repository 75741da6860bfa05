"""Policy in a pull request comes from the base revision, so that no change can loosen the gate that judges it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from perfagent.config.layers import Layer, dotted
from perfagent.config.mistakes import explain_errors
from perfagent.config.reference import is_text
from perfagent.config.settings import Settings
from perfagent.config.yaml_file import read_yaml
from perfagent.errors import ConfigurationError

POLICY_KEYS = ("gate", "baseline", "publish", "rounds.min", "rounds.max", "mode")
"""What decides whether a change is blocked, and what may be written where."""


def policy_from(base_yaml_text: str, *, name: str = ".perfagent.yml of the base revision") -> dict[str, Any]:
    """The policy part of a configuration file, nested as in the file; what it does not name is left to defaults.

    Raises ConfigurationError when the base's file cannot be read.
    """
    layer = read_yaml(base_yaml_text, name=name, is_text=is_text)
    policy: dict[str, Any] = {}
    for key in POLICY_KEYS:
        value = _at(layer.values, key)
        if value is not None:
            _put(policy, key, value)
    mistakes = list(layer.mistakes)
    try:
        Settings(**policy)
    except ValidationError as error:
        mistakes += explain_errors(error.errors(include_url=False), layer.origins)
    if mistakes:
        raise ConfigurationError(f"{name} cannot be read, and policy comes from there", mistakes=mistakes)
    return policy


def under_policy(layer: Layer, policy: Mapping[str, Any]) -> Layer:
    """The file's layer with all policy as `policy` has it; keys of policy that only the file has are taken out."""
    values: dict[str, Any] = {key: dict(value) if isinstance(value, Mapping) else value for key, value in layer.values.items()}
    for key in POLICY_KEYS:
        section, _, name = key.partition(".")
        inner = values.get(section)
        if not name:
            values.pop(section, None)
        elif isinstance(inner, dict):
            inner.pop(name, None)
        value = _at(policy, key)
        if value is not None:
            _put(values, key, value)
    return Layer(values=values, origins=layer.origins, mistakes=layer.mistakes)


def differs(base_yaml_text: str, head_yaml_text: str) -> list[str]:
    """Keys of policy whose meaning the change touches (`gate.max_regression`); `10%` and `0.1` are the same. A file that cannot be read
    differs as a whole."""
    try:
        base, head = (Settings(**policy_from(text)).model_dump(mode="python") for text in (base_yaml_text, head_yaml_text))
    except ConfigurationError:
        return list(POLICY_KEYS) if base_yaml_text != head_yaml_text else []
    changed = []
    for key in POLICY_KEYS:
        before, after = _leaves(_at(base, key), key), _leaves(_at(head, key), key)
        changed += sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    return changed


def _leaves(value: Any, key: str) -> dict[str, Any]:
    if isinstance(value, Mapping):
        out: dict[str, Any] = {}
        for name, inner in value.items():
            out.update(_leaves(inner, dotted((key, name))))
        return out
    return {key: value}


def _at(values: Mapping[str, Any], key: str) -> Any:
    value: Any = values
    for part in key.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _put(values: dict[str, Any], key: str, value: Any) -> None:
    section, _, name = key.partition(".")
    if name:
        values.setdefault(section, {})[name] = value
    else:
        values[section] = value
