"""What CI says about this job: which change, of what, against what. Facts only; secrets are not in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Provider(StrEnum):
    """The CI system the job runs in."""

    GITHUB = "github"
    GITLAB = "gitlab"
    CIRCLECI = "circleci"
    AZURE = "azure"
    BITBUCKET = "bitbucket"
    LOCAL = "local"


class Host(StrEnum):
    """Where the code and the pull request live; not always the CI's own (CircleCI has none, Azure Pipelines builds GitHub too)."""

    GITHUB = "github"
    GITLAB = "gitlab"
    AZURE = "azure"
    BITBUCKET = "bitbucket"
    UNKNOWN = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Empty text or None: CI does not say. Branches are bare names (`main`, not `refs/heads/main`).

    `repository` is what the code host's API wants: `owner/name`, GitLab's project id or path, Azure's repository id.
    `head_revision` is the change's own commit, never a merge commit that CI made for the test.
    `default_branch` says whether this job runs on the repository's default branch itself (only there are baselines written);
    None where CI does not say, and then the branch's name decides.
    """

    provider: Provider = Provider.LOCAL
    host: Host = Host.UNKNOWN
    repository: str = ""
    project: str = ""
    pull_request: int | None = None
    base_revision: str = ""
    base_branch: str = ""
    head_revision: str = ""
    branch: str = ""
    default_branch_name: str = ""
    default_branch: bool | None = None
    is_fork: bool = False
    job_url: str = ""
    artifact_url: str = ""
    server_url: str = ""
    api_url: str = ""
    notes: tuple[str, ...] = ()
    """What could not be read, for the log."""
