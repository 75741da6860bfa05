"""`perfagent publish`: post a run that an untrusted job measured, from a job that is trusted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfagent.cli.options import config_option
from perfagent.cli.session import Session
from perfagent.errors import ConfigurationError

if TYPE_CHECKING:
    from perfagent.cli.world import Prepared


@click.command("publish")
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False), metavar="RUN_DIR")
@config_option
@click.option("--pull-request", type=click.IntRange(min=1), help="Number of the pull request, where this job's event does not name it.")
@click.option("--revision", metavar="SHA", help="Head commit of the pull request, for the status, where this job's event does not name it.")
@click.pass_obj
def command(session: Session, run_dir: Path, config: Path | None, pull_request: int | None, revision: str | None) -> None:
    """Post comment, status, marks and defects of the run in RUN_DIR; the exit code is the run's.

    For the second of two jobs: the first measures code that nobody has reviewed, without any secret; the second has the secrets and runs
    none of that code. Settings and policy come from this job's checkout, the change from its event. The runs are judged again, the comment
    is written again; nothing is posted that the first job wrote.
    """
    import asyncio

    from perfagent.cli.run import told_to_ci
    from perfagent.report.folder import load
    from perfagent.report.terminal import text
    from perfagent.stages.handed_over import receive
    from perfagent.stages.posting import post

    def begun(folder: Path) -> None:
        session.run_folder = folder

    with told_to_ci(session):
        prepared = trusted(session, config, pull_request, revision)
        handed = receive(session.path(run_dir))
        outcome = asyncio.run(post(handed, prepared.settings, prepared.context, replace(prepared.world, begun=begun)))
        if session.run_folder is not None:
            session.console.table(text(load(session.run_folder)))
    click.get_current_context().exit(outcome.exit_code)


def trusted(session: Session, config: Path | None, pull_request: int | None, revision: str | None) -> Prepared:
    """What this job itself knows. An option may add to its event and not contradict it: a workflow's text can be fed from an artifact."""
    from perfagent.cli.world import prepare

    prepared = prepare(session, config=config, flags={})
    known = prepared.context.pull_request
    about_a_change = known is not None or session.env.get("GITHUB_EVENT_NAME") == "workflow_run"
    if known is not None and pull_request not in (None, known):
        raise ConfigurationError(f"--pull-request {pull_request} contradicts this job's event, which is of pull request {known}")
    if about_a_change and revision not in (None, prepared.context.head_revision):
        raise ConfigurationError(f"--revision {revision} contradicts this job's event, which is of {prepared.context.head_revision}")
    if pull_request is None or known is not None:
        return prepared
    prepared = prepare(session, config=config, flags={}, pull_request=pull_request)
    return prepared if about_a_change else _of_a_named_commit(session, prepared, revision)


def _of_a_named_commit(session: Session, prepared: Prepared, revision: str | None) -> Prepared:
    """The event is of some commit of the default branch, on which no mark of a pull request belongs."""
    context = replace(prepared.context, head_revision=revision or "")
    if revision:
        return replace(prepared, context=context)
    session.console.warn("no status is set and no line is marked: this job's event names no head commit; give it with --revision")
    unmarked = prepared.settings.publish.model_copy(update={"status": False, "annotations": False})
    return replace(prepared, context=context, settings=prepared.settings.model_copy(update={"publish": unmarked}))
