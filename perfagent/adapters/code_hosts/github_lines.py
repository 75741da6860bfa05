"""GitHub's two ways to mark lines: annotations of a check run, and review comments that carry a suggestion."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from perfagent.adapters.code_hosts.lines import LineThread, Place, line_body, place, sync
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.http import HttpError
from perfagent.ports.code_host import Annotation
from perfagent.text.diff import parse_diff

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.github import GitHub

# Not a job's own name: GitHub would take one for the other.
_CHECK_NAME = "perfagent findings"
_PER_REQUEST = 50
_LEVELS = {"notice": "notice", "warning": "warning", "failure": "failure"}


def mark_lines(host: GitHub, pull_request: int, revision: str, annotations: Sequence[Annotation], *, diff: str) -> None:
    """A finding with a suggestion becomes a review comment, any other an annotation. Only an App's token may write check runs;
    with another one they all become review comments."""
    parsed = parse_diff(diff)
    placed = [(a, where) for a in annotations if (where := place(parsed, a)) is not None]
    suggested = [(a, where) for a, where in placed if a.suggestion is not None and where.whole]
    plain = [a for a in annotations if not any(a is s for s, _ in suggested)]
    commented = suggested
    if plain and not _check_run(host, revision, plain):
        commented = placed
    texts = [(a, where, line_body(a, where, opening="suggestion")) for a, where in commented]
    threads = _ReviewComments(host, pull_request, revision)
    sync(threads, texts)


def _check_run(host: GitHub, revision: str, annotations: Sequence[Annotation]) -> bool:
    """False where this token may not write check runs. The same findings on the same commit are written once."""
    items = [_item(a) for a in annotations]
    key = "perfagent-" + hashlib.sha256(repr(items).encode()).hexdigest()[:16]
    noun = "finding" if len(items) == 1 else "findings"
    title = f"{len(items)} performance {noun}"

    def existing() -> dict[str, Any] | None:
        page = host.http.json("GET", f"{host.base}/commits/{revision}/check-runs", params={"check_name": _CHECK_NAME, "per_page": 100})
        return next((run for run in page["check_runs"] if run.get("external_id") == key), None)

    def output(batch: list[dict[str, Any]]) -> dict[str, Any]:
        summary = "Lines that perfagent's evidence points to. The commit status says whether the gate passed."
        return {"title": title, "summary": summary, "annotations": batch}

    def create() -> dict[str, Any]:
        body = {
            "name": _CHECK_NAME,
            "head_sha": revision,
            "external_id": key,
            "status": "completed",
            "conclusion": "neutral",
            "output": output(items[:_PER_REQUEST]),
        }
        answer: dict[str, Any] = host.http.json("POST", f"{host.base}/check-runs", json=body)
        return answer

    try:
        run = existing() or write_once(create, already=existing)
        written = int((run.get("output") or {}).get("annotations_count") or 0)
        if written == 0:  # the answer to a create may count before it has stored them
            written = min(len(items), _PER_REQUEST)
        while written < len(items):
            batch = items[written : written + _PER_REQUEST]
            host.http.json("PATCH", f"{host.base}/check-runs/{run['id']}", json={"output": output(batch)})
            written += len(batch)
    except HttpError as error:
        if error.status in (403, 404):
            return False
        raise
    return True


def _item(annotation: Annotation) -> dict[str, Any]:
    return {
        "path": annotation.file,
        "start_line": annotation.start_line,
        "end_line": max(annotation.start_line, annotation.end_line),
        "annotation_level": _LEVELS.get(annotation.severity, "warning"),
        "title": annotation.title[:255],
        "message": annotation.message[:60_000] or annotation.title,
    }


class _ReviewComments:
    def __init__(self, host: GitHub, pull_request: int, revision: str) -> None:
        self._host = host
        self._revision = revision
        self._number = pull_request
        self._pull = host.repository.get_pull(pull_request)

    def ours(self) -> Sequence[LineThread]:
        return [
            LineThread(id=str(c.id), body=c.body or "", handle=c)
            for c in self._pull.get_review_comments()
            if c.user is not None and self._host.is_ours(c.user.login)
        ]

    def create(self, place: Place, body: str) -> None:
        comment: dict[str, Any] = {
            "body": body,
            "commit_id": self._revision,
            "path": place.path,
            "line": place.end,
            "side": "RIGHT",
        }
        if place.start < place.end:
            comment |= {"start_line": place.start, "start_side": "RIGHT"}
        try:
            self._host.http.json("POST", f"{self._host.base}/pulls/{self._number}/comments", json=comment)
        except HttpError as error:
            if error.status != 422:  # the line left the diff between reading it and now: leave it out
                raise

    def change(self, thread: LineThread, body: str, *, resolved: bool) -> None:  # noqa: ARG002  resolving a thread needs GraphQL and more rights
        thread.handle.edit(body)  # type: ignore[attr-defined]
