"""From configuration, CI and secrets to an open host and tracker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from perfagent.ci.context import Context, Host, Provider
from perfagent.config.secrets import Secrets
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.tools.hosts import code_host, scheme
from perfagent.tools.trackers import tracker
from perfagent.tools.workspace import Workspace

JWT = "eyJ0eXAiOiJKV1Qi.eyJuYW1laWQi.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("provider", "token", "in_azure", "expected"),
    [
        ("github", "ghs_0123456789", False, "bearer"),
        ("gitlab", "glpat-0123456789", False, "private"),
        ("gitlab", "glcbt-64_0123456789", False, "job"),
        ("azure_devops", JWT, True, "bearer"),
        ("azure_devops", JWT, False, "bearer"),
        ("azure_devops", "a" * 52, True, "basic"),
        ("azure_devops", "A" * 76 + "AZDO" + "abcd", True, "basic"),
        ("azure_devops", "opaque", True, "bearer"),
        ("azure_devops", "opaque", False, "basic"),
        ("bitbucket", "ATCTT3xFfGN0", False, "bearer"),
        ("bitbucket", "bot@example.org:ATATT3xFfGF0", False, "basic"),
    ],
)
def test_a_token_is_shown_as_its_kind_wants(provider: str, token: str, in_azure: bool, expected: str) -> None:
    assert scheme(provider, token, in_azure=in_azure) == expected


@pytest.fixture
def workspace(tmp_path: Path) -> Callable[..., Workspace]:
    def make(*, secrets: dict[str, str] | None = None, context: Context | None = None, **settings: Any) -> Workspace:
        return Workspace(
            settings=Settings(service="shop", **settings),
            context=context or Context(provider=Provider.GITHUB, host=Host.GITHUB, repository="octo/shop", pull_request=7),
            secrets=Secrets(**{name: SecretStr(value) for name, value in (secrets or {}).items()}),
            directory=tmp_path,
            environ={},
            redact=str,
            now=lambda: datetime(2026, 11, 25, tzinfo=UTC),
            current=RunFolder(tmp_path / "run").create(),
        )

    return make


def test_host_and_tracker_stay_open_over_a_run(workspace: Callable[..., Workspace]) -> None:
    jira = {"url": "https://acme.example", "email": "bot@acme.example", "project": "PERF"}
    one = workspace(secrets={"github": "ghs_x", "jira": "ATATT"}, jira=jira)
    assert code_host(one).host is code_host(one).host
    assert tracker(one) is tracker(one)
    other = workspace(secrets={"github": "ghs_x", "jira": "ATATT"}, jira=jira)
    assert tracker(other) is not tracker(one)


def test_jira_takes_what_is_configured_and_keeps_the_other_priorities(workspace: Callable[..., Workspace]) -> None:
    jira = {
        "url": "https://acme.example",
        "api_url": "https://api.example/ex/jira/1",
        "email": "bot@acme.example",
        "project": "PERF",
        "priorities": {"major": "Dringend"},
        "cap": 2,
    }
    access = tracker(workspace(secrets={"jira": "ATATT"}, jira=jira))._access  # type: ignore[attr-defined]
    assert access.priorities == {"critical": "Highest", "major": "Dringend", "minor": "Medium"}
    assert (access.api_url, access.most_defects) == ("https://api.example/ex/jira/1", 2)


def test_a_severity_that_does_not_exist_is_a_mistake(workspace: Callable[..., Workspace]) -> None:
    with pytest.raises(ValueError, match="blocker; the severities are"):
        workspace(jira={"url": "https://a.example", "email": "a@b.example", "project": "P", "priorities": {"blocker": "1"}})


def test_the_author_is_the_configured_one(workspace: Callable[..., Workspace]) -> None:
    one = workspace(secrets={"github": "ghs_x"}, code_host={"author": "perf-bot[bot]"})
    assert code_host(one).host.author == "perf-bot[bot]"  # type: ignore[attr-defined]


def test_without_a_token_the_run_folder_stands_in_and_a_fork_is_told_the_way(workspace: Callable[..., Workspace]) -> None:
    context = Context(provider=Provider.GITHUB, host=Host.GITHUB, repository="octo/shop", pull_request=7, is_fork=True)
    opened = code_host(workspace(context=context))
    assert opened.host.name == "local"
    assert "GITHUB_TOKEN is not set" in opened.why_local
    assert "perfagent publish" in opened.why_local
