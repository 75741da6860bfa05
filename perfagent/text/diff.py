"""Unified diffs as frozen values: files, hunks and lines with their old and new numbers.

Reads what git, the code hosts and plain `diff -u` write. Never raises: text from a pull request is hostile until shown otherwise, so
whatever cannot be read is skipped and counted in `Diff.skipped`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

_HUNK = re.compile(r"^@@ -(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))? @@ ?(.*)$")
_NOTE = "# perfagent:"
_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}


class FileStatus(StrEnum):
    MODIFIED = "modified"
    ADDED = "added"
    DELETED = "deleted"
    RENAMED = "renamed"
    COPIED = "copied"


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """`kind` is "+", "-" or " "; `old` and `new` are 1-based and None where the line is not on that side."""

    kind: str
    text: str
    old: int | None
    new: int | None
    newline: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """`section` is what stands after the second @@: usually the function the hunk begins in."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    section: str
    lines: tuple[DiffLine, ...]

    @property
    def added(self) -> tuple[DiffLine, ...]:
        return tuple(line for line in self.lines if line.kind == "+")

    @property
    def removed(self) -> tuple[DiffLine, ...]:
        return tuple(line for line in self.lines if line.kind == "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileDiff:
    """`old_path` is None for an added file, `new_path` for a deleted one; `path` is the name to speak of."""

    old_path: str | None
    new_path: str | None
    status: FileStatus
    hunks: tuple[Hunk, ...]
    binary: bool = False
    old_mode: str | None = None
    new_mode: str | None = None

    @property
    def path(self) -> str:
        return self.new_path or self.old_path or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diff:
    """`notes` are the `# perfagent:` lines at the head: what the code host left out. `skipped` counts lines nothing could be made of."""

    files: tuple[FileDiff, ...]
    notes: tuple[str, ...] = ()
    skipped: int = 0

    def file(self, path: str) -> FileDiff | None:
        return next((f for f in self.files if f.path == path), None)


def parse_diff(text: str) -> Diff:
    """Parse one or more unified diffs. CRLF is part of a line's text only where the file itself has it."""
    reader = _Reader(text)
    files = tuple(reader.files())
    return Diff(files=files, notes=tuple(reader.notes), skipped=reader.skipped)


class _Reader:
    def __init__(self, text: str) -> None:
        lines = text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
        # A diff that went through a CRLF editor has \r at the end of its header lines too; one of a CRLF file has it in bodies only.
        heads = [line for line in lines if line.startswith(("diff --git ", "@@ -", "+++ "))]
        if heads and all(line.endswith("\r") for line in heads):
            lines = [line.removesuffix("\r") for line in lines]
        self._lines = lines
        self._at = 0
        self.notes: list[str] = []
        self.skipped = 0

    def files(self) -> Iterator[FileDiff]:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith("diff --git "):
                yield self._git_file()
            elif line.startswith("--- ") and self._peek(1).startswith("+++ "):
                yield self._plain_file()
            else:
                if line.startswith(_NOTE):
                    self.notes.append(line[len(_NOTE) :].strip())
                elif line.strip():
                    self.skipped += 1
                self._at += 1

    def _peek(self, ahead: int) -> str:
        at = self._at + ahead
        return self._lines[at] if at < len(self._lines) else ""

    def _git_file(self) -> FileDiff:
        old, new = _git_names(self._lines[self._at][len("diff --git ") :])
        self._at += 1
        head = _Head(old=old, new=new)
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(("diff --git ", "@@ ")):
                break
            if not head.take(line):
                if line.strip() and not line.startswith(_NOTE):
                    break
                if line.startswith(_NOTE):
                    self.notes.append(line[len(_NOTE) :].strip())
            self._at += 1
            if head.binary_patch:
                self._skip_binary()
                break
        return head.file(tuple(self._hunks()))

    def _plain_file(self) -> FileDiff:
        head = _Head(old=None, new=None)
        head.take(self._lines[self._at])
        head.take(self._lines[self._at + 1])
        self._at += 2
        return head.file(tuple(self._hunks()))

    def _skip_binary(self) -> None:
        while self._at < len(self._lines) and not self._lines[self._at].startswith("diff --git "):
            self._at += 1

    def _hunks(self) -> Iterator[Hunk]:
        while self._at < len(self._lines):
            match = _HUNK.match(self._lines[self._at])
            if match is None:
                if not self._lines[self._at].startswith(("\\", "@@")):
                    return
                self.skipped += 1
                self._at += 1
                continue
            self._at += 1
            yield self._hunk(match)

    def _hunk(self, match: re.Match[str]) -> Hunk:
        old_start, new_start = int(match[1]), int(match[3])
        old_count = int(match[2]) if match[2] is not None else 1
        new_count = int(match[4]) if match[4] is not None else 1
        old, new = old_start, new_start
        lines: list[DiffLine] = []
        while self._at < len(self._lines) and (old < old_start + old_count or new < new_start + new_count or self._peek(0)[:1] == "\\"):
            raw = self._lines[self._at]
            kind = raw[:1] or " "  # some mailers strip the blank of an empty context line
            if kind == "\\":
                if lines:
                    last = lines.pop()
                    lines.append(DiffLine(kind=last.kind, text=last.text, old=last.old, new=last.new, newline=False))
            elif kind == "+":
                lines.append(DiffLine(kind="+", text=raw[1:], old=None, new=new))
                new += 1
            elif kind == "-":
                lines.append(DiffLine(kind="-", text=raw[1:], old=old, new=None))
                old += 1
            elif kind == " ":
                lines.append(DiffLine(kind=" ", text=raw[1:], old=old, new=new))
                old, new = old + 1, new + 1
            else:
                break  # the counts of the header lied
            self._at += 1
        return Hunk(
            old_start=old_start, old_count=old_count, new_start=new_start, new_count=new_count, section=match[5].strip(), lines=tuple(lines)
        )


@dataclass(slots=True)
class _Head:
    """What stands between `diff --git` and the first hunk."""

    old: str | None
    new: str | None
    status: FileStatus = FileStatus.MODIFIED
    binary: bool = False
    binary_patch: bool = False
    old_mode: str | None = None
    new_mode: str | None = None

    def take(self, line: str) -> bool:
        """Whether `line` belongs to the head."""
        for word, action in _HEAD_WORDS.items():
            if line.startswith(word):
                action(self, line[len(word) :])
                return True
        return False

    def file(self, hunks: tuple[Hunk, ...]) -> FileDiff:
        old = None if self.status is FileStatus.ADDED else self.old
        new = None if self.status is FileStatus.DELETED else self.new
        return FileDiff(
            old_path=old,
            new_path=new,
            status=self.status,
            hunks=hunks,
            binary=self.binary,
            old_mode=self.old_mode,
            new_mode=self.new_mode,
        )

    def _old_name(self, rest: str) -> None:
        name = _name(rest)
        if name == "/dev/null":
            self.status = FileStatus.ADDED
        else:
            self.old = _strip(name, "a/")

    def _new_name(self, rest: str) -> None:
        name = _name(rest)
        if name == "/dev/null":
            self.status = FileStatus.DELETED
        else:
            self.new = _strip(name, "b/")

    def _added(self, rest: str) -> None:
        self.status, self.new_mode = FileStatus.ADDED, rest

    def _deleted(self, rest: str) -> None:
        self.status, self.old_mode = FileStatus.DELETED, rest

    def _old_mode(self, rest: str) -> None:
        self.old_mode = rest

    def _new_mode(self, rest: str) -> None:
        self.new_mode = rest

    def _renamed_from(self, rest: str) -> None:
        self.status, self.old = FileStatus.RENAMED, _name(rest)

    def _copied_from(self, rest: str) -> None:
        self.status, self.old = FileStatus.COPIED, _name(rest)

    def _moved_to(self, rest: str) -> None:
        self.new = _name(rest)

    def _is_binary(self, _: str) -> None:
        self.binary = True

    def _has_binary_patch(self, _: str) -> None:
        self.binary = self.binary_patch = True

    def _nothing(self, _: str) -> None:
        return


_HEAD_WORDS = {
    "--- ": _Head._old_name,
    "+++ ": _Head._new_name,
    "new file mode ": _Head._added,
    "deleted file mode ": _Head._deleted,
    "old mode ": _Head._old_mode,
    "new mode ": _Head._new_mode,
    "rename from ": _Head._renamed_from,
    "rename to ": _Head._moved_to,
    "copy from ": _Head._copied_from,
    "copy to ": _Head._moved_to,
    "similarity index ": _Head._nothing,
    "dissimilarity index ": _Head._nothing,
    "index ": _Head._nothing,
    "Binary files ": _Head._is_binary,
    "GIT binary patch": _Head._has_binary_patch,
}


def _strip(name: str, prefix: str) -> str:
    return name.removeprefix(prefix)


def _name(raw: str) -> str:
    """A path as git prints it: quoted with C escapes (octal bytes of UTF-8), or plain, with a date after a tab in plain diffs."""
    raw = raw.strip("\r")
    if raw.startswith('"'):
        end = _closing_quote(raw)
        return _unquote(raw[1:end])
    return raw.split("\t", 1)[0].rstrip()


def _closing_quote(raw: str) -> int:
    at = 1
    while at < len(raw) and raw[at] != '"':
        at += 2 if raw[at] == "\\" else 1
    return min(at, len(raw))


def _unquote(inner: str) -> str:
    def byte(match: re.Match[str]) -> str:
        word = match[1]
        return chr(int(word, 8)) if len(word) == 3 else _ESCAPES.get(word, word)

    if "\\" not in inner:
        return inner
    octal = _ESCAPE.sub(byte, inner)
    try:
        return octal.encode("latin-1").decode("utf-8", "replace")
    except UnicodeEncodeError:
        return octal


def _git_names(rest: str) -> tuple[str | None, str | None]:
    """Both names of `diff --git a/x b/x`. Ambiguous with blanks in names, so an even split is tried before the first ` b/`."""
    rest = rest.strip()
    if rest.startswith('"'):
        end = _closing_quote(rest)
        return _strip(_unquote(rest[1:end]), "a/"), _strip(_name(rest[end + 1 :].strip()), "b/")
    half = len(rest) // 2
    if len(rest) % 2 and rest[half] == " " and _strip(rest[:half], "a/") == _strip(rest[half + 1 :], "b/"):
        return _strip(rest[:half], "a/"), _strip(rest[half + 1 :], "b/")
    if ' "' in rest:
        old, _, new = rest.partition(' "')
        return _strip(old, "a/"), _strip(_name('"' + new), "b/")
    old, middle, new = rest.partition(" b/")
    return (_strip(old, "a/"), new) if middle else (None, None)
