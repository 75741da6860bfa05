"""GitLab, its own and self-managed: note, commit status, discussions with suggestions, diff, pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gitlab
from gitlab.exceptions import GitlabError

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.adapters.code_hosts.comment import Comment, current_text, fit, upsert
from perfagent.adapters.code_hosts.gitlab_acceptance import acceptances
from perfagent.adapters.code_hosts.gitlab_lines import mark_lines
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.code_hosts.patches import file_patch, left_out, with_notes
from perfagent.adapters.http import Http, HttpError, asking
from perfagent.ports.acceptance import Acceptances
from perfagent.ports.access_probe import Right
from perfagent.ports.code_host import Annotation, Posted, Status, StatusState

FOREIGN: tuple[type[Exception], ...] = (GitlabError,)
_NOTE_LIMIT = 1_000_000
_DESCRIPTION_LIMIT = 255
_NEEDS = "a project access token with scope `api` and role Developer (a job token can read only)"
_STATES = {
    StatusState.PENDING: "pending",
    StatusState.SUCCESS: "success",
    StatusState.FAILURE: "failed",
    StatusState.ERROR: "failed",
}
_REPORTER, _DEVELOPER = 20, 30
_HEADERS = {"private": "PRIVATE-TOKEN", "job": "JOB-TOKEN"}


class GitLab:
    name = "gitlab"
    comment_limit = _NOTE_LIMIT

    def __init__(self, access: HostAccess) -> None:
        self._access = access
        api_url = (access.api_url or "https://gitlab.com/api/v4").rstrip("/")
        headers = {}
        if access.token and access.scheme == "bearer":
            headers["Authorization"] = f"Bearer {access.token}"
        elif access.token:
            headers[_HEADERS.get(access.scheme, "PRIVATE-TOKEN")] = access.token
        self.http = Http(
            api_url,
            service="GitLab",
            headers=headers,
            secrets=[access.token],
            network=access.network,
            limits=access.limits,
            pace=access.pace,
        )
        # keep_base_url: links in answers name the server as it knows itself, which behind a proxy is not as we reach it.
        self.sdk = gitlab.Gitlab(
            api_url.removesuffix("/api/v4"),
            session=self.http.session,
            ssl_verify=access.network.ca_bundle or True,
            per_page=100,
            keep_base_url=True,
            user_agent=str(self.http.session.headers["User-Agent"]),
        )
        self.project: Any = self.sdk.projects.get(access.repository, lazy=True)
        self.base = f"/projects/{quote(access.repository, safe='')}"

    @cached_property
    def author(self) -> str:
        if self._access.author:
            return self._access.author
        return str(self.http.json("GET", "/user")["username"])

    def merge_request(self, number: int) -> Any:
        return self.project.mergerequests.get(number)

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:
        with self.http.within(), asking(f"comment on merge request {pull_request}", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            thread = _NoteThread(self, self.merge_request(pull_request))
            return upsert(thread, fit(body, _NOTE_LIMIT, marker=marker), marker=marker)

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:
        with (
            self.http.within(),
            asking(f"read the comment on merge request {pull_request}", service="GitLab", needs=_NEEDS, foreign=FOREIGN),
        ):
            return current_text(_NoteThread(self, self.merge_request(pull_request)), marker=marker)

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None:  # noqa: ARG002
        wanted: dict[str, Any] = {
            "state": _STATES[status.state],
            "name": status.context,
            "description": status.description[:_DESCRIPTION_LIMIT],
        }
        if status.url:
            wanted["target_url"] = status.url
        if self._access.pipeline_id:
            wanted["pipeline_id"] = int(self._access.pipeline_id)
        statuses = self.project.commits.get(revision, lazy=True).statuses
        with self.http.within(), asking(f"set the status of commit {revision[:12]}", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            try:
                write_once(lambda: statuses.create(wanted), already=lambda: self._status_like(statuses, wanted))
            except HttpError as error:
                # GitLab refuses to set a status to what it is already: "Cannot transition status via ...".
                if error.status != 400 or "transition" not in error.message or self._status_like(statuses, wanted) is None:
                    raise

    def _status_like(self, statuses: Any, wanted: dict[str, Any]) -> Any:
        found = list(statuses.list(name=wanted["name"], iterator=True))
        newest = max(found, key=lambda s: s.id, default=None)
        return newest if newest is not None and newest.status == wanted["state"] else None

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:  # noqa: ARG002
        with self.http.within(), asking(f"mark lines of merge request {pull_request}", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            mark_lines(self, self.merge_request(pull_request), annotations, diff=self._diff(pull_request))

    def get_diff(self, pull_request: int) -> str:
        with self.http.within(), asking(f"read the diff of merge request {pull_request}", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            return self._diff(pull_request)

    def _diff(self, pull_request: int) -> str:
        path = f"{self.base}/merge_requests/{pull_request}"
        files = list(self.http.by_link(f"{path}/diffs"))
        missing = [f["new_path"] for f in files if (f.get("collapsed") or f.get("too_large")) and not f.get("diff")]
        if missing:
            try:
                return self.http.text(f"{path}/raw_diffs", accept="text/plain")
            except HttpError:
                pass  # not there before GitLab 16.4, or too large as well: say what is missing instead
        parts = [
            file_patch(
                old_path=None if f.get("new_file") else f["old_path"],
                new_path=None if f.get("deleted_file") else f["new_path"],
                hunks=f.get("diff") or "",
            )
            for f in files
        ]
        notes = [left_out("GitLab left out the changed lines (collapsed or too large) of", missing)] if missing else []
        return with_notes(notes, "".join(parts))

    def upload_picture(self, pull_request: int, picture: Path, *, alt: str) -> str:  # noqa: ARG002
        with self.http.within(), asking("upload a picture", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            answer = self.http.json("POST", f"{self.base}/uploads", files={"file": (picture.name, picture.read_bytes())})
            return str(answer["markdown"]).replace(f"![{answer['alt']}]", f"![{alt}]", 1)

    def acceptances(self, pull_request: int) -> Acceptances:
        with self.http.within(), asking(f"read what is accepted in {pull_request}", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            return acceptances(self, self.merge_request(pull_request), label=self._access.accept_label)

    def rights(self) -> Sequence[Right]:
        with self.http.within(), asking("read the project", service="GitLab", needs=_NEEDS, foreign=FOREIGN):
            project = self.http.json("GET", self.base)
            author = self.author
        permissions = project.get("permissions") or {}
        levels = [int((permissions.get(key) or {}).get("access_level", 0)) for key in ("project_access", "group_access")]
        try:
            scopes: list[str] | None = self.http.json("GET", "/personal_access_tokens/self")["scopes"]
        except (HttpError, KeyError, TypeError):
            scopes = None
        writes = scopes is None or "api" in scopes
        detail = f"as {author}" + (f", scopes {', '.join(scopes)}" if scopes else "")
        return (
            Right(what="read the project", granted=True, detail=detail),
            Right(
                what="comment on merge requests",
                granted=writes and max(levels) >= _REPORTER,
                detail="scope `api`, role Reporter",
                hint=_NEEDS,
            ),
            Right(
                what="set commit statuses", granted=writes and max(levels) >= _DEVELOPER, detail="scope `api`, role Developer", hint=_NEEDS
            ),
        )


class _NoteThread:
    def __init__(self, host: GitLab, merge_request: Any) -> None:
        self._host = host
        self._merge_request = merge_request

    def ours(self, marker: str) -> Sequence[Comment]:
        notes = self._merge_request.notes.list(iterator=True, order_by="created_at", sort="asc")
        found = [n for n in notes if marker in n.body and n.author["username"] == self._host.author and not n.system]
        return [self._comment(n.id, n.body) for n in sorted(found, key=lambda n: n.id)]

    def create(self, body: str) -> Comment:
        note = self._merge_request.notes.create({"body": body})
        return self._comment(note.id, note.body)

    def edit(self, comment: Comment, body: str) -> Comment:
        self._merge_request.notes.update(int(comment.id), {"body": body})
        return replace(comment, body=body)

    def delete(self, comment: Comment) -> None:
        self._merge_request.notes.delete(int(comment.id))

    def _comment(self, id: int, body: str) -> Comment:
        return Comment(id=str(id), body=body, url=f"{self._merge_request.web_url}#note_{id}")
