"""`perfagent run`: the gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfagent.cli.options import config_option, settings_options
from perfagent.cli.session import Session

if TYPE_CHECKING:
    from perfagent.cli.world import Prepared
    from perfagent.model.outcome import Outcome


@click.command("run")
@config_option
@click.option("--pull-request", type=int, help="Number of the pull request, where CI does not name it.")
@settings_options
@click.pass_obj
def command(session: Session, config: Path | None, pull_request: int | None, flags: dict[str, Any]) -> None:
    """Measure both sides, decide, explain, report, publish. The exit code blocks the merge."""
    from perfagent.cli.world import prepare
    from perfagent.report.folder import load
    from perfagent.report.terminal import text

    prepared = prepare(session, config=config, flags=flags, needs=("scenario", "target.candidate"), pull_request=pull_request)
    outcome, folder = gate(session, prepared)
    session.console.table(text(load(folder)))
    click.get_current_context().exit(outcome.exit_code)


def gate(session: Session, prepared: Prepared) -> tuple[Outcome, Path]:
    """Run the pipeline to its outcome; the session knows the run folder as soon as there is one."""
    import asyncio
    from dataclasses import replace

    from perfagent import pipeline

    def begun(folder: Path) -> None:
        session.run_folder = folder

    outcome = asyncio.run(pipeline.run(prepared.settings, prepared.context, replace(prepared.world, begun=begun)))
    assert session.run_folder is not None  # noqa: S101 - a run that returned has begun
    return outcome, session.run_folder
