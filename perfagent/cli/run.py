"""`perfagent run`: the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from perfagent.cli.options import config_option, settings_options
from perfagent.cli.session import Session
from perfagent.errors import PerfagentError

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

    with told_to_ci(session):
        prepared = prepare(session, config=config, flags=flags, needs=("scenario", "target.candidate"), pull_request=pull_request)
        outcome, folder = gate(session, prepared)
        session.console.table(text(load(folder)))
    click.get_current_context().exit(outcome.exit_code)


@contextmanager
def told_to_ci(session: Session) -> Iterator[None]:
    """However the block ends, CI's own page says what is known of the run by then."""
    from perfagent.ci.detect import detect
    from perfagent.stages import ci_output

    provider = detect(session.env).provider
    ci_output.forget(session.cwd)
    try:
        yield
    except PerfagentError as error:
        if session.run_folder is None:
            ci_output.refused(error, provider=provider, environ=session.env, out=_shown(session))
        raise
    finally:
        if session.run_folder is not None:
            for warning in ci_output.write(
                session.run_folder, directory=session.cwd, provider=provider, environ=session.env, out=_shown(session)
            ):
                session.console.warn(warning)


def _shown(session: Session) -> Callable[[str], None]:
    return lambda text: session.console.data(session.console.redact(text))


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
