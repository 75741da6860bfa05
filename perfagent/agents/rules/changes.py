"""The diff as an analyst reads it: one site for each changed function of each hunk, without moved lines, comments and imports."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfagent.agents.code.functions import Function, function_at, functions_in
from perfagent.agents.code.kinds import Kind, kind_of
from perfagent.agents.code.languages import Language, is_comment, language_of, without_trailing_comment
from perfagent.agents.code.tree import SourceTree
from perfagent.text.diff import Diff, FileDiff, Hunk

MAX_LINE = 1_000  # longer lines are data or minified
MAX_CHANGED = 40_000  # changed lines of a diff that are looked at
_IMPORT = re.compile(
    r"^\s*(?:import\b|from\s+[\w.]+\s+import\b|(?:const|let|var)\s+[\w{}\s,:]+=\s*require\(|#include|using\s+[\w.=\s]+;|use\s+[\w\\:{}, ]+;|package\s|require(?:_relative)?\s+['\"]|export\s+(?:\*|\{[^}]*\})\s+from|\}\s*from\s+['\"]|namespace\s)"
)
_EMPTY_CODE = re.compile(r"^[\s{}()\[\];,]*(?:end|else|pass|fi|done|then)?[\s{}()\[\];,:]*$")
_TAGS = re.compile(r"<%[=\-#]?|-?%>|\{%-?|-?%\}|\{\{-?|-?\}\}|@(?=foreach|for|if|end|while|forelse|each)|<\?(?:php|=)?|\?>")
_SECTION_NAME = re.compile(
    r"(?:def|func|fn|fun|function)\s+(?:\([^)]*\)\s*)?(?:self\.)?(\w+)|(?:const|let|var|exports\.|static)\s*(\w+)\s*=\s*(?:async\s*)?\("
    r"|^(?:(?:public|private|protected|internal|static|async|override|virtual|final|abstract)\s+)+[\w<>\[\],.?\s]*?(\w+)\s*\(|^\s*(?:async\s+)?(\w+)\s*\([^()]*\)\s*\{"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedLine:
    """`number` is the line of the candidate that shows the change: its own, or the place where a removed line stood. `context` is the text
    around it on its own side, with `at` its index there."""

    sign: str
    text: str
    number: int
    context: tuple[str, ...]
    at: int
    moved: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Changed lines of one function in one hunk. `id` is the evidence id `git:path:line`."""

    file: FileDiff
    kind: Kind
    language: Language | None
    hunk: Hunk
    hunk_number: int
    function: Function | None
    name: str
    lines: tuple[ChangedLine, ...]

    @property
    def path(self) -> str:
        return self.file.path

    @property
    def id(self) -> str:
        return f"git:{self.path}:{self.lines[0].number if self.lines else self.hunk.new_start}"

    @property
    def added(self) -> list[ChangedLine]:
        return [line for line in self.lines if line.sign == "+" and not line.moved]

    @property
    def removed(self) -> list[ChangedLine]:
        return [line for line in self.lines if line.sign == "-" and not line.moved]


def sites_of(diff: Diff, tree: SourceTree | None) -> list[Site]:
    """In the diff's order. Sites without any line that can matter (comments, imports, moved text) are left out."""
    moved = _moved_lines(diff)
    out: list[Site] = []
    budget = MAX_CHANGED
    for file in diff.files:
        if file.binary:
            continue
        language = language_of(file.path)
        kind = kind_of(file.path)
        text = tree.read(file.path) if tree is not None and language is not None else None
        whole = text.split("\n") if text is not None else None
        if whole is not None and not _agrees(file, whole):
            whole = text = None
        functions = functions_in(text, language) if text is not None else ()
        for number, hunk in enumerate(file.hunks):
            budget -= len(hunk.lines)
            if budget < 0:
                return out
            lines = [line for line in _changed_lines(hunk, kind, language, whole, moved) if line.number > 0 or line.sign == "-"]
            out += _split(file, kind, language, hunk, number, functions, lines)
    return out


def meaningful(text: str, language: Language | None) -> bool:
    return not (is_comment(text, language) or _IMPORT.match(text) or _EMPTY_CODE.match(text))


def _split(
    file: FileDiff,
    kind: Kind,
    language: Language | None,
    hunk: Hunk,
    number: int,
    functions: Sequence[Function],
    lines: Sequence[ChangedLine],
) -> Iterator[Site]:
    groups: dict[tuple[int, int], list[ChangedLine]] = {}
    known: dict[tuple[int, int], Function | None] = {}
    for line in lines:
        function = function_at(functions, line.number)
        key = (function.start, function.end) if function else (0, 0)
        groups.setdefault(key, []).append(line)
        known[key] = function
    for key, group in groups.items():
        function = known[key]
        name = function.name if function else _name_from_hunk(hunk, group)
        yield Site(file=file, kind=kind, language=language, hunk=hunk, hunk_number=number, function=function, name=name, lines=tuple(group))


def _changed_lines(
    hunk: Hunk, kind: Kind, language: Language | None, whole: Sequence[str] | None, moved: Counter[str]
) -> Iterator[ChangedLine]:
    new_side = [line for line in hunk.lines if line.kind != "-"]
    old_side = tuple(line.text for line in hunk.lines if line.kind != "+")
    new_texts = tuple(whole) if whole is not None else tuple(line.text for line in new_side)
    if kind is Kind.TEMPLATE:  # the tags hide the loops
        old_side, new_texts = tuple(map(_untagged, old_side)), tuple(map(_untagged, new_texts))
    next_new = hunk.new_start if hunk.new_count else hunk.new_start + 1
    new_index = old_index = 0
    for line in hunk.lines:
        if line.kind == " ":
            new_index, old_index = new_index + 1, old_index + 1
            next_new = (line.new or next_new) + 1
            continue
        number = line.new if line.new is not None else next_new
        if len(line.text) <= MAX_LINE and meaningful(line.text, language):
            text = _untagged(line.text) if kind is Kind.TEMPLATE else without_trailing_comment(line.text, language)
            is_moved = _normal(line.text) in moved
            if line.kind == "+":
                at = number - 1 if whole is not None else new_index
                yield ChangedLine(sign="+", text=text, number=number, context=new_texts, at=at, moved=is_moved)
            else:
                yield ChangedLine(sign="-", text=text, number=number, context=old_side, at=old_index, moved=is_moved)
        if line.kind == "+":
            new_index += 1
            next_new = number + 1
        else:
            old_index += 1


def _moved_lines(diff: Diff) -> Counter[str]:
    """Lines that are removed in one place and added in another (re-indented or not) change nothing by themselves."""
    removed: Counter[str] = Counter()
    added: Counter[str] = Counter()
    for file in diff.files:
        for hunk in file.hunks:
            for line in hunk.lines:
                if line.kind != " " and len(line.text) <= MAX_LINE:
                    (added if line.kind == "+" else removed)[_normal(line.text)] += 1
    return Counter(
        {
            text: removed[text]
            for text in removed
            if (removed[text] == added.get(text, 0) and len(text) > 3) or (0 < removed[text] < added.get(text, 0) and len(text) > 16)
        }
    )


def _normal(text: str) -> str:
    return " ".join(text.split())


def _untagged(text: str) -> str:
    """A template's line as the code inside its tags; the indentation stays."""
    return _TAGS.sub("", text).rstrip()


def _agrees(file: FileDiff, whole: Sequence[str]) -> bool:
    """Whether the tree holds the diff's new side; another revision's lines would mislead."""
    for hunk in file.hunks:
        for line in hunk.lines:
            if line.new is not None and line.kind == "+":
                if line.new > len(whole) or whole[line.new - 1].rstrip() != line.text.rstrip():
                    return False
                break
    return True


def _name_from_hunk(hunk: Hunk, lines: Sequence[ChangedLine]) -> str:
    """The function as far as the hunk shows it: the last header above the change, or the section git gives."""
    first = lines[0].number if lines else hunk.new_start
    name = ""
    for line in hunk.lines:
        if line.new is not None and line.new > first:
            break
        if line.kind != "-" and (match := re.search(r"\b(?:def|func|fn|fun|function)\s+(?:\([^)]*\)\s*)?(?:self\.)?(\w+)", line.text)):
            name = match[1]
    if name:
        return name
    match = _SECTION_NAME.search(hunk.section)
    return next((g for g in match.groups() if g), "") if match else ""
