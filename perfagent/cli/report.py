"""`perfagent report`: picture, page, comment and tables of a run, from its documents alone."""

from __future__ import annotations

from pathlib import Path

import click

from perfagent.cli.session import Session
from perfagent.errors import ExitCode, PerfagentError, UnavailableError

FLAVOURS = ("github", "gitlab", "azure", "bitbucket")


@click.command("report", short_help="Write picture, page, comment and tables of a run.")
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False), metavar="RUN_DIR")
@click.option(
    "--host", type=click.Choice(FLAVOURS), default="github", show_default=True, help="Whose Markdown and limits the comment keeps."
)
@click.option("--only", multiple=True, metavar="FILE", help="Write this report only, such as summary.jpg; may be given several times.")
@click.pass_obj
def command(session: Session, run_dir: Path, host: str, only: tuple[str, ...]) -> int:
    """Write summary.jpg, report.html, report.json, report.csv, comment.md, junit.xml and report.sarif into RUN_DIR.

    For GitLab also codequality.json, load-performance.json and annotations.json. Exit code 0 once all are written, whatever the verdict.
    """
    from perfagent.report.folder import load
    from perfagent.report.write import failure, renderers, write_each

    known = renderers(host)  # type: ignore[arg-type]  # click has checked it
    unknown = [name for name in only if name not in known]
    if unknown:
        raise click.BadParameter(f"{', '.join(unknown)}: the reports are {', '.join(known)}", param_hint="--only")
    folder = session.path(run_dir)
    report = load(folder)
    for missing in report.missing:
        session.console.say(f"note: {missing}")
    errors: list[Exception] = []
    for name, result in write_each(report, folder, flavour=host, only=only or None):  # type: ignore[arg-type]
        if isinstance(result, Path):
            session.console.data(str(result))
        else:
            session.console.warn(failure(name, result))
            errors.append(result)
    if errors:
        _fail(errors)
    return int(ExitCode.PASS)


def _fail(errors: list[Exception]) -> None:
    """A report that cannot be drawn is a bug (70); one that cannot be written is the disk's doing (6)."""
    bugs = [error for error in errors if not isinstance(error, OSError)]
    if bugs:
        raise PerfagentError("not every report was written", hint="the others are there; report this as a bug") from bugs[0]
    raise UnavailableError("not every report was written", hint="free some space or make the folder writable, then run the command again")
