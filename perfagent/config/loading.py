"""`load`: the four layers into one frozen `Settings`, or one error with every mistake."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from perfagent.config.environment import environment_layer, flags_layer
from perfagent.config.layers import Layer, merged, origin_of
from perfagent.config.mistakes import explain_errors
from perfagent.config.policy import under_policy
from perfagent.config.reference import is_text
from perfagent.config.settings import Settings
from perfagent.config.yaml_file import read_yaml
from perfagent.errors import ConfigurationError

FILE_NAMES = (".perfagent.yml", ".perfagent.yaml")


def load(
    *,
    file: Path | None,
    env: Mapping[str, str],
    flags: Mapping[str, Any],
    cwd: Path,
    needs: Collection[str] = (),
    policy: Mapping[str, Any] | None = None,
    check_files: bool = True,
) -> Settings:
    """Defaults < `file` (else `.perfagent.yml` in `cwd`, if there) < `env` < `flags` (by key, `gate.max_regression`).

    `needs` are keys that the calling command cannot do without (`scenario`, `target.candidate`). `policy` (from `policy_from`) takes the
    place of the file's own policy. `check_files`: files that are named must be there. Raises ConfigurationError with all mistakes at once.
    """
    in_file = _file_layer(file, cwd)
    if policy is not None:
        in_file = under_policy(in_file, policy)
    layers = merged([in_file, environment_layer(env), flags_layer(flags)])
    mistakes = list(layers.mistakes)
    settings: Settings | None = None
    try:
        settings = Settings(**layers.values)
    except ValidationError as error:
        mistakes += explain_errors(error.errors(include_url=False), layers.origins)
    if check_files:
        mistakes += _missing_files(layers, cwd)
    if settings:
        mistakes += [_need(key) for key in needs if _absent(settings, key)]
    if mistakes or settings is None:
        count = "a mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise ConfigurationError(
            f"the configuration has {count}",
            mistakes=mistakes,
            hint="`perfagent schema configuration` and docs/configuration.md list all keys",
        )
    return settings


def find_file(cwd: Path) -> Path | None:
    return next((path for name in FILE_NAMES if (path := cwd / name).is_file()), None)


def _file_layer(file: Path | None, cwd: Path) -> Layer:
    path = cwd / file if file else find_file(cwd)
    if path is None:
        return Layer()
    shown = str(file or path.name)
    try:
        return read_yaml(path.read_text(encoding="utf-8"), name=shown, is_text=is_text)
    except OSError as error:
        return Layer(
            mistakes=(f"{shown}: cannot be read: {error.strerror or error}; name the file with --config, or run `perfagent init`",)
        )
    except UnicodeDecodeError:
        return Layer(mistakes=(f"{shown}: is not UTF-8 text",))


def _missing_files(layers: Layer, cwd: Path) -> list[str]:
    """Read from the layers, so that a missing scenario is told together with other mistakes."""
    code_host = layers.values.get("code_host")
    named = {
        ("scenario",): layers.values.get("scenario"),
        ("code_host", "ca"): code_host.get("ca") if isinstance(code_host, Mapping) else None,
    }
    mistakes = []
    for path, value in named.items():
        if isinstance(value, str) and value and not (cwd / value).is_file():
            origin = origin_of(layers.origins, path)
            what = "is a folder, not a file" if (cwd / value).is_dir() else "does not exist"
            mistakes.append(f"{origin}: {'.'.join(path)}: {value} {what}{_similar_file(cwd, value)}")
    return mistakes


def _similar_file(cwd: Path, value: str) -> str:
    """Scripts beside or below, which may be meant."""
    folder = (cwd / value).parent
    suffix = Path(value).suffix
    if not suffix or not folder.is_dir():
        return ""
    names = sorted(p.name for p in folder.glob(f"*{suffix}"))[:3]
    return f"; in {Path(value).parent} there is {', '.join(names)}" if names else ""


def _absent(settings: Settings, key: str) -> bool:
    value: Any = settings
    for part in key.split("."):
        value = getattr(value, part)
    return not (value.given if hasattr(value, "given") else value)


def _need(key: str) -> str:
    examples = {
        "scenario": "name the k6 script, for example `scenario: k6/checkout.js`",
        "target.candidate": "give target.candidate.url (already up) or target.candidate.command (perfagent starts it)",
    }
    return f"{key}: is needed and not set; {examples.get(key, f'set {key}')}"
