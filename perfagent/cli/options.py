"""Options that several commands share. Those of the settings are made from the reference, so that none is missing or misspelt."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from perfagent.config.reference import Setting, settings_reference

F = TypeVar("F", bound=Callable[..., Any])

SHORT_FLAGS = {"gate.max_regression": "--max-regression", "gate.confidence": "--confidence", "rounds.warmup": "--warmup"}
"""Second names for the settings that people change by hand most."""

_SHOWN = ("service", "scenario", "mode", "target", "rounds", "gate", "baseline")


def _from_environment(ctx: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Not click's own `envvar`, which would read the process's environment past the session's."""
    named = ctx.obj.env.get("PERFAGENT_CONFIG", "") if ctx.obj is not None else ""
    return value or (Path(named) if named else None)


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path),
    callback=_from_environment,
    metavar="FILE",
    help="Configuration file; by default PERFAGENT_CONFIG, else .perfagent.yml, if there.",
)


def settings_options(function: F) -> F:
    """Adds a flag for every setting; the function gets them as `flags`, a mapping from key (`gate.max_regression`) to what was given."""
    return flags_of(tuple(s.key for s in settings_reference()))(function)


def flags_of(keys: tuple[str, ...]) -> Callable[[F], F]:
    """Adds the flags of some settings only."""
    chosen = [setting for setting in settings_reference() if setting.key in keys]

    def decorate(function: F) -> F:
        @wraps(function)
        def call(*arguments: Any, **values: Any) -> Any:
            flags = {setting.key: values.pop(_parameter(setting)) for setting in chosen}
            return function(*arguments, flags=flags, **values)

        decorated: Any = call
        for setting in reversed(chosen):
            decorated = _option(setting)(decorated)
        return decorated  # type: ignore[no-any-return]

    return decorate


def _option(setting: Setting) -> Callable[[Any], Any]:
    names = [setting.flag, *([SHORT_FLAGS[setting.key]] if setting.key in SHORT_FLAGS else [])]
    default = f" [default: {setting.default}]" if setting.default else ""
    if setting.type == "yes/no":
        names = [f"{setting.flag}/--no-{setting.flag.removeprefix('--')}"]
    return click.option(
        *names,
        _parameter(setting),
        default=None,
        is_flag=setting.type == "yes/no",
        multiple=setting.repeatable,
        metavar=None if setting.type == "yes/no" else _metavar(setting),
        help=setting.description.replace("`", "") + default,
        hidden=setting.key.partition(".")[0] not in _SHOWN,
    )


def _parameter(setting: Setting) -> str:
    return "setting_" + "_".join(setting.path)


def _metavar(setting: Setting) -> str:
    """Values are read by the settings themselves, so that a flag says the same as a variable or the file, with all mistakes at once."""
    if setting.choices:
        return "|".join(setting.choices)
    return {"mapping": "NAME=VALUE", "percentage": "PERCENT", "yes/no": ""}.get(setting.type, setting.type.upper())
