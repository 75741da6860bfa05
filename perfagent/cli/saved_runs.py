"""From the paths of `compare` to runs: files, folders, patterns, a whole run folder."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perfagent import documents
from perfagent.errors import InputError
from perfagent.model.run import Run, Side

SUFFIXES = (".json", ".json.gz", ".csv", ".csv.gz")
_SIDE_WORDS = {
    Side.BASELINE: re.compile(r"(?<![a-z])(baseline|base)(?![a-z])", re.I),
    Side.CANDIDATE: re.compile(r"(?<![a-z])(candidate|cand)(?![a-z])", re.I),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    baseline: tuple[Path, ...]
    candidate: tuple[Path, ...]

    @property
    def count(self) -> int:
        return len(self.baseline) + len(self.candidate)


def find_files(baseline: Sequence[str], candidate: Sequence[str], *, cwd: Path, paired: bool) -> Files:
    """Raises InputError with every path that is nothing."""
    mistakes: list[str] = []
    sides = [_side_files(given, side, cwd, mistakes) for given, side in ((baseline, Side.BASELINE), (candidate, Side.CANDIDATE))]
    if paired and not mistakes and len(sides[0]) != len(sides[1]):
        mistakes.append(f"--paired needs as many files on both sides: --baseline has {len(sides[0])}, --candidate has {len(sides[1])}")
    if mistakes:
        raise InputError("there is nothing to compare", mistakes=mistakes)
    return Files(baseline=sides[0], candidate=sides[1])


def run_folder_of(paths: Sequence[str], cwd: Path) -> Path | None:
    """The run folder, if that is all that was given."""
    folders = {cwd / path for path in paths}
    only = next(iter(folders)) if len(folders) == 1 else None
    return only if only is not None and (only / "runs").is_dir() else None


def folder_of_raw(files: Files) -> Path | None:
    """The run folder whose raw outputs these are, all of them."""
    parents = {path.resolve().parent for path in (*files.baseline, *files.candidate)}
    only = next(iter(parents)) if len(parents) == 1 else None
    return only.parent if only is not None and only.name == "raw" and (only.parent / "settings.json").is_file() else None


def completed(runs: Sequence[Run], folder: Path) -> list[Run]:
    """What raw output does not hold (open or closed model, revision, the generator's health) from the documents of the same rounds."""
    out = []
    for run in runs:
        path = folder / "runs" / f"{run.side}-{run.round or 0:02d}.json"
        known = documents.read(Run, path) if path.is_file() else run
        out.append(
            replace(
                run,
                open_model=known.open_model,
                revision=known.revision,
                environment=known.environment,
                health=known.health,
                problems=known.problems,
            )
        )
    return out


def read_runs(files: Files, *, paired: bool, warmup: float, progress: Callable[[float, float, str], None]) -> tuple[list[Run], list[Run]]:
    """(baseline, candidate). A file given for both sides is split by its tag `side`. Raises InputError with all that cannot be read."""
    from perfagent.ingest.k6 import read_k6

    both = set(files.baseline) & set(files.candidate)
    mistakes: list[str] = []
    runs: dict[Side, list[Run]] = {Side.BASELINE: [], Side.CANDIDATE: []}
    done = 0
    for side, paths in ((Side.BASELINE, files.baseline), (Side.CANDIDATE, files.candidate)):
        for number, path in enumerate(paths, start=1):
            progress(done, files.count, f"reading {path.name}")
            done += 1
            try:
                run = read_k6(path, side=side, round=number if paired else None, warmup=warmup, only_side=side if path in both else None)
            except InputError as error:
                mistakes.append(f"{error.message}" + (f" ({error.hint})" if error.hint else ""))
                continue
            runs[side].append(run)
    if mistakes:
        count = "a file" if len(mistakes) == 1 else f"{len(mistakes)} files"
        raise InputError(f"{count} cannot be compared", mistakes=mistakes)
    progress(files.count, files.count, "read")
    return runs[Side.BASELINE], runs[Side.CANDIDATE]


def _side_files(given: Sequence[str], side: Side, cwd: Path, mistakes: list[str]) -> tuple[Path, ...]:
    found: list[Path] = []
    for text in given:
        files = _files(text, side, cwd)
        if not files:
            mistakes.append(f"--{side} {text}: {_why_nothing(cwd / text)}")
        found += files
    twice = sorted({str(path) for path in found if found.count(path) > 1})
    mistakes += [f"--{side}: {path} is given twice; the same measurement counts once" for path in twice]
    return tuple(found)


def _files(text: str, side: Side, cwd: Path) -> list[Path]:
    path = cwd / text
    if path.is_file():
        return [path]
    if (path / "runs").is_dir():
        return sorted((path / "runs").glob(f"{side}-*.json"), key=_natural)
    if path.is_dir():
        return _of_side([p for p in path.iterdir() if p.is_file() and p.name.endswith(SUFFIXES)], side)
    if any(c in text for c in "*?["):
        anchor = Path(text).anchor
        matches = Path(anchor).glob(text[len(anchor) :]) if anchor else cwd.glob(text)
        return sorted((p for p in matches if p.is_file()), key=_natural)
    return []


def _of_side(paths: list[Path], side: Side) -> list[Path]:
    """A folder that holds both sides (`baseline-01.json`, `candidate-01.json`) gives each its own."""
    named = {of: [p for p in paths if words.search(p.name)] for of, words in _SIDE_WORDS.items()}
    chosen = named[side] if all(named.values()) else paths
    return sorted(chosen, key=_natural)


def _natural(path: Path) -> list[tuple[int, int | str]]:
    """`round-2` before `round-10`."""
    return [(0, int(part)) if part.isdigit() else (1, part) for part in re.split(r"(\d+)", str(path))]


def _why_nothing(path: Path) -> str:
    if path.is_dir():
        return f"the folder holds none of {', '.join('*' + suffix for suffix in SUFFIXES)}"
    if any(c in str(path) for c in "*?["):
        return "no file matches"
    beside = sorted(p.name for p in path.parent.glob(f"*{path.suffix}"))[:3] if path.parent.is_dir() and path.suffix else []
    return "there is no such file" + (f"; beside it: {', '.join(beside)}" if beside else "")
