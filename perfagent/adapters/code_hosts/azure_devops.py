"""Azure DevOps Services and Server, by REST: its own SDK is a beta over a retired library."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import quote

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.adapters.code_hosts.azure_diff import diff_of_iteration
from perfagent.adapters.code_hosts.azure_lines import mark_lines
from perfagent.adapters.code_hosts.comment import Comment, current_text, fit, upsert
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.http import Http, HttpError, asking
from perfagent.ports.acceptance import Acceptance, Acceptances
from perfagent.ports.access_probe import Right
from perfagent.ports.code_host import Annotation, Posted, Status, StatusState

_API = "7.1"
_COMMENT_LIMIT = 150_000
_NEEDS = "the permission 'Contribute to pull requests' on the repository, for the build service's identity"
_STATES = {
    StatusState.PENDING: "pending",
    StatusState.SUCCESS: "succeeded",
    StatusState.FAILURE: "failed",
    StatusState.ERROR: "error",
}
# The security namespace of Git repositories and its bit for pull requests.
_GIT_SECURITY, _PULL_REQUEST_CONTRIBUTE = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87", 16384
_GENRE = "perfagent"
_MARKED = "perfagent.comment"


class AzureDevOps:
    name = "azure_devops"
    comment_limit = _COMMENT_LIMIT

    def __init__(self, access: HostAccess) -> None:
        self._access = access
        # Suppress: a wrong token gets 401 rather than a redirect to the sign-in page.
        headers = {"X-TFS-FedAuthRedirect": "Suppress"}
        if access.scheme == "basic":
            headers["Authorization"] = "Basic " + base64.b64encode(f":{access.token}".encode()).decode()
        elif access.token:
            headers["Authorization"] = f"Bearer {access.token}"
        self.http = Http(
            access.api_url,
            service="Azure DevOps",
            headers=headers,
            secrets=[access.token],
            network=access.network,
            limits=access.limits,
            pace=access.pace,
        )
        self.base = f"/{quote(access.project)}/_apis/git/repositories/{quote(access.repository)}"
        self._state: StatusState | None = None

    def call(self, method: str, path: str, *, api: str = _API, params: Mapping[str, Any] | None = None, **options: Any) -> Any:
        """`path` is below the repository, or below the collection where it begins with `/_apis`."""
        whole = path if path.startswith("/_apis") else self.base + path
        return self.http.json(method, whole, params={"api-version": api, **(params or {})}, **options)

    @cached_property
    def author(self) -> str:
        """The identity's id."""
        if self._access.author:
            return self._access.author
        return str(self.call("GET", "/_apis/connectionData", api="7.1-preview")["authenticatedUser"]["id"])

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:
        with self.http.within(), asking(f"comment on pull request {pull_request}", service="Azure DevOps", needs=_NEEDS):
            thread = _CommentThreads(self, pull_request)
            return upsert(thread, fit(body, _COMMENT_LIMIT, marker=marker), marker=marker)

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:
        with self.http.within(), asking(f"read the comment on pull request {pull_request}", service="Azure DevOps", needs=_NEEDS):
            return current_text(_CommentThreads(self, pull_request), marker=marker)

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None:
        """On the pull request, where a branch policy can ask for it; on the commit where there is none."""
        self._state = status.state
        genre, _, name = status.context.rpartition("/")
        wanted: dict[str, Any] = {
            "state": _STATES[status.state],
            "description": status.description[:1000],
            "context": {"genre": genre or _GENRE, "name": name},
        }
        if status.url:
            wanted["targetUrl"] = status.url
        path = f"/commits/{revision}/statuses" if pull_request is None else f"/pullRequests/{pull_request}/statuses"
        with self.http.within(), asking(f"set the status of {revision[:12]}", service="Azure DevOps", needs=_NEEDS):
            write_once(lambda: self.call("POST", path, json=wanted), already=lambda: self._status_like(path, wanted))
            if pull_request is not None:
                _CommentThreads(self, pull_request).follow(self.thread_status(pull_request))

    def _status_like(self, path: str, wanted: dict[str, Any]) -> Any:
        same = [s for s in self.call("GET", path)["value"] if s.get("context") == wanted["context"]]
        newest = max(same, key=lambda s: s["id"], default=None)
        return newest if newest is not None and newest["state"] == wanted["state"] else None

    def thread_status(self, pull_request: int) -> str:
        """An open thread can block the merge by policy, so a green run's is closed."""
        if self._state is not None:
            return "closed" if self._state is StatusState.SUCCESS else "active"
        ours = [s for s in self.call("GET", f"/pullRequests/{pull_request}/statuses")["value"] if s["context"].get("genre") == _GENRE]
        newest = max(ours, key=lambda s: s["id"], default=None)
        return "closed" if newest is not None and newest["state"] == _STATES[StatusState.SUCCESS] else "active"

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:  # noqa: ARG002
        with self.http.within(), asking(f"mark lines of pull request {pull_request}", service="Azure DevOps", needs=_NEEDS):
            diff = diff_of_iteration(self, pull_request, only={a.file for a in annotations})
            mark_lines(self, pull_request, annotations, diff=diff)

    def get_diff(self, pull_request: int) -> str:
        with self.http.within(), asking(f"read the diff of pull request {pull_request}", service="Azure DevOps", needs="Code (read)"):
            return diff_of_iteration(self, pull_request)

    def upload_picture(self, pull_request: int, picture: Path, *, alt: str) -> str:
        """File names are unique in a pull request, so the name holds the content's hash, and the same picture is sent once."""
        data = picture.read_bytes()
        name = f"{picture.stem}-{sha256(data).hexdigest()[:12]}{picture.suffix}"
        path = f"/pullRequests/{pull_request}/attachments"

        def find() -> Any:
            return next((a for a in self.call("GET", path)["value"] if a["displayName"] == name), None)

        with self.http.within(), asking("upload a picture", service="Azure DevOps", needs=_NEEDS):
            kind = {"Content-Type": "application/octet-stream"}
            answer = find() or write_once(lambda: self.call("POST", f"{path}/{name}", data=data, headers=kind), already=find)
            return f"![{alt}]({answer['url']})"

    def acceptances(self, pull_request: int) -> Acceptances:
        """By label only, which needs the right to contribute; who may write is not told for the author of a comment."""
        label = self._access.accept_label
        with self.http.within(), asking(f"read what is accepted in {pull_request}", service="Azure DevOps", needs="Code (read)"):
            labels = self.call("GET", f"/pullRequests/{pull_request}/labels")["value"]
        if not any(found["name"] == label and found.get("active", True) for found in labels):
            return Acceptances()
        accepted = Acceptance(by="a contributor to the pull request", reason="by label", source=f"label {label}")
        return Acceptances(accepted=(accepted,))

    def rights(self) -> Sequence[Right]:
        with self.http.within(), asking("read the repository", service="Azure DevOps", needs="Code (read)"):
            repository = self.call("GET", "")
            author = self.author
        try:
            token = f"repoV2/{repository['project']['id']}/{repository['id']}"
            path = f"/_apis/security/permissions/{_GIT_SECURITY}/{_PULL_REQUEST_CONTRIBUTE}"
            contribute: bool | None = bool(self.call("GET", path, params={"tokens": token})["value"][0])
        except (HttpError, KeyError, TypeError, IndexError):
            contribute = None
        return (
            Right(what="read the repository", granted=True, detail=f"as identity {author}"),
            Right(what="comment on pull requests", granted=contribute, detail="Contribute to pull requests", hint=_NEEDS),
            Right(what="set pull request statuses", granted=contribute, detail="Contribute to pull requests", hint=_NEEDS),
        )


class _CommentThreads:
    """Each comment of ours is the first one of a thread; its id is `thread/comment`."""

    def __init__(self, host: AzureDevOps, pull_request: int) -> None:
        self._host = host
        self._pull_request = pull_request
        self._path = f"/pullRequests/{pull_request}/threads"
        access = host._access
        web = f"{access.api_url.rstrip('/')}/{quote(access.project)}/_git/{quote(access.repository)}"
        self._url = f"{web}/pullrequest/{pull_request}?discussionId="

    def _threads(self) -> list[Any]:
        return [t for t in self._host.call("GET", self._path)["value"] if not t.get("isDeleted")]

    def ours(self, marker: str) -> Sequence[Comment]:
        found: list[tuple[int, int, str]] = []
        for thread in self._threads():
            for comment in thread.get("comments") or []:
                mine = (comment.get("author") or {}).get("id") == self._host.author
                if mine and not comment.get("isDeleted") and marker in (comment.get("content") or ""):
                    found.append((thread["id"], comment["id"], comment["content"]))
        return [self._comment(*item) for item in sorted(found)]

    def create(self, body: str) -> Comment:
        thread = self._host.call(
            "POST",
            self._path,
            json={
                "comments": [{"parentCommentId": 0, "content": body, "commentType": "text"}],
                "status": self._host.thread_status(self._pull_request),
                "properties": {_MARKED: {"$type": "System.String", "$value": "summary"}},
            },
        )
        return self._comment(thread["id"], thread["comments"][0]["id"], body)

    def edit(self, comment: Comment, body: str) -> Comment:
        thread, _, number = comment.id.partition("/")
        self._host.call("PATCH", f"{self._path}/{thread}/comments/{number}", json={"content": body})
        return replace(comment, body=body)

    def delete(self, comment: Comment) -> None:
        thread, _, number = comment.id.partition("/")
        self._host.call("DELETE", f"{self._path}/{thread}/comments/{number}")

    def follow(self, status: str) -> None:
        """Open or close the thread of our comment, where there is one already."""
        for thread in self._threads():
            if _MARKED in (thread.get("properties") or {}) and thread.get("status") != status:
                self._host.call("PATCH", f"{self._path}/{thread['id']}", json={"status": status})

    def _comment(self, thread: int, id: int, body: str) -> Comment:
        return Comment(id=f"{thread}/{id}", body=body, url=f"{self._url}{thread}")
