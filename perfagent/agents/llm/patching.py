"""A model's replacement for a few lines, as a patch that applies, or the reason why it is not shown.

The patch is made by code from the candidate's own lines, so its context is right by construction. What is checked is what the model wrote.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from pathlib import Path

from perfagent.agents.code.kinds import Kind
from perfagent.agents.code.tree import SourceTree
from perfagent.agents.llm.cleaning import Redact, carries_hidden
from perfagent.agents.llm.dossier import Candidate
from perfagent.model.diagnosis import Remediation
from perfagent.text.diff import FileStatus

_CONTEXT = 3
_MOST_LINES = 40
_KINDS = frozenset({Kind.SOURCE, Kind.SETTINGS, Kind.TEMPLATE})
_NEVER = re.compile(r"(?:^|/)\.perfagent(?:\.ya?ml|/)|(?:^|/)baselines?/|(?:^|/)\.git|(?:^|/)\.\.(?:/|$)|^/|(?:^|/)k6/|(?:^|/)\.circleci/")
_PLAIN_PATH = re.compile(r"[^\s\"\\\x00-\x1f]+")
# What no fix of a slowdown needs, and what hostile text would want: reaching out, running programs, reading secrets.
_REACHES = re.compile(
    r"\w+://|\b(?:eval|exec|execSync|spawn|popen|system|shell_exec|passthru|subprocess|child_process|ProcessBuilder|getRuntime|importlib|"
    r"__import__|pickle|marshal|curl|wget|socket|urlopen|requests\.|environ|getenv|process\.env)\b|base64|\bverify\s*=\s*False",
    re.IGNORECASE,
)
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def patched(
    candidate: Candidate, *, first: int, last: int, replacement: str, summary: str, repository: Path | None, redact: Redact
) -> Remediation | str:
    """The reason where it is refused. `measured` is False: nobody ran the service with it yet."""
    refused = _refused(candidate, first, last)
    if refused:
        return refused
    text = replacement.replace("\r\n", "\n").rstrip("\n")
    new = text.split("\n") if text else []
    known, ends_with_newline = _known_lines(candidate, repository)
    old = [known[n] for n in range(first, last + 1) if n in known]
    if len(old) != last - first + 1:
        return f"lines {first}-{last} of {candidate.path} are not in the diff"
    if last == max(known) and candidate.hunk.lines[-1].kind == " " and len(known) == candidate.hunk.new_count:
        return f"what follows line {last} of {candidate.path} is not known, so that git would not apply a patch there"
    carriage = all(line.endswith("\r") for line in old)
    if carriage:
        new = [f"{line}\r" for line in new]
    why = _suspicious(old, new, text, redact)
    if why:
        return why
    if candidate.path.endswith(".py") and not _still_parses(known, first, last, new):
        return "the patched file would not parse"
    patch = _patch(candidate.path, known, first, last, new, ends_with_newline=ends_with_newline)
    return Remediation(
        summary=summary,
        patch=patch,
        file=candidate.path,
        start_line=first,
        end_line=last,
        replacement="\n".join(line.removesuffix("\r") for line in new),
        measured=False,
    )


def _refused(candidate: Candidate, first: int, last: int) -> str | None:
    path, hunk = candidate.path, candidate.hunk
    if candidate.kind not in _KINDS or _NEVER.search(path) or not _PLAIN_PATH.fullmatch(path):
        return f"{path} is not a file that a suggestion may touch"
    if candidate.file.status not in (FileStatus.MODIFIED, FileStatus.RENAMED, FileStatus.ADDED) or candidate.file.binary:
        return f"{path} is not there to be patched"
    if not hunk.new_start <= first <= last <= hunk.new_start + hunk.new_count - 1:
        return f"lines {first}-{last} of {path} are not in the diff"
    return f"{last - first + 1} lines are too many to replace" if last - first >= _MOST_LINES else None


def _suspicious(old: Sequence[str], new: Sequence[str], text: str, redact: Redact) -> str | None:
    if list(old) == list(new):
        return "the patch changes nothing"
    if len(new) > _MOST_LINES:
        return f"{len(new)} lines are too many for a suggestion"
    if carries_hidden(text):
        return "the patch holds invisible characters"
    if redact(text) != text:
        return "the patch holds a secret"
    before = {match[0].lower() for match in _REACHES.finditer("\n".join(old))}
    reaching = next((m[0] for m in _REACHES.finditer(text) if m[0].lower() not in before), None)
    if reaching is not None:
        return f"the patch brings in {reaching}, which no fix of a slowdown needs"
    if _balance(old) != _balance(new):
        return "the patch opens or closes brackets that the replaced lines do not"
    return None


def _balance(lines: Sequence[str]) -> tuple[int, ...]:
    text = "\n".join(lines)
    return tuple(text.count(opening) - text.count(closing) for opening, closing in _PAIRS.items())


def _known_lines(candidate: Candidate, repository: Path | None) -> tuple[dict[int, str], bool]:
    """The candidate's lines by number: the whole file where the tree holds it as the diff says, else the hunk's own.
    And whether the last of them ends with a newline."""
    hunk = candidate.hunk
    shown = {line.new: line for line in hunk.lines if line.new is not None}
    data = SourceTree(repository).read_bytes(candidate.path) if repository is not None else None
    if data is not None:
        try:
            whole = data.decode("utf-8").split("\n")
        except UnicodeDecodeError:
            whole = []
        newline = bool(whole) and whole[-1] == ""
        lines = dict(enumerate(whole[:-1] if newline else whole, 1))
        if all(lines.get(number) == line.text for number, line in shown.items()):
            return lines, newline
    return {number: line.text for number, line in shown.items()}, all(line.newline for line in shown.values())


def _still_parses(known: dict[int, str], first: int, last: int, new: Sequence[str]) -> bool:
    """True too where the file as it stands cannot be parsed, since only a part of it is known."""
    before = [known[n] for n in sorted(known) if n < first]
    after = [known[n] for n in sorted(known) if n > last]
    original = [*before, *(known[n] for n in range(first, last + 1)), *after]
    return not _parses(original) or _parses([*before, *new, *after])


def _parses(lines: Sequence[str]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _patch(path: str, known: dict[int, str], first: int, last: int, new: Sequence[str], *, ends_with_newline: bool) -> str:
    before = [n for n in range(first - _CONTEXT, first) if n in known]
    after = [n for n in range(last + 1, last + 1 + _CONTEXT) if n in known]
    final = max(known)

    def line(sign: str, text: str, *, at_end: bool) -> str:
        return f"{sign}{text}\n" + ("\\ No newline at end of file\n" if at_end and not ends_with_newline else "")

    start = before[0] if before else first
    count = len(before) + last - first + 1 + len(after)
    body = [line(" ", known[n], at_end=False) for n in before]
    body += [line("-", known[n], at_end=n == final) for n in range(first, last + 1)]
    body += [line("+", text, at_end=last == final and i == len(new) - 1) for i, text in enumerate(new)]
    body += [line(" ", known[n], at_end=n == final) for n in after]
    added = len(before) + len(new) + len(after)
    return f"--- a/{path}\n+++ b/{path}\n@@ -{start},{count} +{start if added else start - 1},{added} @@\n{''.join(body)}"
