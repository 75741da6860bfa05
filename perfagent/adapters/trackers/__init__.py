"""Defect trackers, by name. Each is loaded when it is configured."""

from __future__ import annotations

from importlib import import_module

from perfagent.adapters.trackers.access import TrackerAccess
from perfagent.errors import ConfigurationError
from perfagent.ports.tracker import Tracker

__all__ = ["TRACKERS", "TrackerAccess", "open_tracker"]

TRACKERS = {
    "jira": "perfagent.adapters.trackers.jira:Jira",
    "local": "perfagent.adapters.trackers.local:LocalTracker",
}


def open_tracker(access: TrackerAccess) -> Tracker:
    """Opening asks nothing of the network. Raises ConfigurationError for an unknown name, OptionalServiceError for a bad address."""
    path = TRACKERS.get(access.provider)
    if path is None:
        raise ConfigurationError(f"unknown tracker {access.provider!r}", hint=f"known: {', '.join(TRACKERS)}")
    module, _, name = path.partition(":")
    tracker: Tracker = getattr(import_module(module), name)(access)
    return tracker
