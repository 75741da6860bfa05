"""Comments on lines: each finding marked once, where the diff shows its line; shown as resolved when gone; never again once dismissed.

A finding is known again by its fingerprint in a hidden mark. Who closes such a thread by hand has dismissed it, and it stays closed;
what perfagent itself resolved is opened again when the finding comes back.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from perfagent.adapters.code_hosts.once import write_once
from perfagent.ports.code_host import Annotation
from perfagent.text.diff import Diff

# More would bury a review; the comment and the report hold all of them.
MOST_LINE_COMMENTS = 20
_MARK = re.compile(r"perfagent:line:([0-9a-zA-Z_.-]+)")
_RESOLVED = "perfagent:resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Lines of the candidate inside one hunk. `old_line` is the baseline's number of the last line, None where it was added.
    `end_length` counts the last
    line's characters. `whole`: the finding's every line lies in the hunk, so that a suggestion may replace them."""

    path: str
    old_path: str
    start: int
    end: int
    old_line: int | None
    end_length: int
    whole: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LineThread:
    """`handle` is the adapter's own; `open` as the host says (True where it does not say)."""

    id: str
    body: str
    open: bool = True
    handle: object = None

    @property
    def fingerprint(self) -> str:
        found = _MARK.search(self.body)
        return found.group(1) if found else ""

    @property
    def resolved_by_us(self) -> bool:
        return _RESOLVED in self.body


class LineThreads(Protocol):
    """The line comments of one pull request that we wrote. Raises HttpError."""

    def ours(self) -> Sequence[LineThread]: ...

    def create(self, place: Place, body: str) -> None: ...

    def change(self, thread: LineThread, body: str, *, resolved: bool) -> None: ...


def place(diff: Diff, annotation: Annotation) -> Place | None:
    """None where the diff does not show the finding's last line: hosts refuse a comment there."""
    file = diff.file(annotation.file)
    if file is None or file.new_path is None:
        return None
    for hunk in file.hunks:
        shown = {line.new: line for line in hunk.lines if line.new is not None}
        if annotation.end_line not in shown:
            continue
        whole = all(n in shown for n in range(annotation.start_line, annotation.end_line + 1))
        return Place(
            path=file.new_path,
            old_path=file.old_path or file.new_path,
            start=annotation.start_line if whole else annotation.end_line,
            end=annotation.end_line,
            old_line=shown[annotation.end_line].old,
            end_length=len(shown[annotation.end_line].text),
            whole=whole,
        )
    return None


def fingerprint(annotation: Annotation) -> str:
    given = re.sub(r"[^0-9a-zA-Z_.-]", "", annotation.fingerprint)
    return given or hashlib.sha256(f"{annotation.file}\0{annotation.title}".encode()).hexdigest()[:12]


def line_body(annotation: Annotation, where: Place, *, opening: str, hidden: str = "<!-- {} -->") -> str:
    """`opening` is what follows the fence of a suggestion on this host; it may use `above`, the lines above the last one."""
    parts = [f"**{annotation.title}**", "", annotation.message]
    if annotation.suggestion is not None and where.whole:
        ticks = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", annotation.suggestion)), default=0))
        text = annotation.suggestion.rstrip("\n")
        parts += ["", f"{ticks}{opening.format(above=where.end - where.start)}", *([text] if text else []), ticks]
    return "\n".join([*parts, "", hidden.format(f"perfagent:line:{fingerprint(annotation)}")])


def resolved_body(body: str, *, hidden: str = "<!-- {} -->") -> str:
    return f"✅ _Resolved: no longer measured as a finding._\n\n{body}\n{hidden.format(_RESOLVED)}"


def sync(threads: LineThreads, wanted: Sequence[tuple[Annotation, Place, str]], *, hidden: str = "<!-- {} -->") -> None:
    """`wanted`: each finding with its place and text."""
    existing = {t.fingerprint: t for t in threads.ours() if t.fingerprint}
    texts: dict[str, tuple[Place, str]] = {}
    for annotation, where, body in wanted:
        texts.setdefault(fingerprint(annotation), (where, body))
    for key, thread in existing.items():
        if key not in texts and thread.open and not thread.resolved_by_us:
            threads.change(thread, resolved_body(thread.body, hidden=hidden), resolved=True)
        elif key in texts and thread.resolved_by_us:
            threads.change(thread, texts[key][1], resolved=False)
    fresh = [key for key in texts if key not in existing]
    for key in fresh[:MOST_LINE_COMMENTS]:
        _create(threads, key, *texts[key])


def _create(threads: LineThreads, key: str, where: Place, body: str) -> None:
    def create() -> bool:
        threads.create(where, body)
        return True

    def already() -> bool | None:
        return True if any(t.fingerprint == key for t in threads.ours()) else None

    write_once(create, already=already)
