"""Tell CI: the job's summary, marks on lines, outputs for later steps, and the reports under a path that is the same in every run.

All of it can fail without moving the verdict: what goes wrong is a warning.
"""

from __future__ import annotations

import secrets
import shlex
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from perfagent import documents
from perfagent.ci.context import Provider
from perfagent.errors import PerfagentError
from perfagent.report import job
from perfagent.report.folder import load
from perfagent.report.input import ReportInput
from perfagent.report.write import write_each

LATEST = Path(".perfagent") / "latest"
"""Relative to the directory that perfagent was started in; wrappers upload it."""

_HEAVY = ("raw", "checkouts", ".*")  # k6's raw points stay with the run; a trusted job that posts does not need them
_FILES = {"report": "report.html", "summary": "summary.jpg", "junit": "junit.xml", "sarif": "report.sarif", "comment": "comment.md"}
_GITLAB = ("codequality.json", "load-performance.json", "annotations.json")

Say = Callable[[str], None]


def write(folder: Path, *, directory: Path, provider: Provider, environ: Mapping[str, str], out: Say) -> list[str]:
    """Returns warnings. `out` takes what must stand on stdout for the runner to see (log commands); `directory` is the workspace."""
    try:
        report = load(folder)
    except PerfagentError as error:
        return [f"CI was told nothing: {error.message}"]
    warnings: list[str] = []
    if provider is Provider.GITLAB:
        _attempt("the reports for GitLab", lambda: _gitlab_reports(report, folder), warnings)
    if provider is Provider.AZURE:
        summary = job.job_summary(report, flavour="azure")
        _attempt("the summary", lambda: documents.write_bytes(folder / "job-summary.md", summary.encode("utf-8", "replace")), warnings)
    told = outputs(report, folder, directory)
    if provider is Provider.GITLAB:
        _attempt("outputs.env", lambda: documents.write_bytes(folder / "outputs.env", _dotenv(told).encode()), warnings)
    _attempt(str(LATEST), lambda: _copy(folder, directory / LATEST), warnings)
    told |= _there(directory)
    tell = {Provider.GITHUB: _github, Provider.AZURE: _azure, Provider.CIRCLECI: _circleci}.get(provider)
    if tell is not None:
        _attempt("the job's own page", lambda: tell(report, told, directory, environ, out), warnings)
    return warnings


def forget(directory: Path) -> None:
    """Nothing of an earlier run may be taken for this one's; a workspace that is used again still has it."""
    shutil.rmtree(directory / LATEST, ignore_errors=True)


def outputs(report: ReportInput, folder: Path, directory: Path) -> dict[str, str]:
    """What later steps can ask for, by name; only what is known."""
    outcome = report.outcome
    values = {
        "verdict": str(outcome.verdict) if outcome.verdict else "",
        "exit-code": str(int(outcome.exit_code)),
        "run-folder": _relative(folder, directory),
        "comment-url": outcome.links.get("comment", ""),
        "defect-url": outcome.links.get("defect", ""),
    }
    return {name: value for name, value in values.items() if value}


def refused(error: PerfagentError, *, provider: Provider, environ: Mapping[str, str], out: Say) -> None:
    """A run that could not even begin (a wrong configuration) says so on the job's page too."""
    if provider is Provider.GITHUB:
        _append(environ.get("GITHUB_OUTPUT", ""), _assignment("exit-code", str(int(error.exit_code))))
        out(f"::error title=perfagent::{job.github_data(str(error))}")
    elif provider is Provider.AZURE:
        out(f"##vso[task.logissue type=error;]{job.azure_data(str(error))}")


def _there(directory: Path) -> dict[str, str]:
    found = {name: LATEST / file for name, file in _FILES.items()}
    return {name: path.as_posix() for name, path in found.items() if (directory / path).is_file()}


def _github(report: ReportInput, told: Mapping[str, str], _directory: Path, environ: Mapping[str, str], out: Say) -> None:
    _append(environ.get("GITHUB_OUTPUT", ""), "".join(_assignment(name, value) for name, value in told.items()))
    _append(environ.get("GITHUB_STEP_SUMMARY", ""), job.job_summary(report) + "\n")
    _say(job.github_commands(report), out)


def _azure(report: ReportInput, told: Mapping[str, str], directory: Path, _environ: Mapping[str, str], out: Say) -> None:
    for name, value in told.items():
        out(f"##vso[task.setvariable variable={name.replace('-', '_')};isOutput=true]{job.azure_data(value)}")
    if (summary := directory / LATEST / "job-summary.md").is_file():
        out(f"##vso[task.uploadsummary]{job.azure_data(str(summary))}")
    _say(job.azure_commands(report), out)


def _circleci(_report: ReportInput, told: Mapping[str, str], _directory: Path, environ: Mapping[str, str], _out: Say) -> None:
    """Later steps of the job source BASH_ENV."""
    _append(environ.get("BASH_ENV", ""), "".join(f"export {line}\n" for line in _dotenv(told, quote=shlex.quote).splitlines()))


def _gitlab_reports(report: ReportInput, folder: Path) -> None:
    """Also where the code host is another: these three are for GitLab's own pages."""
    for name, result in write_each(report, folder, flavour="gitlab", only=_GITLAB):
        if isinstance(result, Exception):
            raise OSError(f"{name}: {result}") from result


def _dotenv(told: Mapping[str, str], *, quote: Callable[[str], str] = str) -> str:
    """`LOAD_TEST_VERDICT=pass`. Not PERFAGENT_...: those are settings, also of a later job that gets these."""
    one_line = {name: " ".join(value.split()) for name, value in told.items()}
    return "".join(f"LOAD_TEST_{name.replace('-', '_').upper()}={quote(value)}\n" for name, value in one_line.items())


def _say(commands: str, out: Say) -> None:
    if commands:
        out(commands)


def _assignment(name: str, value: str) -> str:
    """Of GITHUB_OUTPUT. The end mark is random, so that no value can end itself early and assign another name."""
    mark = f"perfagent-{secrets.token_hex(8)}"
    return f"{name}<<{mark}\n{value}\n{mark}\n"


def _append(path: str, text: str) -> None:
    if not path or not text:
        return
    with Path(path).open("a", encoding="utf-8", errors="replace") as file:
        file.write(text)


def _copy(folder: Path, latest: Path) -> None:
    """Whole or not at all: made beside it, then renamed."""
    latest.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=latest.parent, prefix=".latest-") as beside:
        made = Path(beside) / "latest"
        shutil.copytree(folder, made, ignore=shutil.ignore_patterns(*_HEAVY), symlinks=True)
        made.chmod(0o755)
        shutil.rmtree(latest, ignore_errors=True)
        made.replace(latest)


def _relative(path: Path, directory: Path) -> str:
    return path.relative_to(directory).as_posix() if path.is_relative_to(directory) else str(path)


def _attempt(what: str, action: Callable[[], None], warnings: list[str]) -> None:
    try:
        action()
    except (OSError, ValueError, shutil.Error) as error:
        warnings.append(f"{what} could not be written: {getattr(error, 'strerror', None) or error}")
