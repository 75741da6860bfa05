"""What the agents are shown: the changes that may be to blame and the evidence, ranked, each under a short id that can be cited.

Code gathers; the model only chooses and words. So a small model needs no tools, and what it cites either is in here or does not exist.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from perfagent.agents.code.endpoints import words
from perfagent.agents.code.kinds import Kind, kind_of
from perfagent.agents.rules.symptom import Symptom, read_symptom
from perfagent.model.diagnosis import Diagnosis, Suspect
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case
from perfagent.text.diff import FileDiff, Hunk, parse_diff

MOST_OTHERS = 6  # changes that the rules did not name
MOST_EVIDENCE = 24
_CAN_SLOW = frozenset({Kind.SOURCE, Kind.SETTINGS, Kind.MIGRATION, Kind.MANIFEST, Kind.TEMPLATE, Kind.SCRIPT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One hunk. `suspect` is the rules' own where they named it; `start` and `end` are lines of the candidate."""

    id: str
    file: FileDiff
    hunk: Hunk
    kind: Kind
    start: int
    end: int
    suspect: Suspect | None = None

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def evidence(self) -> Evidence:
        """The hunk itself, as evidence that can be cited."""
        text = "\n".join(f"{line.kind}{line.text}" for line in self.hunk.lines)
        return Evidence(id=f"git:{self.path}:{self.start}", source="git", name=self.hunk.section[:80] or "hunk", text=text[:2000])


@dataclass(slots=True, kw_only=True)
class Dossier:
    """`evidence` grows when tools are called; `candidates` do not."""

    case: Case
    rules: Diagnosis
    symptom: Symptom
    candidates: tuple[Candidate, ...]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    paths: tuple[str, ...] = ()
    hunks: Mapping[str, Sequence[Hunk]] = field(default_factory=dict)

    def candidate(self, id: str) -> Candidate | None:
        return next((c for c in self.candidates if c.id == id), None)

    def add(self, item: Evidence) -> str:
        """Its short id; the same item has one."""
        for short, known in self.evidence.items():
            if known.id == item.id:
                return short
        short = f"E{len(self.evidence) + 1}"
        self.evidence[short] = item
        return short

    def is_row(self, item: Evidence) -> bool:
        """k6's own figures, which every claim can cite; they tell that it is slower, not why."""
        return item.source in ("k6", "git")


def open_dossier(case: Case, rules: Diagnosis) -> Dossier:
    diff = parse_diff(case.diff)
    symptom = read_symptom(case.comparison)
    hunks: dict[str, Sequence[Hunk]] = {file.path: file.hunks for file in diff.files}
    dossier = Dossier(
        case=case,
        rules=rules,
        symptom=symptom,
        candidates=tuple(_candidates(diff.files, rules, symptom)),
        paths=tuple(file.path for file in diff.files),
        hunks=hunks,
    )
    for item in _ranked(rules.evidence, symptom)[:MOST_EVIDENCE]:
        dossier.add(item)
    return dossier


def _candidates(files: Sequence[FileDiff], rules: Diagnosis, symptom: Symptom) -> Iterator[Candidate]:
    by_path = {file.path: file for file in files}
    taken: set[tuple[str, int]] = set()
    number = 0
    for suspect in rules.suspects:
        file = by_path.get(suspect.file)
        hunk = _hunk_at(file, suspect) if file is not None else None
        if file is None or hunk is None:
            continue
        number += 1
        taken.add((file.path, hunk.new_start))
        yield Candidate(
            id=f"C{number}", file=file, hunk=hunk, kind=kind_of(file.path), start=suspect.start_line, end=suspect.end_line, suspect=suspect
        )
    for file, hunk in _others(files, taken, symptom)[:MOST_OTHERS]:
        number += 1
        start, end = _changed(hunk)
        yield Candidate(id=f"C{number}", file=file, hunk=hunk, kind=kind_of(file.path), start=start, end=end)


def _hunk_at(file: FileDiff, suspect: Suspect) -> Hunk | None:
    """The hunk that holds the suspect's lines; of two that touch, the nearer one."""

    def distance(hunk: Hunk) -> int:
        start = hunk.old_start if file.new_path is None else hunk.new_start
        count = hunk.old_count if file.new_path is None else hunk.new_count
        return max(0, start - suspect.start_line, suspect.start_line - (start + count))

    nearest = min(file.hunks, key=distance, default=None)
    return nearest if nearest is not None and distance(nearest) <= 1 else None


def _others(files: Sequence[FileDiff], taken: set[tuple[str, int]], symptom: Symptom) -> list[tuple[FileDiff, Hunk]]:
    """Changes that could slow something, those that share words with the slow endpoints first."""
    wanted = {word for name in symptom.affected for word in words(name)}
    found: list[tuple[int, int, FileDiff, Hunk]] = []
    for file in files:
        if file.binary or kind_of(file.path) not in _CAN_SLOW:
            continue
        for hunk in file.hunks:
            if (file.path, hunk.new_start) in taken or not (hunk.added or hunk.removed):
                continue
            text = f"{file.path} {hunk.section} " + " ".join(line.text[:200] for line in hunk.lines[:80])
            found.append((-len(wanted & set(words(text))), len(found), file, hunk))
    return [(file, hunk) for _, _, file, hunk in sorted(found, key=lambda item: item[:2])]


def _changed(hunk: Hunk) -> tuple[int, int]:
    """First and last changed line of the candidate; where lines were only removed, the place where they stood."""
    numbers = [line.new for line in hunk.added if line.new is not None]
    if numbers:
        return numbers[0], numbers[-1]
    place = hunk.new_start
    for line in hunk.lines:
        if line.kind == "-":
            break
        place = (line.new or place) + 1
    return place, place


def _ranked(evidence: Sequence[Evidence], symptom: Symptom) -> list[Evidence]:
    """What moved most first; k6's rows of the slow endpoints before all, hunks not at all (they are the candidates)."""

    def rank(item: Evidence) -> tuple[int, float, str]:
        row = item.source == "k6"
        if row and item.endpoint in symptom.affected:
            return 0, -moved(item), item.id
        if not row and item.text is None:
            return 1, -moved(item), item.id
        return (2 if item.text is not None else 3), -moved(item), item.id

    items = [item for item in evidence if item.source != "git"]
    rows = [i for i in items if rank(i)[0] == 0]
    keep = {i.id for i in sorted(rows, key=rank)[:8]}  # room for what says why, not only that
    return sorted((i for i in items if rank(i)[0] != 0 or i.id in keep), key=rank)


def moved(item: Evidence) -> float:
    """How far candidate and baseline are apart, as the absolute log ratio; 0 where that cannot be said."""
    before, after = single(item.baseline), single(item.candidate)
    if before is None or after is None:
        return 0.0
    if before <= 0 or after <= 0:
        return 1.0 if before != after else 0.0
    return abs(math.log(after / before))


def unit_of(item: Evidence) -> str:
    """k6's latencies are seconds where nothing else is said."""
    if item.unit or item.source != "k6":
        return item.unit or ""
    return "" if item.name in ("throughput", "error_rate", "bytes_received", "rps", "requests") else "s"


def single(value: float | tuple[float | None, ...] | None) -> float | None:
    """The median of a list."""
    if not isinstance(value, tuple):
        return value
    known = sorted(v for v in value if v is not None)
    return known[len(known) // 2] if known else None
