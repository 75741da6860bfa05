"""One comment on a pull request, kept current, whatever happens on the way.

A comment is ours when it carries our marker and we wrote it. Nothing is posted before a look, and after an answer that was lost we look
again before posting again; so a re-run, a retry and two pipelines at once all end with one comment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from perfagent.adapters.http import HttpError
from perfagent.ports.code_host import Posted

# What a host answers when a comment can no longer be edited by us: no right, gone, not allowed, locked.
_NOT_EDITABLE = frozenset({403, 404, 405, 409, 410, 422, 423})
_CUT = "\n\n_… cut to what this host takes; the whole of it is in the report._\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    id: str
    body: str
    url: str = ""


class Thread(Protocol):
    """The comments of one pull request. Raises HttpError."""

    def ours(self, marker: str) -> Sequence[Comment]:
        """Written by us and carrying `marker`, oldest first, from all pages."""
        ...

    def create(self, body: str) -> Comment: ...

    def edit(self, comment: Comment, body: str) -> Comment: ...

    def delete(self, comment: Comment) -> None: ...


def upsert(thread: Thread, body: str, *, marker: str, attempts: int = 3) -> Posted:
    """Edit the oldest comment of ours that can be edited, and remove any other; post one where there is none."""
    not_editable: set[str] = set()
    known: set[str] | None = None
    for attempt in range(1, attempts + 1):
        ours = [c for c in thread.ours(marker) if c.id not in not_editable]
        known = {c.id for c in ours} if known is None else known
        for comment in ours:
            edited = _edit(thread, comment, body)
            if edited is not None:
                _delete(thread, [c for c in ours if c.id != comment.id and c.id not in not_editable])
                return Posted(id=edited.id, url=edited.url, created=edited.id not in known)
            not_editable.add(comment.id)
        try:
            created = thread.create(body)
        except HttpError as error:
            if not error.maybe_applied or attempt == attempts:
                raise
            continue
        return _settle(thread, created, body, marker=marker, ignoring=not_editable)
    raise AssertionError("the last attempt returns or raises")


def current_text(thread: Thread, *, marker: str) -> str | None:
    """Where an older one could not be edited any more, the newest is the current one."""
    ours = thread.ours(marker)
    return ours[-1].body if ours else None


def _settle(thread: Thread, created: Comment, body: str, *, marker: str, ignoring: set[str]) -> Posted:
    """Another pipeline of this pull request may have posted at the same moment: the oldest comment stays, ours goes."""
    posted = Posted(id=created.id, url=created.url, created=True)
    try:
        ours = [c for c in thread.ours(marker) if c.id not in ignoring]
        if not ours or ours[0].id == created.id:
            return posted
        edited = _edit(thread, ours[0], body)
    except HttpError:
        return posted  # it is posted; the next run finds a duplicate, if there is one
    if edited is None:
        return posted
    _delete(thread, [created])
    return Posted(id=edited.id, url=edited.url, created=False)


def _edit(thread: Thread, comment: Comment, body: str) -> Comment | None:
    if same_text(comment.body, body):
        return comment
    try:
        return thread.edit(comment, body)
    except HttpError as error:
        if error.status in _NOT_EDITABLE:
            return None
        raise


def _delete(thread: Thread, comments: Sequence[Comment]) -> None:
    """Best effort: a duplicate that cannot be deleted does no harm that is worth a warning."""
    for comment in comments:
        try:
            thread.delete(comment)
        except HttpError:
            continue


def same_text(left: str, right: str) -> bool:
    """Hosts change line ends and cut white space at the ends."""
    return left.replace("\r\n", "\n").strip() == right.replace("\r\n", "\n").strip()


def fit(body: str, limit: int, *, marker: str) -> str:
    """`body` in at most `limit` characters, cut at a line, with its code fence and folds closed and its marker kept."""
    if len(body) <= limit:
        return body
    room = limit - len(_CUT) - len(marker) - 200
    kept = body[:room].rpartition("\n")[0] or body[:room]
    fence = ""
    for line in kept.splitlines():
        found = re.match(r" {0,3}(`{3,}|~{3,})(.*)$", line)
        if not found:
            continue
        ticks, rest = found.groups()
        if not fence:
            fence = ticks
        elif ticks[0] == fence[0] and len(ticks) >= len(fence) and not rest.strip():
            fence = ""
    closing = f"\n{fence}" if fence else ""
    closing += "\n\n</details>" * max(0, kept.count("<details") - kept.count("</details>"))
    cut = kept + closing + _CUT
    return cut if marker in cut else f"{cut}\n{marker}\n"
