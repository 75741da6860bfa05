"""Which CI this is: a pure function of the environment that is passed in. The first that matches wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from perfagent.ci.azure import azure
from perfagent.ci.bitbucket import bitbucket
from perfagent.ci.circleci import circleci
from perfagent.ci.context import Context
from perfagent.ci.github import github
from perfagent.ci.gitlab import gitlab
from perfagent.ci.words import branch_name, given, number

ReadText = Callable[[str], str]
Reader = Callable[[Mapping[str, str], ReadText], Context]

PROVIDERS: tuple[tuple[str, str, Reader], ...] = (
    ("GITHUB_ACTIONS", "true", github),
    ("GITLAB_CI", "true", gitlab),
    ("TF_BUILD", "true", azure),
    ("CIRCLECI", "true", circleci),
    ("BITBUCKET_BUILD_NUMBER", "", bitbucket),
)
"""Marker variable, its value in lower case (empty: any), and who reads the rest."""


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def detect(env: Mapping[str, str], *, read_text: ReadText = _read) -> Context:
    """What CI says, overridden by `PERFAGENT_PULL_REQUEST`, `PERFAGENT_BASE_REVISION`, `PERFAGENT_BASE_BRANCH`,
    `PERFAGENT_DEFAULT_BRANCH`. Outside CI the provider is `local`, and git fills in the rest."""
    context = Context()
    for marker, value, reader in PROVIDERS:
        found = env.get(marker, "").strip().lower()
        if found and (not value or found == value):
            context = reader(env, read_text)
            break
    return _overridden(context, env)


def _overridden(context: Context, env: Mapping[str, str]) -> Context:
    pull_request = number(given(env, "PERFAGENT_PULL_REQUEST"))
    default_name = branch_name(given(env, "PERFAGENT_DEFAULT_BRANCH")) or context.default_branch_name
    context = replace(
        context,
        pull_request=context.pull_request if pull_request is None else pull_request,
        base_revision=given(env, "PERFAGENT_BASE_REVISION") or context.base_revision,
        base_branch=branch_name(given(env, "PERFAGENT_BASE_BRANCH")) or context.base_branch,
        default_branch_name=default_name,
    )
    if context.pull_request is not None:
        return replace(context, default_branch=False)
    if default_name and context.branch:
        return replace(context, default_branch=context.branch == default_name and not context.is_fork)
    return context
