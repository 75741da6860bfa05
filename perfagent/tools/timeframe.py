"""Timeframes as the tools take them: `START/END` in ISO 8601, a length up to now (`15m`), or `run`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from perfagent.config.quantities import parse_duration
from perfagent.errors import InputError
from perfagent.tools.workspace import Workspace

_EXAMPLES = "write START/END in ISO 8601, a length such as 15m, or run"


def window(workspace: Workspace, timeframe: str) -> tuple[datetime, datetime]:
    """Half-open, in UTC. Raises InputError that shows the three forms."""
    text = timeframe.strip()
    if text == "run":
        return _of_latest_run(workspace)
    if "/" in text:
        first, _, last = text.partition("/")
        start, end = _moment(first), _moment(last)
        if end <= start:
            raise InputError(f"timeframe {timeframe!r} ends before it begins", hint=_EXAMPLES)
        return start, end
    try:
        length = parse_duration(text, unit_needed=True)
    except ValueError as error:
        raise InputError(f"timeframe {timeframe!r}: {error}", hint=_EXAMPLES) from error
    now = workspace.now()
    return now - timedelta(seconds=length), now


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise InputError(f"{text!r} is no ISO 8601 time", hint=_EXAMPLES) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _of_latest_run(workspace: Workspace) -> tuple[datetime, datetime]:
    folder = workspace.folder("latest")
    runs = [run for side in folder.read_runs() for run in side if run.started_at]
    if not runs:
        raise InputError(f"run {folder.run_id} holds no measured round yet", hint=_EXAMPLES)
    starts = [run.started_at for run in runs if run.started_at]
    ends = [run.started_at + timedelta(seconds=run.duration + run.warmup) for run in runs if run.started_at]
    return min(starts), max(ends)
