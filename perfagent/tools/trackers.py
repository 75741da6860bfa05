"""From configuration and secrets to the defect tracker; without one, the run folder takes the defect."""

from __future__ import annotations

from perfagent.adapters.trackers import TrackerAccess, open_tracker
from perfagent.ports.tracker import Tracker
from perfagent.tools.hosts import network
from perfagent.tools.workspace import Workspace


def tracker(workspace: Workspace) -> Tracker:
    jira, token = workspace.settings.jira, workspace.secrets.jira
    if not jira.url or token is None:
        return open_tracker(TrackerAccess(provider="local", run_folder=workspace.output().path))
    return open_tracker(
        TrackerAccess(
            provider="jira",
            url=jira.url,
            flavor=jira.flavor,
            email=jira.email or "",
            token=token.get_secret_value(),
            project=jira.project or "",
            issue_type=jira.issue_type,
            fields=jira.fields,
            on_recovery=jira.on_recovery,
            network=network(workspace),
        )
    )
