"""The layers of `PERFAGENT_*` variables and of flags. Both know only text, so lists and mappings have a written form there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from perfagent.config.inputs import WRAPPER, origin, unknown_inputs
from perfagent.config.layers import Layer, Path, put
from perfagent.config.reference import CONTEXT_VARIABLES, Setting, is_text, setting_of, settings_reference
from perfagent.config.secret_names import SECRET_VARIABLES
from perfagent.config.settings import ENV_DELIMITER, ENV_PREFIX
from perfagent.config.suggestions import near_miss
from perfagent.config.yaml_file import read_yaml


def environment_layer(env: Mapping[str, str]) -> Layer:
    """Settings from `PERFAGENT_*`. An empty variable is not given: CI passes inputs that nobody filled in as empty text."""
    values: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    mistakes: list[str] = []
    for setting in settings_reference():
        text = env.get(setting.env, "")
        if not text.strip():
            continue
        try:
            put(values, setting.path, _from_text(setting, text))
        except ValueError as error:
            mistakes.append(f"{origin(env, setting)}: {error}")
        origins[setting.path] = origin(env, setting)
    return Layer(values=values, origins=origins, mistakes=(*mistakes, *_misspelt(env), *unknown_inputs(env)))


def flags_layer(flags: Mapping[str, Any]) -> Layer:
    """Settings from flags by key (`gate.max_regression`); None and empty tuples are not given."""
    values: dict[str, Any] = {}
    origins: dict[Path, str] = {}
    mistakes: list[str] = []
    for key, value in flags.items():
        setting = setting_of(key)
        if setting is None:
            raise KeyError(f"{key} is not a setting")
        if value is None or (isinstance(value, tuple | list) and not value):
            continue
        origins[setting.path] = setting.flag
        try:
            put(values, setting.path, _from_flag(setting, value))
        except ValueError as error:
            mistakes.append(f"{setting.flag}: {error}")
    return Layer(values=values, origins=origins, mistakes=mistakes)


def _from_text(setting: Setting, text: str) -> Any:
    if setting.type == "mapping":
        return _mapping(setting, text)
    if setting.type == "list" and text.lstrip().startswith("["):
        return _yaml(setting, text)
    return text.strip()


def _from_flag(setting: Setting, value: Any) -> Any:
    if setting.type == "mapping" and isinstance(value, tuple | list):
        out: dict[str, Any] = {}
        for text in value:
            out.update(_mapping(setting, text))
        return out
    if setting.type == "list" and isinstance(value, tuple | list) and len(value) == 1:
        return _from_text(setting, value[0])
    return list(value) if isinstance(value, tuple) else value


def _mapping(setting: Setting, text: str) -> dict[str, Any]:
    """`{"GET /cart p95": 300ms}`, `GET /cart p95: 300ms`, or `GET /cart p95=300ms`, one a line."""
    if not text.lstrip().startswith("{"):
        pairs = [line.partition("=") for line in map(str.strip, text.splitlines()) if line]
        if pairs and all(mark and name.strip() and ": " not in name for name, mark, _ in pairs):
            return {name.strip(): _yaml_value(setting, name.strip(), value.strip()) for name, _, value in pairs}
    read = _yaml(setting, text)
    if not isinstance(read, dict):
        raise ValueError(f'{text.strip()!r} is not a mapping; write NAME=VALUE, one a line, or {{"NAME": "VALUE"}}')
    return read


def _yaml_value(setting: Setting, name: str, text: str) -> Any:
    if is_text((*setting.path, name)) and not text.startswith(("{", "[")):
        return text
    return _yaml(setting, text)


def _yaml(setting: Setting, text: str) -> Any:
    layer = read_yaml("value:\n  " + text.strip().replace("\n", "\n  "), name="", is_text=lambda path: is_text((*setting.path, *path[1:])))
    if layer.mistakes:
        raise ValueError(f"cannot be read: {layer.mistakes[0].rpartition(': ')[2]}")
    return layer.values.get("value")


def _misspelt(env: Mapping[str, str]) -> list[str]:
    """Variables that look like a setting and are none. Others that begin with PERFAGENT_ may be a team's own (an image's name, ...)."""
    known = [s.env for s in settings_reference()]
    others = {*CONTEXT_VARIABLES, *SECRET_VARIABLES, WRAPPER}
    mistakes = []
    for name in sorted(env):
        if not name.startswith(ENV_PREFIX) or name in known or name in others:
            continue
        meant = near_miss(name, [*known, *others], cutoff=0.85)
        if meant or ENV_DELIMITER in name:
            mistakes.append(f"{name}: unknown variable" + (f"; did you mean {meant}?" if meant else ""))
    return mistakes
