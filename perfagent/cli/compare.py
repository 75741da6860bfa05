"""`perfagent compare`: the verdict on saved files, without the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from perfagent import documents
from perfagent.cli.comparison_table import comparison_table
from perfagent.cli.configured import load_settings
from perfagent.cli.options import config_option, flags_of
from perfagent.cli.saved_runs import Files, completed, find_files, folder_of_raw, read_runs, run_folder_of
from perfagent.cli.session import Session
from perfagent.config.settings import Settings
from perfagent.errors import ConfigurationError, InputError, UnavailableError
from perfagent.model.comparison import Comparison, Mode
from perfagent.stages.gating import exit_code, gate_of
from perfagent.stats.gate import Gate, compare

_KEYS = (
    "gate.max_regression",
    "gate.confidence",
    "gate.metrics",
    "gate.slo",
    "gate.endpoints",
    "gate.min_effect",
    "gate.min_error_increase",
    "gate.on_inconclusive",
)


class SeveralValues(click.Command):
    """`--baseline a.json b.json --candidate c.json`: click's options take one value each, so the values are given one by one."""

    several = ("--baseline", "--candidate")

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        spread: list[str] = []
        current = ""
        pending = False  # the option has been written and its first value is still to come
        for arg in args:
            if arg.startswith("-") and arg != "-":
                current = arg.partition("=")[0] if arg.partition("=")[0] in self.several else ""
                pending = bool(current) and "=" not in arg
                spread.append(arg)
            elif current and not pending:
                spread += [current, arg]
            else:
                pending = False
                spread.append(arg)
        return super().parse_args(ctx, spread)


@click.command(cls=SeveralValues, short_help="Compare saved k6 outputs of both sides.")
@click.option("--baseline", multiple=True, required=True, metavar="PATH...", help="Files, folders or patterns of the baseline.")
@click.option("--candidate", multiple=True, required=True, metavar="PATH...", help="The same of the candidate.")
@click.option("--paired", is_flag=True, help="The n-th files of both sides were one round.")
@flags_of(_KEYS)
@click.option("--rounds-warmup", "--warmup", "warmup", metavar="DURATION", help="Cut from the beginning of each file. [default: nothing]")
@config_option
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write comparison.json here.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True, help="What goes to stdout.")
@click.option("--all", "everything", is_flag=True, help="Show rows that cannot block, too.")
@click.pass_obj
def command(
    session: Session,
    *,
    baseline: tuple[str, ...],
    candidate: tuple[str, ...],
    paired: bool,
    flags: Mapping[str, Any],
    warmup: str | None,
    config: Path | None,
    json_file: Path | None,
    form: str,
    everything: bool,
) -> int:
    """Compare saved k6 outputs (.json, .csv, each also .gz) or run.json files of both sides.

    A run folder given for both sides, or the raw outputs in it, is compared again exactly as its run did. The exit code follows the policy
    of the configuration: 0 pass, 3 regression, 4 inconclusive.
    """
    folder = run_folder_of([*baseline, *candidate], session.cwd)
    files = find_files(baseline, candidate, cwd=session.cwd, paired=paired or folder is not None)
    raw_of = folder_of_raw(files)
    folder = folder or raw_of
    settings = _settings(session, config, {**flags, "rounds.warmup": warmup}, folder)
    comparison = _compare(session, files, settings, paired=paired or folder is not None, folder=folder, raw=raw_of is not None)
    if json_file:
        _write(session.path(json_file), comparison)
    if form == "json":
        session.console.data(documents.to_json(comparison))
    else:
        session.console.table(comparison_table(comparison, everything=everything))
    code, warnings = exit_code(comparison, settings.gate, no_baseline=False)
    for warning in warnings:
        session.console.warn(warning)
    return int(code)


def _settings(session: Session, config: Path | None, flags: Mapping[str, Any], folder: Path | None) -> Settings:
    """A run folder brings the settings that its run had. The scenario is not played, so it need not be there."""
    own = folder / "settings.json" if folder else None
    return load_settings(session, config=config or (own if own and own.is_file() else None), flags=flags, check_files=False)


def _mode_of(folder: Path) -> Mode:
    """The mode that the folder's own run measured in."""
    path = folder / "comparison.json"
    return (documents.read(Comparison, path).mode if path.is_file() else None) or Mode.DUET


def _compare(session: Session, files: Files, settings: Settings, *, paired: bool, folder: Path | None, raw: bool) -> Comparison:
    # What was cut when the files were made is not known here: nothing is cut again unless somebody asks for it.
    warmup = settings.rounds.warmup if "warmup" in settings.rounds.model_fields_set else 0.0
    runs = read_runs(files, paired=paired, warmup=warmup, progress=session.console.progress)
    session.console.clear()
    measured_in = _mode_of(folder) if folder else None
    if folder and raw:
        runs = completed(runs[0], folder), completed(runs[1], folder)
    # Files that lie there are one look at as many rounds as there are; a run of our own looked after each round and must pay for it again.
    gate = gate_of(settings, measured_in) if measured_in else replace(gate_of(settings, Mode.HISTORY), min_rounds=Gate().min_rounds)
    try:
        comparison = compare(*runs, paired=paired, gate=gate, mode=measured_in)
    except ValueError as error:
        raise InputError(f"the runs cannot be compared: {error}") from error
    for run in (*runs[0], *runs[1]):
        for problem in run.problems:
            session.console.warn(f"{run.side} {run.id}: {problem}; this run is left out")
    return comparison


def _write(path: Path, comparison: Comparison) -> None:
    try:
        documents.write(path, comparison)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, PermissionError) as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}", hint="name a file in a folder that can be written") from error
    except OSError as error:
        raise UnavailableError(f"cannot write {path}: {error.strerror or error}", hint="free some space") from error
