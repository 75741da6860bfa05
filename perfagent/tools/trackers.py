"""From configuration and secrets to the defect tracker; without one, the run folder takes the defect."""

from __future__ import annotations

from typing import cast

from perfagent.adapters.trackers import TrackerAccess, open_tracker
from perfagent.ports.tracker import Tracker
from perfagent.tools.hosts import network
from perfagent.tools.workspace import Workspace


def tracker(workspace: Workspace) -> Tracker:
    """Jira is opened once a server: its cap counts the defects of a whole run. Opening asks nothing of the network."""
    if not configured(workspace):
        return open_tracker(TrackerAccess(provider="local", run_folder=workspace.output().path))
    if "tracker" not in workspace.opened:
        workspace.opened["tracker"] = open_tracker(_access(workspace))
    return cast(Tracker, workspace.opened["tracker"])


def problems(opened: Tracker) -> list[str]:
    """What went wrong beside the defect itself since the last question (a picture that could not be attached, a link)."""
    held: list[str] = getattr(opened, "problems", [])
    said = list(held)
    held.clear()
    return said


def configured(workspace: Workspace) -> bool:
    return bool(workspace.settings.jira.url) and workspace.secrets.jira is not None


def _access(workspace: Workspace) -> TrackerAccess:
    jira, token = workspace.settings.jira, workspace.secrets.jira
    defaults = TrackerAccess(provider="jira")
    return TrackerAccess(
        provider="jira",
        url=jira.url or "",
        api_url=jira.api_url or "",
        flavor=jira.flavor,
        email=jira.email or "",
        token=token.get_secret_value() if token else "",
        project=jira.project or "",
        issue_type=jira.issue_type,
        fields=jira.fields,
        priorities={**defaults.priorities, **jira.priorities},
        on_recovery=jira.on_recovery,
        most_defects=jira.cap,
        network=network(workspace),
        limits=workspace.limits,
        pace=workspace.pace,
    )
