"""The inputs of the CI wrappers (GitHub action, GitLab template, CircleCI orb, Azure task): one for each setting, under one name in all.

A wrapper sets `PERFAGENT_WRAPPER` and hands its inputs on as `INPUT_<NAME>`. What nobody filled in arrives as empty text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from perfagent.config.reference import CONTEXT_VARIABLES, Setting, settings_reference
from perfagent.config.secret_names import SECRETS
from perfagent.config.settings import ENV_PREFIX
from perfagent.config.suggestions import did_you_mean

WRAPPER = "PERFAGENT_WRAPPER"
PREFIX = "INPUT_"
_OTHERS = frozenset({"ARGS", "ENTRYPOINT"})  # GitHub's own inputs of a container action

_SECRET_PURPOSES = {
    "github": "Token for comment and status on GitHub.",
    "gitlab": "Project access token with scope `api`, for comment and status on GitLab.",
    "azure_devops": "Token for comment and status on Azure Repos.",
    "bitbucket": "Token for comment and status on Bitbucket.",
    "jira": "Token for the defects in Jira.",
    "llm": "Key for the model's provider.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """`setting` is None for facts of the change and for secrets; `variable` is what it becomes."""

    name: str
    variable: str
    description: str
    setting: Setting | None = None
    secret: bool = False

    @property
    def section(self) -> str:
        if self.setting is None:
            return "secrets" if self.secret else "change"
        return self.setting.path[0] if len(self.setting.path) > 1 else "general"

    @property
    def verbatim(self) -> bool:
        """Whether a `$` in it belongs to perfagent (`$PORT`, `$window`), so that no CI may expand it."""
        return "`$" in self.description


@cache
def wrapper_inputs() -> tuple[Input, ...]:
    """Settings in the order of the configuration file, then the facts of the change."""
    settings = [Input(name="_".join(s.path), variable=s.env, description=s.description, setting=s) for s in settings_reference()]
    facts = [Input(name=_name(variable), variable=variable, description=text) for variable, text in CONTEXT_VARIABLES.items()]
    return (*settings, *facts)


@cache
def secret_inputs() -> Mapping[str, Input]:
    """By purpose (`github`, `jira`, ...), for the wrappers whose CI does not hand on the environment by itself."""
    return {
        purpose: Input(name=_name(variable), variable=variable, description=_SECRET_PURPOSES[purpose], secret=True)
        for purpose, variable in SECRETS.items()
    }


def with_inputs(env: Mapping[str, str]) -> dict[str, str]:
    """The environment with the wrapper's inputs under their own variables; an input that was given beats the variable. Outside a wrapper
    nothing changes: `INPUT_*` of somebody else's action is not ours."""
    out = dict(env)
    if env.get(WRAPPER):
        given = _given(env)
        out.update({i.variable: given[i.name] for i in (*wrapper_inputs(), *secret_inputs().values()) if i.name in given})
    return out


def origin(env: Mapping[str, str], setting: Setting) -> str:
    """What to call the place where a value of the environment was written: the input's name, or the variable's."""
    name = "_".join(setting.path)
    return f"input {name}" if env.get(WRAPPER) and name in _given(env) else setting.env


def unknown_inputs(env: Mapping[str, str]) -> list[str]:
    """One mistake for each input that is none: GitHub only warns of them, and a gate must not run without a limit that somebody set."""
    if not env.get(WRAPPER):
        return []
    known = [i.name for i in (*wrapper_inputs(), *secret_inputs().values())]
    return [f"input {name}: unknown{did_you_mean(name, known)}" for name in sorted(_given(env)) if name not in known]


def _given(env: Mapping[str, str]) -> dict[str, str]:
    """By name. GitHub keeps hyphens in the names of these variables."""
    return {
        name.removeprefix(PREFIX).replace("-", "_").lower(): value
        for name, value in env.items()
        if name.startswith(PREFIX) and value.strip() and name.removeprefix(PREFIX) not in _OTHERS
    }


def _name(variable: str) -> str:
    return variable.removeprefix(ENV_PREFIX).lower()
