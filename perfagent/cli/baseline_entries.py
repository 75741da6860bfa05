"""From files and options to baseline entries, and which of them may go."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from perfagent import documents
from perfagent.adapters.stores.catalogue import Row, iso
from perfagent.ci.words import given
from perfagent.cli.saved_runs import find_files, read_runs, run_folder_of
from perfagent.cli.session import Session
from perfagent.config.quantities import parse_duration
from perfagent.errors import ConfigurationError, InputError
from perfagent.model.outcome import Outcome
from perfagent.model.run import Run
from perfagent.ports.baseline_store import BaselineEntry

_ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL", "CIRCLE_USERNAME", "BITBUCKET_STEP_TRIGGERER_UUID")
"""Who started the job, as each CI says it."""


def entry_of(session: Session, paths: Sequence[str], *, service: str, revision: str = "", entry_id: str = "") -> BaselineEntry:
    """Of a run folder its candidate; else the files as rounds of one job. Raises InputError for what cannot be a baseline."""
    runs = _usable_runs(session, paths)
    folder = run_folder_of(paths, session.cwd)
    outcome = _outcome(folder) if folder else None
    if outcome:
        service = service or outcome.service
        revision = revision or outcome.candidate_revision
        entry_id = entry_id or outcome.run_id
    if not service:
        raise ConfigurationError("it is not known whose runs these are", hint="give --service, or `service:` in .perfagent.yml")
    revision = revision or next((run.revision for run in runs if run.revision), "")
    recorded_at = min((run.started_at for run in runs if run.started_at), default=session.now())
    default_id = "-".join(part for part in (recorded_at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ"), revision[:8]) if part)
    return BaselineEntry(id=entry_id or default_id, service=service, revision=revision, recorded_at=recorded_at, runs=runs)


def accepted(session: Session, entry: BaselineEntry, *, by: str, reason: str, until: datetime | None) -> BaselineEntry:
    """`until` is a day; it is accepted to that day's end, UTC."""
    who = by.strip() or given(session.env, *_ACTORS)
    mistakes = []
    if not who:
        mistakes.append("--by: nobody is named, and no CI says who started this job")
    if not reason.strip():
        mistakes.append("--reason: is empty")
    end = until.replace(tzinfo=UTC) + timedelta(days=1) if until else None
    if end and end <= session.now():
        mistakes.append(f"--until: {until:%Y-%m-%d} is past")
    if mistakes:
        raise ConfigurationError("the acceptance is not complete", mistakes=mistakes)
    return replace(entry, accepted_by=who, accepted_reason=reason.strip(), expires_at=end)


def unwanted(rows: Sequence[Row], *, now: datetime, keep: int | None, older_than: str | None, ids: Sequence[str]) -> list[Row]:
    """Those named, expired, too old, or not among the newest `keep` of their service and kind; in the order of `rows`.

    The newest acceptance of a group stays with `keep`: without it what was measured before would be the baseline again.
    """
    try:
        oldest = iso(now - timedelta(seconds=parse_duration(older_than))) if older_than else ""
    except ValueError as error:
        raise ConfigurationError(f"--older-than: {error}") from error
    gone = {row.id for row in rows if row.id in ids or row.recorded_at < oldest or (row.expires_at and row.expires_at <= iso(now))}
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        if row.id not in gone:
            groups[(row.service, row.kind)].append(row)
    for group in groups.values() if keep else ():
        newest_first = sorted(group, key=lambda row: row.recorded_at)[::-1]  # of equals, the one added last
        anchor = next((row.id for row in newest_first if row.accepted), None)
        gone.update(row.id for row in newest_first[keep:] if row.id != anchor)
    return [row for row in rows if row.id in gone]


def _usable_runs(session: Session, paths: Sequence[str]) -> tuple[Run, ...]:
    try:
        files = find_files((), paths, cwd=session.cwd, paired=False)
    except InputError as error:
        raise InputError("there is nothing to remember", mistakes=[m.removeprefix("--candidate ") for m in error.mistakes]) from error
    _, runs = read_runs(files, paired=False, warmup=0.0, progress=session.console.progress)
    usable = tuple(run for run in runs if run.usable and run.requests)
    if not usable:
        reasons = sorted({problem for run in runs for problem in run.problems}) or ["no request was measured"]
        raise InputError("none of these runs can be a baseline", mistakes=reasons)
    for run in runs:
        if run not in usable:
            session.console.warn(f"{run.id} is left out: {'; '.join(run.problems) or 'no request was measured'}")
    return usable


def _outcome(folder: Path) -> Outcome | None:
    path = folder / "outcome.json"
    return documents.read(Outcome, path) if path.is_file() else None
