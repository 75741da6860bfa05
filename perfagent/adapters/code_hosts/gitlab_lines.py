"""GitLab's discussions on lines of the diff, with a suggestion that one click applies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from perfagent.adapters.code_hosts.lines import LineThread, Place, line_body, place, sync
from perfagent.adapters.http import HttpError
from perfagent.ports.code_host import Annotation
from perfagent.text.diff import parse_diff

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.gitlab import GitLab

_OPENING = "suggestion:-{above}+0"


def mark_lines(host: GitLab, merge_request: Any, annotations: Sequence[Annotation], *, diff: str) -> None:
    parsed = parse_diff(diff)
    wanted = [(a, where, line_body(a, where, opening=_OPENING)) for a in annotations if (where := place(parsed, a)) is not None]
    sync(_Discussions(host, merge_request), wanted)


class _Discussions:
    def __init__(self, host: GitLab, merge_request: Any) -> None:
        self._host = host
        self._merge_request = merge_request

    def ours(self) -> Sequence[LineThread]:
        threads = []
        for discussion in self._merge_request.discussions.list(iterator=True):
            first = discussion.attributes["notes"][0]
            if first["author"]["username"] == self._host.author and first.get("type") == "DiffNote":
                threads.append(LineThread(id=str(first["id"]), body=first["body"], open=not first.get("resolved"), handle=discussion.id))
        return threads

    def create(self, place: Place, body: str) -> None:
        refs = self._merge_request.diff_refs
        position: dict[str, Any] = {
            "position_type": "text",
            "base_sha": refs["base_sha"],
            "start_sha": refs["start_sha"],
            "head_sha": refs["head_sha"],
            "old_path": place.old_path,
            "new_path": place.path,
            "new_line": place.end,
        }
        if place.old_line is not None:
            position["old_line"] = place.old_line
        try:
            self._merge_request.discussions.create({"body": body, "position": position})
        except HttpError as error:
            if error.status != 400:  # 400: the line is not in the diff (any longer)
                raise

    def change(self, thread: LineThread, body: str, *, resolved: bool) -> None:
        self._merge_request.notes.update(int(thread.id), {"body": body})
        self._host.http.json(
            "PUT",
            f"{self._host.base}/merge_requests/{self._merge_request.iid}/discussions/{thread.handle}",
            json={"resolved": resolved},
        )
