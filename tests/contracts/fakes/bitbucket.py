"""Bitbucket Cloud: pull request 7 of team/shop. No OpenAPI document is at hand, so only its own memory checks it."""

from __future__ import annotations

from typing import Any

from tests.contracts.fakes.server import Answer, FakeService, Request, route

_R = r"/2.0/repositories/team/shop"
_C = _R + r"/pullrequests/7/comments"


class FakeBitbucket(FakeService):
    token = "ATCTT-secret-token-0123456789"
    comment_post = ("POST", r"/pullrequests/7/comments$")
    comment_edit = ("PUT", r"/pullrequests/7/comments/\d+$")
    comment_list = ("GET", r"/pullrequests/7/comments$")
    status_post = ("POST", r"/statuses/build$")

    def __init__(self, *, knows_itself: bool = True) -> None:
        self.me = "{perfagent-uuid}"
        self.knows_itself = knows_itself
        self.read_only = False
        self.locked = False
        self.edit_forbidden: set[str] = set()
        self.delete_forbidden = False
        self.comments: dict[int, dict[str, Any]] = {}
        self.statuses: dict[tuple[str, str], dict[str, Any]] = {}
        self.diff = ""
        self._next = 700
        super().__init__()

    def add_comment(self, author: str, body: str) -> str:
        return str(self._store(author, {"content": {"raw": body}})["id"])

    def visible(self) -> list[tuple[str, str]]:
        return [(c["user"]["uuid"], c["content"]["raw"]) for c in self.comments.values() if not c["deleted"] and not c.get("inline")]

    def remove_comment(self, id: str) -> None:
        self.comments[int(id)]["deleted"] = True

    def status_of(self, revision: str) -> list[tuple[str, str]]:
        return [(s["name"], s["state"]) for (sha, _), s in self.statuses.items() if sha == revision]

    def before(self, request: Request) -> Answer | None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(status=401, json={"type": "error", "error": {"message": "Token is invalid or not supported for this endpoint."}})
        if self.read_only and request.method != "GET":
            return Answer(
                status=403, json={"type": "error", "error": {"message": "Your credentials lack one or more required privilege scopes."}}
            )
        return None

    @route("GET", "/2.0/user")
    def user(self, request: Request) -> Answer:
        if not self.knows_itself:
            return Answer(status=403, json={"type": "error", "error": {"message": "This API is not accessible with this kind of token."}})
        return Answer(json={"uuid": self.me, "type": "user"})

    @route("GET", _R)
    def repository(self, request: Request) -> Answer:
        scopes = "pullrequest" if self.read_only else "pullrequest:write, repository:write"
        return Answer(json={"full_name": "team/shop"}, headers={"X-OAuth-Scopes": scopes})

    @route("GET", _C)
    def list_comments(self, request: Request) -> Answer:
        size, page = min(100, int(request.query.get("pagelen", "10"))), int(request.query.get("page", "1"))
        items = list(self.comments.values())
        answer: dict[str, Any] = {"values": items[(page - 1) * size : page * size], "pagelen": size, "page": page}
        if page * size < len(items):
            answer["next"] = f"{self.url}{request.path}?pagelen={size}&page={page + 1}"
        return Answer(json=answer)

    @route("POST", _C)
    def create_comment(self, request: Request) -> Answer:
        if self.locked:
            return Answer(status=403, json={"type": "error", "error": {"message": "This pull request is locked."}})
        if len(request.json["content"]["raw"]) > 32_768:
            return Answer(
                status=400, json={"type": "error", "error": {"message": "content.raw: Ensure this value has at most 32768 characters"}}
            )
        return Answer(status=201, json=self._store(self.me, request.json))

    @route("PUT", _C + r"/(\d+)")
    def edit_comment(self, request: Request, id: str) -> Answer:
        comment = self.comments[int(id)]
        if comment["deleted"]:
            return Answer(status=404, json={"type": "error", "error": {"message": "not found"}})
        if self.locked or id in self.edit_forbidden:
            return Answer(status=403, json={"type": "error", "error": {"message": "not yours"}})
        comment["content"]["raw"] = request.json["content"]["raw"]
        return Answer(json=comment)

    @route("DELETE", _C + r"/(\d+)")
    def delete_comment(self, request: Request, id: str) -> Answer:
        if self.delete_forbidden:
            return Answer(status=403, json={"type": "error", "error": {"message": "no"}})
        self.comments[int(id)]["deleted"] = True
        return Answer(status=204)

    @route("POST", _R + r"/commit/(\w+)/statuses/build")
    def create_status(self, request: Request, sha: str) -> Answer:
        given = request.json
        if not given.get("url") or len(given["key"]) > 40:
            return Answer(status=400, json={"type": "error", "error": {"message": "url: required; key: at most 40 characters"}})
        created = (sha, given["key"]) not in self.statuses
        self.statuses[sha, given["key"]] = given
        return Answer(status=201 if created else 200, json=given)

    @route("GET", _R + r"/pullrequests/7/diff")
    def pull_diff(self, request: Request) -> Answer:
        return Answer(status=302, text="", headers={"Location": f"{self.url}/2.0/repositories/team/shop/diff/a..b"})

    @route("GET", _R + r"/diff/a\.\.b")
    def diff_text(self, request: Request) -> Answer:
        return Answer(text=self.diff)

    def _store(self, author: str, given: dict[str, Any]) -> dict[str, Any]:
        self._next += 1
        kind = "app_user" if author == self.me and not self.knows_itself else "user"
        link = {"html": {"href": f"https://bitbucket.example/team/shop/pull-requests/7/_/diff#comment-{self._next}"}}
        self.comments[self._next] = {"id": self._next, "deleted": False, "user": {"uuid": author, "type": kind}, "links": link, **given}
        return self.comments[self._next]
