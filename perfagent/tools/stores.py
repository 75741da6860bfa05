"""From configuration to the baseline store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from perfagent.adapters.stores import open_store
from perfagent.config.settings import Settings
from perfagent.ports.baseline_store import BaselineStore


def baseline_store(settings: Settings, directory: Path, environ: Mapping[str, str]) -> BaselineStore:
    return open_store(settings.baseline.store, directory=directory, environ=environ)
