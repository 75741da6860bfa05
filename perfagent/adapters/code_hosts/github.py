"""GitHub and GitHub Enterprise Server: comment, commit status, marked lines, diff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from github.GithubException import BadAttributeException, GithubException
from github.Issue import Issue
from github.IssueComment import IssueComment

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.adapters.code_hosts.comment import Comment, current_text, fit, upsert
from perfagent.adapters.code_hosts.github_acceptance import acceptances
from perfagent.adapters.code_hosts.github_client import github_on, http_for
from perfagent.adapters.code_hosts.github_lines import mark_lines
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.code_hosts.patches import file_patch, left_out, with_notes
from perfagent.adapters.http import HttpError, asking
from perfagent.ports.acceptance import Acceptances
from perfagent.ports.access_probe import Right
from perfagent.ports.code_host import Annotation, Posted, Status

FOREIGN: tuple[type[Exception], ...] = (GithubException, BadAttributeException, RuntimeError)
_COMMENT_LIMIT = 65_536
_DESCRIPTION_LIMIT = 140
# One page's patches stop, unmarked, at about 20 000 lines: small pages lose less.
_FILES_PER_PAGE = 30
_MOST_FILES = 3000
_COMMENT_RIGHT = "`pull-requests: write` (and `issues: write`)"


class GitHub:
    name = "github"
    comment_limit = _COMMENT_LIMIT

    def __init__(self, access: HostAccess, *, uploads_url: str | None = None) -> None:
        access = replace(access, limits=replace(access.limits, write_spacing=access.limits.write_spacing or 1.0))
        self._access = access
        self.http = http_for(access)
        self.sdk = github_on(self.http)
        self.repository = self.sdk.get_repo(access.repository)
        self.base = f"/repos/{access.repository}"
        self._uploads_url = uploads_url or ("https://uploads.github.com" if self.http.base_url == "https://api.github.com" else None)

    @cached_property
    def author(self) -> str:
        """Our login. An App's token (as in Actions) may not ask `/user`; GraphQL tells it who it is."""
        if self._access.author:
            return self._access.author
        try:
            return self.sdk.get_user().login
        except HttpError as error:
            if error.status not in (403, 404):
                raise
        try:
            graphql = self.http.base_url.removesuffix("/v3") + "/graphql"
            return str(self.http.json("POST", graphql, json={"query": "query { viewer { login } }"})["data"]["viewer"]["login"])
        except (HttpError, KeyError, TypeError):
            return "github-actions[bot]"

    def is_ours(self, login: str | None) -> bool:
        return login is not None and login.removesuffix("[bot]") == self.author.removesuffix("[bot]")

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:
        with self.http.within(), asking(f"comment on pull request {pull_request}", service="GitHub", needs=_COMMENT_RIGHT, foreign=FOREIGN):
            thread = _IssueThread(self, self.repository.get_issue(pull_request))
            return upsert(thread, fit(body, _COMMENT_LIMIT, marker=marker), marker=marker)

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:
        with (
            self.http.within(),
            asking(f"read the comment on pull request {pull_request}", service="GitHub", needs=_COMMENT_RIGHT, foreign=FOREIGN),
        ):
            return current_text(_IssueThread(self, self.repository.get_issue(pull_request)), marker=marker)

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None:  # noqa: ARG002
        wanted: dict[str, Any] = {
            "state": status.state.value,
            "context": status.context,
            "description": status.description[:_DESCRIPTION_LIMIT],
        }
        if status.url:
            wanted["target_url"] = status.url
        needs = "`statuses: write`"
        with self.http.within(), asking(f"set the status of commit {revision[:12]}", service="GitHub", needs=needs, foreign=FOREIGN):
            write_once(
                lambda: self.http.json("POST", f"{self.base}/statuses/{revision}", json=wanted),
                already=lambda: self._status_like(revision, wanted),
            )

    def _status_like(self, revision: str, wanted: dict[str, Any]) -> dict[str, Any] | None:
        newest_first = self.http.by_link(f"{self.base}/commits/{revision}/statuses")
        newest = next((s for s in newest_first if s["context"] == wanted["context"]), None)
        same = newest is not None and all(newest.get(key) == value for key, value in wanted.items())
        return newest if same else None

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:
        needs = f"`checks: write` and {_COMMENT_RIGHT}"
        with self.http.within(), asking(f"mark lines of pull request {pull_request}", service="GitHub", needs=needs, foreign=FOREIGN):
            mark_lines(self, pull_request, revision, annotations, diff=self._diff(pull_request))

    def get_diff(self, pull_request: int) -> str:
        needs = "`contents: read` and `pull-requests: read`"
        with self.http.within(), asking(f"read the diff of pull request {pull_request}", service="GitHub", needs=needs, foreign=FOREIGN):
            return self._diff(pull_request)

    def _diff(self, pull_request: int) -> str:
        try:
            return self.http.text(f"{self.base}/pulls/{pull_request}", accept="application/vnd.github.diff")
        except HttpError as error:
            if error.status not in (406, 422, 500, 502, 504):  # the last three: also seen on diffs that are too large
                raise
        return self._diff_of_files(pull_request)

    def _diff_of_files(self, pull_request: int) -> str:
        files = list(self.http.by_link(f"{self.base}/pulls/{pull_request}/files", {"per_page": _FILES_PER_PAGE}))
        parts: list[str] = []
        missing: list[str] = []
        for file in files:
            name, status = file["filename"], file["status"]
            if "patch" not in file and not (status == "renamed" and file.get("changes") == 0):
                missing.append(name)
            old_path = None if status == "added" else file.get("previous_filename", name)
            parts.append(file_patch(old_path=old_path, new_path=None if status == "removed" else name, hunks=file.get("patch", "")))
        notes = ["# perfagent: the diff is too large for GitHub to give in one piece; it was put together file by file"]
        if missing:
            notes.append(left_out("GitHub left out the changed lines (too large, or binary) of", missing))
        if len(files) >= _MOST_FILES:
            notes.append(f"# perfagent: GitHub lists {_MOST_FILES} files at most; there may be more")
        return with_notes(notes, "".join(parts))

    def upload_picture(self, pull_request: int, picture: Path, *, alt: str) -> str:  # noqa: ARG002
        """Only with a personal token on github.com; an Actions token gets 404."""
        with self.http.within(), asking("upload a picture", service="GitHub", needs="a personal token with push access", foreign=FOREIGN):
            if self._uploads_url is None:
                raise HttpError("GitHub Enterprise Server keeps no pictures for comments", hint="link the report instead")
            kinds = {".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".svg": "image/svg+xml"}
            kind = kinds.get(picture.suffix.lower())
            if kind is None:
                raise HttpError(f"{picture.name} is not a picture that GitHub takes", hint="use PNG, JPEG or SVG")
            params = {"name": picture.name, "content_type": kind, "repository_id": self.repository.id}
            answer = http_for(self._access, base_url=self._uploads_url).json(
                "POST",
                "/user-attachments/assets",
                params=params,
                data=picture.read_bytes(),
                headers={"Content-Type": "application/octet-stream"},
            )
            return f"![{alt}]({answer['url']})"

    def acceptances(self, pull_request: int) -> Acceptances:
        needs = "`pull-requests: read` and `metadata: read`"
        with self.http.within(), asking(f"read what is accepted in {pull_request}", service="GitHub", needs=needs, foreign=FOREIGN):
            return acceptances(self, pull_request, label=self._access.accept_label)

    def rights(self) -> Sequence[Right]:
        """What an App's token may write is known only by trying; a personal token's rights are the person's."""
        with self.http.within(), asking("read the repository", service="GitHub", needs="`contents: read`", foreign=FOREIGN):
            answer = self.http.send("GET", self.base)
            permissions: dict[str, bool] = answer.json().get("permissions") or {}
            scopes = answer.headers.get("x-oauth-scopes")
            author = self.author
        may_push = None if author.endswith("[bot]") else bool(permissions.get("push"))
        hint = "give the workflow's job `permissions:` for it, or the token that scope"
        detail = f"as {author}" + (f", scopes {scopes}" if scopes else "")
        return (
            Right(what="read the repository", granted=True, detail=detail),
            Right(what="comment on pull requests", granted=may_push if may_push is None else True, detail=_COMMENT_RIGHT, hint=hint),
            Right(what="set commit statuses", granted=may_push, detail="`statuses: write`", hint=hint),
        )


class _IssueThread:
    def __init__(self, host: GitHub, issue: Issue) -> None:
        self._host = host
        self._issue = issue
        self._seen: dict[str, IssueComment] = {}

    def ours(self, marker: str) -> Sequence[Comment]:
        found = [
            c for c in self._issue.get_comments() if marker in (c.body or "") and c.user is not None and self._host.is_ours(c.user.login)
        ]
        return [self._known(c) for c in sorted(found, key=lambda c: c.id)]

    def create(self, body: str) -> Comment:
        return self._known(self._issue.create_comment(body))

    def edit(self, comment: Comment, body: str) -> Comment:
        native = self._seen[comment.id]
        native.edit(body)
        return replace(comment, body=body)

    def delete(self, comment: Comment) -> None:
        self._seen[comment.id].delete()

    def _known(self, native: IssueComment) -> Comment:
        comment = Comment(id=str(native.id), body=native.body or "", url=native.html_url)
        self._seen[comment.id] = native
        return comment
