"""Every report of a run, next to its documents. One that fails is a warning; the others are still written."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

from perfagent import documents
from perfagent.report.input import ReportInput
from perfagent.report.markdown import Flavour

Render = Callable[[ReportInput], str | bytes]


def renderers(flavour: Flavour = "github") -> Mapping[str, Render]:
    """File name → the function that makes its content. `flavour` is of the host that the comment is for."""
    from perfagent.report import comment, gitlab, junit, page, picture, sarif, tables

    found: dict[str, Render] = {
        "report.json": tables.report_json,
        "report.csv": tables.report_csv,
        "comment.md": lambda report: comment.comment(report, flavour=flavour),
        "junit.xml": junit.junit_xml,
        "report.sarif": sarif.sarif,
        "report.html": page.report_html,
        "summary.jpg": picture.summary_jpg,
    }
    if flavour == "gitlab":
        found |= {
            "codequality.json": gitlab.codequality,
            "load-performance.json": gitlab.load_performance,
            "annotations.json": gitlab.job_links,
        }
    return found


def write_each(
    report: ReportInput, run_dir: Path, *, flavour: Flavour = "github", only: Collection[str] | None = None
) -> Iterator[tuple[str, Path | Exception]]:
    """Each file name with the path that was written, atomically, or with what went wrong. `only` names the files wanted."""
    for name, render in renderers(flavour).items():
        if only is not None and name not in only:
            continue
        path = run_dir / name
        try:
            content = render(report)
            documents.write_bytes(path, content if isinstance(content, bytes) else content.encode("utf-8", "replace"))
        except Exception as error:  # a drawing that fails must take neither the verdict nor the other reports with it
            yield name, error
        else:
            yield name, path


def write_all(
    report: ReportInput,
    run_dir: Path,
    *,
    flavour: Flavour = "github",
    only: Collection[str] | None = None,
    warn: Callable[[str], None] | None = None,
) -> dict[str, Path]:
    """File name → path of what was written; `warn` hears of each that was not."""
    written: dict[str, Path] = {}
    for name, result in write_each(report, run_dir, flavour=flavour, only=only):
        if isinstance(result, Path):
            written[name] = result
        elif warn is not None:
            warn(failure(name, result))
    return written


def failure(name: str, error: Exception) -> str:
    """What a person should read of it."""
    if isinstance(error, OSError):
        return f"{name} could not be written: {error.strerror or error}"
    return f"{name} could not be made: {type(error).__name__}: {error}"
