"""`perfagent baseline`: the remembered runs of the default branch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from perfagent.cli.options import config_option, flags_of
from perfagent.cli.session import Session

if TYPE_CHECKING:
    from perfagent.adapters.stores.blob_store import BlobStore
    from perfagent.config.settings import Settings

F = TypeVar("F", bound=Callable[..., Any])

_formats = click.option(
    "--format", type=click.Choice(["table", "json"]), default="table", show_default=True, help="For people or for programs."
)


def _configured(function: F) -> F:
    return config_option(flags_of(("service", "baseline.store"))(function))


@click.group("baseline", short_help="List, show, add, accept or prune remembered runs.")
def command() -> None:
    """The runs of the default branch that later changes are compared with where no base can run."""


@command.command("list")
@_configured
@_formats
@click.pass_obj
def list_entries(session: Session, config: Path | None, flags: dict[str, Any], format: str) -> int:
    """What is remembered, one line a job, in the order it was added."""
    from perfagent.cli.baseline_view import as_json, entry_table

    settings, store = _open(session, config, flags)
    rows = [row for row in store.rows() if not settings.service or row.service == settings.service]
    session.console.table(as_json(rows) if format == "json" else entry_table(rows))
    if not rows:
        session.console.say(f"no run{f' of {settings.service}' if settings.service else ''} is remembered in {settings.baseline.store}")
    return _told(session, store)


@command.command("show")
@click.argument("entry_id", metavar="ID")
@_configured
@_formats
@click.pass_obj
def show_entry(session: Session, entry_id: str, config: Path | None, flags: dict[str, Any], format: str) -> int:
    """One remembered job: where it ran, and each endpoint's latency."""
    from perfagent.cli.baseline_view import entry_page
    from perfagent.documents import to_json

    _, store = _open(session, config, flags)
    entry = store.entry(entry_id)
    _told(session, store)
    if entry is None:
        raise _unknown(store, [entry_id])
    session.console.table(to_json(entry) if format == "json" else entry_page(entry))
    return 0


@command.command("add")
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--revision", default="", help="The revision that was measured, where the files do not say.")
@click.option("--id", "entry_id", default="", help="Under which name it is remembered. [default: the run's, else by revision and time]")
@_configured
@click.pass_obj
def add_entry(session: Session, paths: tuple[str, ...], revision: str, entry_id: str, config: Path | None, flags: dict[str, Any]) -> int:
    """Remember the candidate of a run folder, or saved k6 outputs and run.json files of one job."""
    from perfagent.cli.baseline_entries import entry_of

    settings, store = _open(session, config, flags)
    entry = entry_of(session, paths, service=settings.service, revision=revision, entry_id=entry_id)
    store.add(entry)
    session.console.say(
        f"remembered {entry.id}: {len(entry.runs)} rounds of {entry.service}, revision {entry.revision[:12] or 'not known'}"
    )
    return _told(session, store)


@command.command("accept")
@click.argument("what", metavar="RUN_DIR|ID")
@click.option("--by", default="", help="Who accepts. [default: who started the CI job]")
@click.option("--reason", required=True, help="Why the service may be slower from now on.")
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="The last day it is accepted; after it, older runs are the baseline again."
)
@_configured
@click.pass_obj
def accept(session: Session, what: str, by: str, reason: str, until: datetime | None, config: Path | None, flags: dict[str, Any]) -> int:
    """Take a run as the new normal: the baseline of its scenario begins with it."""
    from perfagent.cli.baseline_entries import accepted, entry_of

    settings, store = _open(session, config, flags)
    entry = store.entry(what)
    if entry is None and not session.path(what).exists():
        raise _unknown(store, [what])
    entry = entry or entry_of(session, (what,), service=settings.service)
    entry = accepted(session, entry, by=by, reason=reason, until=until)
    store.add(entry)
    end = f" until {until:%Y-%m-%d}" if until else ""
    session.console.say(f"{entry.accepted_by} accepted {entry.id}{end}: {reason}; what was recorded before it is no baseline any more")
    return _told(session, store)


@command.command("prune")
@click.option("--keep", type=click.IntRange(min=1), help="Keep the newest N of each comparable group.")
@click.option("--older-than", metavar="DURATION", help="Forget what was recorded longer ago, such as 90d.")
@click.option("--id", "ids", multiple=True, help="Forget this one; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
@_configured
@click.pass_obj
def prune(
    session: Session,
    keep: int | None,
    older_than: str | None,
    ids: tuple[str, ...],
    dry_run: bool,
    config: Path | None,
    flags: dict[str, Any],
) -> int:
    """Forget runs: those named, too old or too many, and acceptances that have expired."""
    from perfagent.cli.baseline_entries import unwanted

    settings, store = _open(session, config, flags)
    known = {row.id for row in store.rows()}
    if not known.issuperset(ids):
        raise _unknown(store, [i for i in ids if i not in known])
    rows = [row for row in store.rows() if not settings.service or row.service == settings.service]
    gone = unwanted(rows, now=session.now(), keep=keep, older_than=older_than, ids=ids)
    if gone and not dry_run:
        store.remove([row.id for row in gone])
    for row in gone:
        session.console.data(row.id)
    session.console.say(f"{len(gone)} of {len(rows)} runs {'would be' if dry_run else 'are'} forgotten")
    return _told(session, store)


def _open(session: Session, config: Path | None, flags: dict[str, Any]) -> tuple[Settings, BlobStore]:
    from perfagent.adapters.stores import open_store
    from perfagent.cli.configured import load_secrets_for, load_settings

    settings = load_settings(session, config=config, flags=flags, check_files=False)
    load_secrets_for(session, settings)
    return settings, open_store(settings.baseline.store, directory=session.cwd, environ=session.env)


def _told(session: Session, store: BlobStore) -> int:
    for problem in store.problems:
        session.console.warn(problem)
    return 0


def _unknown(store: BlobStore, ids: list[str]) -> Exception:
    from perfagent.config.suggestions import did_you_mean
    from perfagent.errors import InputError

    known = [row.id for row in store.rows()]
    return InputError(
        f"nothing is remembered as {', '.join(ids)}{did_you_mean(ids[0], known)}",
        hint=f"the last of {len(known)}: {', '.join(known[-5:])}" if known else "the store is empty; `perfagent baseline list` shows it",
    )
