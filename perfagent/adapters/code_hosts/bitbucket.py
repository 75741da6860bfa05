"""Bitbucket Cloud: comment, build status, line comments, diff. It shows HTML comments, so our marks are link references there."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.adapters.code_hosts.comment import Comment, current_text, fit, upsert
from perfagent.adapters.code_hosts.lines import LineThread, Place, line_body, place, sync
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.http import Http, HttpError, asking
from perfagent.ports.access_probe import Right
from perfagent.ports.code_host import Annotation, Posted, Status, StatusState
from perfagent.text.diff import parse_diff

_COMMENT_LIMIT = 32_768
_KEY_LIMIT = 40
_NEEDS = "the scopes `pullrequest:write` and `repository:write`"
_HIDDEN = "\n\n[//]: # ({})"
_STATES = {
    StatusState.PENDING: "INPROGRESS",
    StatusState.SUCCESS: "SUCCESSFUL",
    StatusState.FAILURE: "FAILED",
    StatusState.ERROR: "FAILED",
}


def hidden(marker: str) -> str:
    """`<!-- perfagent:shop -->` as a link reference, which no Markdown shows; one that is a link reference already stays."""
    if marker.startswith("[//]: #"):
        return marker
    inner = re.sub(r"^<!--\s*|\s*-->$", "", marker.strip()).replace("(", "").replace(")", "")
    return f"[//]: # ({inner})"


class Bitbucket:
    name = "bitbucket"
    comment_limit = _COMMENT_LIMIT

    def __init__(self, access: HostAccess) -> None:
        self._access = access
        headers = {}
        if access.scheme == "basic":
            headers["Authorization"] = "Basic " + base64.b64encode(access.token.encode()).decode()
        elif access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        secrets = [access.token, *access.token.split(":", 1)[1:]]
        self.http = Http(
            access.api_url or "https://api.bitbucket.org/2.0",
            service="Bitbucket",
            headers=headers,
            secrets=secrets,
            network=access.network,
            limits=access.limits,
            pace=access.pace,
        )
        self.base = f"/repositories/{access.repository}"

    @cached_property
    def _author(self) -> str | None:
        """Our uuid; None for a repository access token, which may not ask."""
        if self._access.author:
            return self._access.author
        try:
            return str(self.http.json("GET", "/user")["uuid"])
        except HttpError as error:
            if error.status in (403, 404):
                return None
            raise

    def is_ours(self, user: Mapping[str, Any] | None) -> bool:
        """People have the type `user`; access tokens and apps have another."""
        if user is None:
            return False
        return user.get("uuid") == self._author if self._author else user.get("type") != "user"

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:
        mark = hidden(marker)
        text = body if mark in body else f"{body.replace(marker, '').strip()}\n\n{mark}\n"
        text = fit(text, _COMMENT_LIMIT, marker=f"\n{mark}")
        with self.http.within(), asking(f"comment on pull request {pull_request}", service="Bitbucket", needs=_NEEDS):
            return upsert(_Comments(self, pull_request), text, marker=mark)

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:
        with self.http.within(), asking(f"read the comment on pull request {pull_request}", service="Bitbucket", needs=_NEEDS):
            return current_text(_Comments(self, pull_request), marker=hidden(marker))

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None:
        """The key makes it one: posting it again updates it."""
        web = "https://bitbucket.org"
        address = f"{web}/{self._access.repository}/" + (f"pull-requests/{pull_request}" if pull_request else f"commits/{revision}")
        wanted = {
            "key": status.context[:_KEY_LIMIT],
            "name": status.context,
            "state": _STATES[status.state],
            "description": status.description[:255],
            "url": status.url or address,
        }
        path = f"{self.base}/commit/{revision}/statuses/build"
        with self.http.within(), asking(f"set the status of commit {revision[:12]}", service="Bitbucket", needs=_NEEDS):
            write_once(lambda: self.http.json("POST", path, json=wanted), already=lambda: None)

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:  # noqa: ARG002
        with self.http.within(), asking(f"mark lines of pull request {pull_request}", service="Bitbucket", needs=_NEEDS):
            parsed = parse_diff(self._diff(pull_request))
            wanted = [
                (a, where, line_body(a, where, opening="suggestion", hidden=_HIDDEN))
                for a in annotations
                if (where := place(parsed, a)) is not None
            ]
            sync(_LineComments(self, pull_request), wanted, hidden=_HIDDEN)

    def get_diff(self, pull_request: int) -> str:
        with self.http.within(), asking(f"read the diff of pull request {pull_request}", service="Bitbucket", needs="`pullrequest` scope"):
            return self._diff(pull_request)

    def _diff(self, pull_request: int) -> str:
        return self.http.text(f"{self.base}/pullrequests/{pull_request}/diff", accept="text/plain")

    def rights(self) -> Sequence[Right]:
        with self.http.within(), asking("read the repository", service="Bitbucket", needs="the scope `repository`"):
            answer = self.http.send("GET", self.base)
        scopes = {s.strip() for s in answer.headers.get("x-oauth-scopes", "").split(",") if s.strip()}

        def has(scope: str) -> bool | None:
            return scope in scopes if scopes else None

        return (
            Right(what="read the repository", granted=True, detail=f"scopes {', '.join(sorted(scopes))}" if scopes else ""),
            Right(what="comment on pull requests", granted=has("pullrequest:write"), detail="scope `pullrequest:write`", hint=_NEEDS),
            Right(what="set build statuses", granted=has("repository:write"), detail="scope `repository:write`", hint=_NEEDS),
        )


class _Comments:
    def __init__(self, host: Bitbucket, pull_request: int) -> None:
        self._host = host
        self._path = f"{host.base}/pullrequests/{pull_request}/comments"

    def all_ours(self) -> list[Any]:
        found = self._host.http.by_body(self._path, {"pagelen": 100}, items="values")
        return [c for c in found if not c.get("deleted") and self._host.is_ours(c.get("user"))]

    def ours(self, marker: str) -> Sequence[Comment]:
        return [self._comment(c) for c in sorted(self.all_ours(), key=lambda c: int(c["id"])) if marker in c["content"]["raw"]]

    def create(self, body: str) -> Comment:
        return self._comment(self._host.http.json("POST", self._path, json={"content": {"raw": body}}))

    def edit(self, comment: Comment, body: str) -> Comment:
        self._host.http.json("PUT", f"{self._path}/{comment.id}", json={"content": {"raw": body}})
        return replace(comment, body=body)

    def delete(self, comment: Comment) -> None:
        self._host.http.json("DELETE", f"{self._path}/{comment.id}")

    def _comment(self, native: Any) -> Comment:
        return Comment(id=str(native["id"]), body=native["content"]["raw"], url=native["links"]["html"]["href"])


class _LineComments:
    def __init__(self, host: Bitbucket, pull_request: int) -> None:
        self._comments = _Comments(host, pull_request)
        self._http = host.http
        self._path = f"{host.base}/pullrequests/{pull_request}/comments"

    def ours(self) -> Sequence[LineThread]:
        found = [c for c in self._comments.all_ours() if c.get("inline")]
        return [LineThread(id=str(c["id"]), body=c["content"]["raw"], open=not c.get("resolution")) for c in found]

    def create(self, place: Place, body: str) -> None:
        self._http.json("POST", self._path, json={"content": {"raw": body}, "inline": {"path": place.path, "to": place.end}})

    def change(self, thread: LineThread, body: str, *, resolved: bool) -> None:  # noqa: ARG002  the text says it
        self._http.json("PUT", f"{self._path}/{thread.id}", json={"content": {"raw": body}})
