"""Acceptances on GitLab: by note, or by label from whoever set it last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from perfagent.adapters.code_hosts.acceptance import Remark, decide, when
from perfagent.adapters.http import HttpError
from perfagent.ports.acceptance import Acceptances

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.gitlab import GitLab

_DEVELOPER = 30


def acceptances(host: GitLab, merge_request: Any, *, label: str) -> Acceptances:
    people: dict[str, int] = {}

    def may_write(username: str) -> bool | None:
        try:
            member = host.http.json("GET", f"{host.base}/members/all/{people[username]}")
        except HttpError as error:
            if error.status == 404:
                return False
            if error.status == 403:
                return None
            raise
        return int(member["access_level"]) >= _DEVELOPER

    return decide(_remarks(host, merge_request, label, people), may_write=may_write, now=host.http.pace.now())


def _remarks(host: GitLab, merge_request: Any, label: str, people: dict[str, int]) -> Iterator[Remark]:
    path = f"{host.base}/merge_requests/{merge_request.iid}"
    for note in host.http.by_link(f"{path}/notes", {"order_by": "created_at", "sort": "asc"}):
        username = note["author"]["username"]
        people[username] = int(note["author"]["id"])
        if username != host.author and not note.get("system"):
            url = f"{merge_request.web_url}#note_{note['id']}"
            yield Remark(author=username, url=url, body=note["body"], at=when(note.get("created_at")))
    if label not in merge_request.labels:
        return
    events = host.http.by_link(f"{path}/resource_label_events")
    added = [e for e in events if e.get("action") == "add" and (e.get("label") or {}).get("name") == label]
    if added:
        user = added[-1]["user"]
        people[user["username"]] = int(user["id"])
        yield Remark(author=user["username"], url=f"label {label}", at=when(added[-1].get("created_at")))
