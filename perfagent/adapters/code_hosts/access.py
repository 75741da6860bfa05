"""What is needed to speak to a code host, in plain values, so that this package knows neither CI nor configuration."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from perfagent.adapters.network import Limits, Network, Pace
from perfagent.ports.acceptance import LABEL


@dataclass(frozen=True, slots=True, kw_only=True)
class HostAccess:
    """`provider` is a key of `code_hosts.CODE_HOSTS`.

    | field | github | gitlab | azure_devops | bitbucket |
    |---|---|---|---|---|
    | `api_url` | `https://api.github.com` | `https://gitlab.com/api/v4` | `https://dev.azure.com/ORG/` | `https://api.bitbucket.org/2.0` |
    | `repository` | `owner/name` | path or id of the target project | repository id or name | `workspace/name` |
    | `project` | - | - | team project id or name | - |
    | `scheme` | `bearer` | `private`, `bearer`, `job` | `bearer`, `basic` (personal access token) | `bearer`, `basic` (`user:token`) |

    `author` is who we post as, where the token cannot tell (a GitHub App); `pipeline_id` is GitLab's, so that the status joins the
    running pipeline; `accept_label` is what a person sets to accept every regression; `run_folder` is where `local` writes.
    """

    provider: str
    api_url: str = ""
    repository: str = ""
    project: str = ""
    token: str = field(default="", repr=False)
    scheme: str = "bearer"
    author: str | None = None
    pipeline_id: str | None = None
    accept_label: str = LABEL
    run_folder: Path | None = None
    network: Network = field(default_factory=Network)
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)
