"""What is needed to speak to a tracker, in plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perfagent.adapters.network import Limits, Network, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerAccess:
    """`provider` is a key of `trackers.TRACKERS`; `url` the site that people open; `api_url` only where it differs from it (a scoped
    Cloud token: `https://api.atlassian.com/ex/jira/CLOUDID`). `fields` are what the project demands, by id or name. `priorities` maps a
    severity to a priority's name or id. `on_recovery` is `comment` or `close`. `most_defects` may be created in one run."""

    provider: str
    url: str = ""
    api_url: str = ""
    flavor: str = "cloud"
    email: str = ""
    token: str = field(default="", repr=False)
    project: str = ""
    issue_type: str = "Bug"
    fields: Mapping[str, Any] = field(default_factory=dict)
    priorities: Mapping[str, str] = field(default_factory=lambda: {"critical": "Highest", "major": "High", "minor": "Medium"})
    on_recovery: str = "comment"
    most_defects: int = 5
    run_folder: Path | None = None
    network: Network = field(default_factory=Network)
    limits: Limits = field(default_factory=Limits)
    pace: Pace = field(default_factory=Pace)
