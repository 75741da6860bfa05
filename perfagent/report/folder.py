"""From a run folder to a ReportInput. The folder may come from an untrusted job: sizes are bounded, every document is checked."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import TypeVar

from perfagent import documents
from perfagent.errors import ExitCode, InputError
from perfagent.model.comparison import Comparison, Verdict
from perfagent.model.diagnosis import Diagnosis
from perfagent.model.outcome import Outcome
from perfagent.model.run import Run
from perfagent.report import findings
from perfagent.report.input import Context, Finding, ReportInput

T = TypeVar("T")

LARGEST = 64 * 1024 * 1024  # bytes of one document, unpacked: a run of 500 endpoints over an hour is a tenth of this
MOST_RUNS = 400

_EXIT_OF = {
    Verdict.PASS: ExitCode.PASS,
    Verdict.REGRESSION: ExitCode.REGRESSION,
    Verdict.INCONCLUSIVE: ExitCode.INCONCLUSIVE,
    None: ExitCode.INCONCLUSIVE,
}


def load(run_dir: Path, *, previous: tuple[Finding, ...] | None = None) -> ReportInput:
    """`previous` are the findings of the last comment; by default those of `previous-comment.md` in the folder, where there is one.

    Raises InputError when the folder holds neither an outcome nor a comparison. Other documents that are absent or cannot be read are
    named in `missing`.
    """
    missing: list[str] = []
    outcome = _document(Outcome, run_dir, "outcome.json", missing)
    comparison = _document(Comparison, run_dir, "comparison.json", missing)
    if outcome is None and comparison is None:
        raise InputError(
            f"{run_dir} is not a run folder: {'; '.join(missing)}",
            hint="name a folder that `perfagent run` wrote, such as .perfagent/runs/<run-id>",
        )
    optional: list[str] = []
    diagnosis = _document(Diagnosis, run_dir, "diagnosis.json", optional)
    if optional and (run_dir / "diagnosis.json").exists():
        missing.extend(optional)
    runs = _runs(run_dir, missing)
    if outcome is None:
        assert comparison is not None  # noqa: S101 -- checked above, for the type checker
        outcome = _outcome_of(comparison, run_dir)
    return ReportInput(
        outcome=outcome,
        comparison=comparison,
        diagnosis=diagnosis,
        runs=runs,
        context=_context(outcome, comparison),
        policy_changes=outcome.policy_changes,
        previous=_previous(run_dir) if previous is None else previous,
        missing=tuple(missing),
    )


def _document(kind: type[T], run_dir: Path, name: str, missing: list[str]) -> T | None:
    try:
        return documents.from_json(kind, _bounded(run_dir / name), name=name)
    except FileNotFoundError:
        missing.append(f"{name} is not there")
    except InputError as error:
        missing.append(f"{name} cannot be used: {'; '.join(error.mistakes[:3]) or error.message}")
    except (OSError, EOFError, zlib.error) as error:
        missing.append(f"{name} cannot be read: {error}")
    return None


def _bounded(path: Path) -> bytes:
    """Raises InputError above `LARGEST`, so that a few compressed kilobytes cannot fill the memory."""
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"larger than {LARGEST // 2**20} MiB")
    return data


def _runs(run_dir: Path, missing: list[str]) -> tuple[Run, ...]:
    paths = sorted(p for p in run_dir.glob("runs/*") if p.name.endswith((".json", ".json.gz")))
    if not paths:
        missing.append("runs/ holds no run documents: no distributions, no timeline")
    if len(paths) > MOST_RUNS:
        missing.append(f"runs/ holds {len(paths)} documents; the first {MOST_RUNS} are used")
    found = (_document(Run, run_dir, f"runs/{path.name}", missing) for path in paths[:MOST_RUNS])
    return tuple(run for run in found if run is not None)


def _previous(run_dir: Path) -> tuple[Finding, ...]:
    try:
        return findings.unpack(_bounded(run_dir / "previous-comment.md").decode("utf-8", "replace"))
    except (OSError, InputError):
        return ()


def _outcome_of(comparison: Comparison, run_dir: Path) -> Outcome:
    return Outcome(
        run_id=run_dir.resolve().name,
        exit_code=_EXIT_OF[comparison.verdict],
        verdict=comparison.verdict,
        mode=comparison.mode,
        service=comparison.service,
        baseline_revision=comparison.baseline_revision,
        candidate_revision=comparison.candidate_revision,
    )


def _context(outcome: Outcome, comparison: Comparison | None) -> Context:
    return Context(
        service=outcome.service or (comparison.service if comparison else ""),
        repository=outcome.repository,
        pull_request=outcome.pull_request,
        baseline_revision=outcome.baseline_revision or (comparison.baseline_revision if comparison else ""),
        candidate_revision=outcome.candidate_revision or (comparison.candidate_revision if comparison else ""),
        links=outcome.links,
    )
