"""Acceptances on GitHub: by comment, or by label from whoever set it last."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from perfagent.adapters.code_hosts.acceptance import Remark, decide, when
from perfagent.adapters.http import HttpError
from perfagent.ports.acceptance import Acceptances

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.github import GitHub


def acceptances(host: GitHub, pull_request: int, *, label: str) -> Acceptances:
    def may_write(login: str) -> bool | None:
        try:
            return host.repository.get_collaborator_permission(login) in ("admin", "write")
        except HttpError as error:
            if error.status == 404:
                return False
            if error.status == 403:
                return None
            raise

    return decide(_remarks(host, pull_request, label), may_write=may_write, now=host.http.pace.now())


def _remarks(host: GitHub, pull_request: int, label: str) -> Iterator[Remark]:
    issue = f"{host.base}/issues/{pull_request}"
    for comment in host.http.by_link(f"{issue}/comments"):
        author = (comment.get("user") or {}).get("login")
        if author and not host.is_ours(author):
            yield Remark(author=author, url=comment["html_url"], body=comment.get("body") or "", at=when(comment.get("created_at")))
    if not any(found["name"] == label for found in host.http.by_link(f"{issue}/labels")):
        return
    set_by: dict[str, Any] | None = None
    for event in host.http.by_link(f"{issue}/events"):
        if event.get("event") == "labeled" and (event.get("label") or {}).get("name") == label:
            set_by = event
    if set_by is not None and set_by.get("actor"):
        yield Remark(author=set_by["actor"]["login"], url=f"label {label}", at=when(set_by.get("created_at")))
