"""Whether a sentence of a model says only what its evidence shows: ids, files, lines, numbers, names. No model judges a model here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from perfagent.agents.llm.dossier import Candidate, Dossier, single, unit_of
from perfagent.model.evidence import Evidence

_NUMBER = re.compile(
    r"(?<![\w/.\-+^*#_])(\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?:\s?(ms|milliseconds?|µs|us|microseconds?|s|secs?|seconds?|minutes?|min|％|%|percent|"
    r"[x×]|times|-?fold|[kKMG]i?B|bytes|B)(?![\w]))?(?![\w/]|\.\d)"
)
_LITERAL = re.compile(r"(?<![\w.])(\d+(?:_\d{3})*(?:\.\d+)?)")
_LINES = re.compile(r"\blines?\s+(\d+)(?:\s*(?:-|–|to|and)\s*(\d+))?", re.IGNORECASE)
_PATH = re.compile(
    r"(?<![\w.])((?:[\w.\-]+/)*[\w\-]+\.(?:py|pyi|js|mjs|cjs|ts|tsx|jsx|go|java|kt|rb|cs|php|rs|scala|sql|ya?ml|toml|json|ini|cfg|conf|"
    r"properties|tf|html|erb|env|lock|txt|gradle|xml|sh))(?::(\d+)(?:[-–](\d+))?)?(?![\w/])"
)
_NAME = re.compile(r"`([^`\s]{2,80})`|\b([A-Za-z_]\w{2,60})\((?!s\))")
# What is measured is not the model's to judge, and a reader must not be told what to do about the gate.
_VERDICT = re.compile(
    r"\bverdict\b|\bapprov\w*|\bmerge\b|\bexit code\b|\bLGTM\b|false (?:positive|alarm)|(?:no|not an?) (?:real )?regression\b|"
    r"\b(?:ignore|disregard|skip|bypass|override|disable)\b.{0,40}\b(?:check|gate|result|instruction|warning|perfagent|policy|test)s?\b|"
    r"\bsafe to (?:merge|ship|deploy|ignore)|\bprevious instructions\b|\bsystem prompt\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"hxxps?:|https?:|www\[?\.|\bftp|\[\.\]", re.IGNORECASE)
# What cleaning leaves of markup, mentions, fences, commands and secrets: a sentence about code needs none of it.
_MARKUP = re.compile(r"[‹＜]/?[A-Za-z!]|\[redacted\]|'{3,}|[\uff20\uff03\uff01]|(?:^|\s):\s?:|##|\\/|^\s*/[a-z]+\b|·", re.IGNORECASE)
_TIMES = {"ms": 1e3, "millisecond": 1e3, "milliseconds": 1e3, "µs": 1e6, "us": 1e6, "microsecond": 1e6, "microseconds": 1e6}
_TIMES |= dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0) | dict.fromkeys(("min", "minute", "minutes"), 1 / 60)
_SIZES = {"B": 1.0, "bytes": 1.0, "kB": 1e-3, "KB": 1e-3, "KiB": 2**-10, "MB": 1e-6, "MiB": 2**-20, "GB": 1e-9, "GiB": 2**-30}
_RATIO = frozenset({"x", "×", "times", "fold", "-fold"})
_PERCENT = frozenset({"%", "％", "percent"})
_EXEMPT = 2  # "one query", "both of 2 calls": small whole numbers without a unit are words


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """What a claim rests on."""

    evidence: tuple[Evidence, ...]
    candidate: Candidate | None = None


def resolve(ids: Iterable[str], dossier: Dossier, candidate: Candidate | None = None) -> Cited | str:
    """The reason where an id does not resolve, or there is none at all."""
    found = []
    for short in dict.fromkeys(ids):
        item = dossier.evidence.get(short)
        if item is None:
            return f"the evidence {short!r} does not exist"
        found.append(item)
    if not found:
        return "it cites no evidence"
    return Cited(evidence=tuple(found), candidate=candidate)


def problem(text: str, cited: Cited, dossier: Dossier) -> str | None:
    """Why this sentence is not believed; None where nothing speaks against it."""
    if not re.search(r"[^\W\d_]{3}", text):
        return "it says nothing"
    if _VERDICT.search(text):
        return "it speaks of the verdict or the gate, which are measured and not for a model to judge"
    if _ADDRESS.search(text):
        return "it points to an address outside"
    if _MARKUP.search(text):
        return "it holds markup or commands"
    return _wrong_place(text, cited, dossier) or _wrong_number(text, cited) or _unknown_name(text, cited, dossier)


def _wrong_place(text: str, cited: Cited, dossier: Dossier) -> str | None:
    for match in _PATH.finditer(text):
        path = next((p for p in dossier.paths if p == match[1] or p.endswith(f"/{match[1]}")), None)
        if path is None:
            return f"{match[1]} is not in the diff"
        if match[2] and not _in_hunks(dossier, path, int(match[2]), int(match[3] or match[2])):
            return f"line {match[2]} of {path} is not in the diff"
    for match in _LINES.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        paths = [cited.candidate.path] if cited.candidate else list(dossier.paths)
        if not any(_in_hunks(dossier, path, first, last) for path in paths):
            return f"line {first} is not in the diff"
    return None


def _in_hunks(dossier: Dossier, path: str, first: int, last: int) -> bool:
    for hunk in dossier.hunks.get(path, ()):
        for start, count in ((hunk.new_start, hunk.new_count), (hunk.old_start, hunk.old_count)):
            if start <= first <= last <= start + max(0, count - 1):
                return True
    return False


def _wrong_number(text: str, cited: Cited) -> str | None:
    places = [match.span() for pattern in (_PATH, _LINES) for match in pattern.finditer(text)]
    for match in _NUMBER.finditer(text):
        if any(begin <= match.start() < end for begin, end in places):
            continue
        value, unit = float(match[1].replace(",", "")), match[2] or ""
        if not unit and value <= _EXEMPT and value == int(value):
            continue
        slack = max(0.5 * 10.0 ** -len(match[1].partition(".")[2]), 0.02 * value)
        if not any(abs(known - value) <= slack for known in _shown(cited, unit)):
            return f"the number {match[0].strip()} is not in the evidence that it cites"
    return None


def _shown(cited: Cited, unit: str) -> Iterator[float]:
    """Every number that the cited evidence justifies, in this unit."""
    for item in cited.evidence:
        yield from _of(item, unit)
        for text in (item.text or "", item.endpoint or ""):
            yield from _literals(text, unit)
    if cited.candidate is not None:
        yield from _literals("\n".join(line.text for line in cited.candidate.hunk.lines), unit)


def _of(item: Evidence, unit: str) -> Iterator[float]:
    before, after = single(item.baseline), single(item.candidate)
    lists = [v for side in (item.baseline, item.candidate) if isinstance(side, tuple) for v in side if v is not None]
    values = [v for v in (before, after, *lists) if v is not None]
    if before is not None and after is not None:
        values.append(abs(after - before))
        if before > 0 and after > 0 and unit in _RATIO:
            yield from (after / before, before / after)
        if before > 0 and unit in _PERCENT:
            yield abs(after - before) / before * 100
    if unit in _RATIO:
        return
    if unit in _PERCENT:
        yield from (v * 100 for v in values)
        yield from values if item.unit in _PERCENT else ()
        return
    known = unit_of(item)
    if known in _TIMES and (unit in _TIMES or not unit):
        scales = [_TIMES[unit]] if unit else [1.0, 1e3]
        yield from (v / _TIMES[known] * scale for v in values for scale in scales)
    elif unit in _SIZES and (known in _SIZES or not known):
        yield from (v / _SIZES.get(known, 1.0) * _SIZES[unit] for v in values)
    elif unit not in _TIMES:
        yield from values
    elif not known:  # a time whose unit the source does not say
        yield from (v * scale for v in values for scale in (1.0, 1e3, 1e-3))


def _literals(text: str, unit: str) -> Iterator[float]:
    """Numbers that stand in code or a log line; a time may be written in another unit there."""
    scales = (1.0, 1e3, 1e-3) if unit in _TIMES else (1.0,)
    for match in _LITERAL.finditer(text[:20_000]):
        yield from (float(match[1].replace("_", "")) * scale for scale in scales)


def _unknown_name(text: str, cited: Cited, dossier: Dossier) -> str | None:
    names = {next(group for group in match.groups() if group) for match in _NAME.finditer(text)}
    if not names:
        return None
    known = "\n".join(_read(cited.evidence, dossier))
    for name in sorted(names):
        bare = re.sub(r"[^\w.\-/]", " ", name).split()
        if bare and not all(part in known for part in bare):
            return f"it names {name}, which is in nothing that was read"
    return None


def _read(cited: Sequence[Evidence], dossier: Dossier) -> Iterator[str]:
    yield dossier.case.diff
    for item in (*cited, *dossier.evidence.values()):
        yield f"{item.name} {item.endpoint or ''} {item.text or ''}"
    for suspect in dossier.rules.suspects:
        yield suspect.mechanism
