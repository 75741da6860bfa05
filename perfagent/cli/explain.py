"""`perfagent explain`: a diagnosis from saved files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from perfagent.cli.session import Session

if TYPE_CHECKING:
    from perfagent.model.diagnosis import Diagnosis
    from perfagent.model.evidence import Evidence
    from perfagent.ports.analyst import Case

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.command("explain")
@click.option(
    "--comparison", "comparison_path", type=_FILE, required=True, help="comparison.json; rows need endpoint, metric, baseline, candidate."
)
@click.option("--diff", "diff_path", type=_FILE, required=True, help="A unified diff of the change.")
@click.option("--evidence", "evidence_path", type=_FILE, help='Metrics, logs and traces: {"evidence": [...]}.')
@click.option(
    "--repo", type=click.Path(file_okay=False, path_type=Path), help="The candidate's source tree: routes and calls are read from it."
)
@click.option("--json", "json_path", type=_FILE, help="Write diagnosis.json here.")
@click.option("--format", "output", type=click.Choice(["text", "json"]), default="text", show_default=True, help="What goes to stdout.")
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help="Configuration whose llm explains; without it no model is asked."
)
@click.pass_obj
def command(
    session: Session,
    comparison_path: Path,
    diff_path: Path,
    evidence_path: Path | None,
    repo: Path | None,
    json_path: Path | None,
    output: str,
    config: Path | None,
) -> None:
    """Say why it is slower: suspects with lines, mechanism and evidence. Without --config by rules alone: no model, no network.

    Exit code 0 once the diagnosis is written, 2 when a file cannot be read.
    """
    from perfagent import documents
    from perfagent.errors import InputError
    from perfagent.model.comparison import Comparison
    from perfagent.ports.analyst import Case
    from perfagent.text.sanitise import for_terminal

    comparison = documents.read(Comparison, comparison_path)
    try:
        diff = diff_path.read_bytes().decode("utf-8", "replace")
    except OSError as error:
        raise InputError(
            f"cannot read {diff_path}: {error.strerror or error}", hint="--diff takes a file made by `git diff base...head`"
        ) from error
    if repo is not None and not repo.is_dir():
        raise InputError(f"--repo {repo} is not a directory", hint="give the candidate's checkout, or leave the option out")
    evidence = _read_evidence(evidence_path) if evidence_path is not None else ()
    diagnosis = _explained(session, config, Case(comparison=comparison, diff=diff, evidence=evidence, repository=repo))
    if json_path is not None:
        documents.write(json_path, diagnosis)
    if output == "json":
        click.echo(documents.to_json(diagnosis), nl=False)
        return
    click.echo(for_terminal(diagnosis.summary))
    for suspect in diagnosis.suspects:
        click.echo(for_terminal(f"  {suspect.score:.2f}  {suspect.file}:{suspect.start_line}-{suspect.end_line}  {suspect.mechanism}"))
    if diagnosis.remediation is not None:
        click.echo(for_terminal(f"  try: {diagnosis.remediation.summary}"))
    for warning in diagnosis.warnings:
        click.echo(for_terminal(f"warning: {warning}"), err=True)


def _explained(session: Session, config: Path | None, case: Case) -> Diagnosis:
    from dataclasses import replace

    from perfagent.agents.rules import RulesAnalyst
    from perfagent.cli.configured import load_secrets_for, load_settings
    from perfagent.stages.analysing import open_analyst

    if config is None:
        return RulesAnalyst().explain(case)
    settings = load_settings(session, config=config, check_files=False)
    load_secrets_for(session, settings)
    said: list[str] = []
    opening = open_analyst(settings, environ=session.env, directory=session.cwd, redact=session.console.redact, warn=said.append)
    with opening as analyst:
        diagnosis = analyst.explain(case)
    return replace(diagnosis, warnings=(*diagnosis.warnings, *said))


def _read_evidence(path: Path) -> tuple[Evidence, ...]:
    """`{"evidence": [...]}`, or the bare list."""
    import json

    from perfagent import documents
    from perfagent.errors import InputError
    from perfagent.model.evidence import Evidence

    try:
        data = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}", hint='--evidence takes {"evidence": [...]}') from error
    items = data.get("evidence") if isinstance(data, dict) else data
    if not isinstance(items, list):
        raise InputError(f"{path}: evidence: expected a list", hint='--evidence takes {"evidence": [...]}')
    return documents.from_json(tuple[Evidence, ...], json.dumps(items), name=str(path))
