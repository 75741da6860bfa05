"""Azure DevOps' threads on lines of the candidate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from perfagent.adapters.code_hosts.lines import LineThread, Place, line_body, place, sync
from perfagent.ports.code_host import Annotation
from perfagent.text.diff import parse_diff

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.azure_devops import AzureDevOps

_OPEN = frozenset({"active", "pending", "unknown"})


def mark_lines(host: AzureDevOps, pull_request: int, annotations: Sequence[Annotation], *, diff: str) -> None:
    parsed = parse_diff(diff)
    wanted = [(a, where, line_body(a, where, opening="suggestion")) for a in annotations if (where := place(parsed, a)) is not None]
    sync(_Threads(host, pull_request), wanted)


class _Threads:
    def __init__(self, host: AzureDevOps, pull_request: int) -> None:
        self._host = host
        self._path = f"/pullRequests/{pull_request}/threads"

    def ours(self) -> Sequence[LineThread]:
        threads = []
        for thread in self._host.call("GET", self._path)["value"]:
            comments = thread.get("comments") or []
            if not thread.get("threadContext") or not comments or comments[0].get("isDeleted"):
                continue
            if (comments[0].get("author") or {}).get("id") == self._host.author:
                is_open = thread.get("status", "active") in _OPEN
                threads.append(LineThread(id=str(thread["id"]), body=comments[0]["content"], open=is_open, handle=comments[0]["id"]))
        return threads

    def create(self, place: Place, body: str) -> None:
        self._host.call(
            "POST",
            self._path,
            json={
                "comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}],
                "status": "active",
                "threadContext": {
                    "filePath": f"/{place.path}",
                    "rightFileStart": {"line": place.start, "offset": 1},
                    "rightFileEnd": {"line": place.end, "offset": place.end_length + 1},
                },
            },
        )

    def change(self, thread: LineThread, body: str, *, resolved: bool) -> None:
        self._host.call("PATCH", f"{self._path}/{thread.id}/comments/{thread.handle}", json={"content": body})
        self._host.call("PATCH", f"{self._path}/{thread.id}", json={"status": "fixed" if resolved else "active"})
