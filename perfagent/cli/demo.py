"""`perfagent demo`: the gate at work on a sample service, no account needed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfagent.cli.session import Session
from perfagent.errors import ExitCode

if TYPE_CHECKING:
    from perfagent.demo.changes import Change
    from perfagent.model.outcome import Outcome

_PASSED = ("PERFAGENT_K6__", "PERFAGENT_LLM", "PERFAGENT_ROUNDS__", "PERFAGENT_MODE")
"""Settings that reach the demo. The rest of the surrounding job (pull request, tokens, hosts) is none of its business."""


@click.command("demo", short_help="Watch the whole loop on a sample service.")
@click.option("--change", "name", default=None, metavar="NAME", help="The pull request to gate (see --list). [default: query-in-loop]")
@click.option("--keep", type=click.Path(path_type=Path), metavar="DIR", help="Where the repository and the reports go; must not exist yet.")
@click.option("--list", "listing", is_flag=True, help="Print the pull requests that the demo has.")
@click.option(
    "--check", is_flag=True, help="Gate every pull request (or --change alone) and check each answer; minutes. Exits 4 if one differs."
)
@click.option("--times", type=click.IntRange(min=1), default=1, show_default=True, help="With --check: how often each.")
@click.pass_obj
def command(session: Session, name: str | None, keep: Path | None, listing: bool, check: bool, times: int) -> int:
    """Make a git repository of a small shop with a pull request, load-test base and change, and show what the gate would say.

    Ends with the comment, the picture's path and the gate's exit code. The demo itself exits 0 once there is a verdict.
    """
    import tempfile

    from perfagent.demo.changes import ALL, CHANGES, find

    if listing:
        session.console.data("\n".join(f"{change.name:15} {change.summary}" for change in ALL))
        return int(ExitCode.PASS)
    change = find(name) if name is not None else None
    _check_shop_can_start()
    folder = session.path(keep) if keep else Path(tempfile.mkdtemp(prefix="perfagent-demo-"))
    if check:
        return _check_all(session, ((change,) if change else ALL) * times, folder)
    change = change or CHANGES[0]
    outcome, run_folder = _gate(session, change, folder)
    _show(session, change, outcome, run_folder)
    return int(ExitCode.PASS) if outcome.verdict else outcome.exit_code


def _gate(session: Session, change: Change, folder: Path) -> tuple[Outcome, Path]:
    """From here on the session stands in the demo's repository."""
    import sys

    from perfagent.cli.run import gate
    from perfagent.cli.world import prepare as prepare_run
    from perfagent.demo.repository import prepare

    say = session.console.say
    repository = prepare(folder, change, python=sys.executable, environ=session.env)
    say(f"made {repository.path}: the shop on main, and the pull request {change.name} ({repository.base[:8]}..{repository.head[:8]})")
    session.env = _environment(session)
    session.cwd = repository.path
    return gate(session, prepare_run(session, config=None, flags={}, needs=("scenario", "target.candidate")))


def _check_all(session: Session, changes: tuple[Change, ...], folder: Path) -> int:
    from perfagent.demo.check import check_of, table

    checks = []
    for number, change in enumerate(changes, 1):
        own = replace(session)
        began = session.now()
        outcome, run_folder = _gate(own, change, folder / f"{number:02d}-{change.name}")
        checks.append(check_of(change, outcome, run_folder, seconds=(session.now() - began).total_seconds()))
        session.console.say(f"{number} of {len(changes)}: {change.name} gave {outcome.exit_code}, {outcome.headline or outcome.error}")
    session.console.table(table(checks))
    return int(ExitCode.PASS if all(one.holds for one in checks) else ExitCode.INCONCLUSIVE)


def _environment(session: Session) -> dict[str, str]:
    from perfagent.steps.child.environment import explicit

    return explicit(session.env, {name: value for name, value in session.env.items() if name.startswith(_PASSED)})


def _show(session: Session, change: Change, outcome: Outcome, run_folder: Path) -> None:
    console = session.console
    comment = run_folder / "comment.md"
    if comment.is_file():
        console.table(_visible(comment.read_text(encoding="utf-8")))
    picture = run_folder / "summary.jpg"
    console.data(f"the change:   {change.name}, {change.summary}")
    console.data(f"the picture:  {picture if picture.is_file() else 'was not drawn'}")
    console.data(f"the gate:     exit code {outcome.exit_code}, {outcome.headline or outcome.error or 'no verdict'}")
    console.say(f"the repository and all reports stay in {session.cwd}; delete it when you have seen enough")


def _visible(comment: str) -> str:
    """Without the marks by which a later run finds its comment: a code host does not show them either."""
    return "\n".join(line for line in comment.splitlines() if not line.startswith("<!--")).strip() + "\n"


def _check_shop_can_start() -> None:
    from importlib.util import find_spec

    from perfagent.errors import ConfigurationError

    missing = [name for name in ("starlette", "uvicorn", "yaml") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(
            f"the sample shop needs {' and '.join(missing)}, which {'is' if len(missing) == 1 else 'are'} not installed",
            hint="pip install 'perfagent[demo]'",
        )
