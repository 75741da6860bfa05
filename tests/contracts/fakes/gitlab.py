"""GitLab: merge request 7 of group/shop."""

from __future__ import annotations

from typing import Any

from tests.contracts.fakes.openapi import contract
from tests.contracts.fakes.server import Answer, FakeService, Request, route

PROJECT = "group/shop"
TIME = "2026-11-25T10:00:00.000Z"
_P = r"/api/v4/projects/(?:group%2Fshop|3)"
_M = _P + r"/merge_requests/7"
BASE, HEAD = "b" * 40, "a" * 40


class FakeGitLab(FakeService):
    unchecked = (r"/raw_diffs$", r"/uploads$", r"^/api/v4/personal_access_tokens/", r"/resource_label_events$", r"/members/all/")
    token = "glpat-secret-token-0123456789"
    comment_post = ("POST", r"/merge_requests/7/notes$")
    comment_edit = ("PUT", r"/merge_requests/7/notes/\d+$")
    comment_list = ("GET", r"/merge_requests/7/notes$")
    status_post = ("POST", r"/statuses/")

    def __init__(self) -> None:
        self.contract = contract("gitlab-mr.own")
        self.me = "perfagent-bot"
        self.read_only = False
        self.locked = False
        self.edit_forbidden: set[str] = set()
        self.delete_forbidden = False
        self.notes: dict[int, dict[str, Any]] = {}
        self.discussions: dict[str, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.diffs: list[dict[str, Any]] = []
        self.raw_diff: str | None = None
        self.label_events: list[dict[str, Any]] = []
        self.labels: list[str] = []
        self.members: dict[str, int] = {}
        self.uploads: list[bytes] = []
        self._next = 300
        super().__init__()

    def add_comment(self, author: str, body: str) -> str:
        return str(self._note(author, body)["id"])

    def visible(self) -> list[tuple[str, str]]:
        return [(n["author"]["username"], n["body"]) for _, n in sorted(self.notes.items()) if n["type"] is None]

    def remove_comment(self, id: str) -> None:
        del self.notes[int(id)]

    def status_of(self, revision: str) -> list[tuple[str, str]]:
        return [(s["name"], s["status"]) for s in self.statuses if s["sha"] == revision]

    def before(self, request: Request) -> Answer | None:
        if request.headers.get("private-token") != self.token:
            return Answer(status=401, json={"message": "401 Unauthorized"})
        if self.read_only and request.method != "GET":
            return Answer(
                status=403,
                json={"error": "insufficient_scope", "error_description": "The request requires higher privileges", "scope": "api"},
            )
        return None

    @route("GET", "/api/v4/user")
    def user(self, request: Request) -> Answer:
        return Answer(json={"id": 1, **self._author(self.me)})

    @route("GET", "/api/v4/personal_access_tokens/self")
    def token_self(self, request: Request) -> Answer:
        return Answer(json={"scopes": ["read_api"] if self.read_only else ["api"]})

    @route("GET", _P)
    def project(self, request: Request) -> Answer:
        access = {"project_access": {"access_level": 30}, "group_access": None}
        return Answer(json={"id": 3, "path_with_namespace": PROJECT, "permissions": access})

    @route("GET", _M)
    def merge_request(self, request: Request) -> Answer:
        refs = {"base_sha": BASE, "head_sha": HEAD, "start_sha": BASE}
        web = f"https://gitlab.example/{PROJECT}/-/merge_requests/7"
        return Answer(json={"id": 77, "iid": 7, "project_id": 3, "web_url": web, "diff_refs": refs, "labels": self.labels, "sha": HEAD})

    @route("GET", _M + "/notes")
    def list_notes(self, request: Request) -> Answer:
        notes = sorted(self.notes.values(), key=lambda n: n["id"], reverse=request.query.get("sort", "desc") == "desc")
        return self._page(request, notes)

    @route("POST", _M + "/notes")
    def create_note(self, request: Request) -> Answer:
        if self.locked:
            return Answer(status=403, json={"message": "403 Forbidden: the discussion is locked"})
        return Answer(status=201, json=self._note(self.me, request.json["body"]))

    @route("PUT", _M + r"/notes/(\d+)")
    def edit_note(self, request: Request, id: str) -> Answer:
        note = self.notes.get(int(id))
        if note is None:
            return Answer(status=404, json={"message": "404 Note Not Found"})
        if self.locked or id in self.edit_forbidden:
            return Answer(status=403, json={"message": "403 Forbidden"})
        note["body"] = request.json["body"].rstrip()
        return Answer(json=note)

    @route("DELETE", _M + r"/notes/(\d+)")
    def delete_note(self, request: Request, id: str) -> Answer:
        if self.delete_forbidden:
            return Answer(status=403, json={"message": "403 Forbidden"})
        return Answer(status=204) if self.notes.pop(int(id), None) else Answer(status=404, json={"message": "404 Note Not Found"})

    @route("GET", _M + "/discussions")
    def list_discussions(self, request: Request) -> Answer:
        single = [{"id": f"single{n['id']}", "individual_note": True, "notes": [n]} for n in self.notes.values() if n["type"] is None]
        return self._page(request, [*single, *self.discussions.values()])

    @route("POST", _M + "/discussions")
    def create_discussion(self, request: Request) -> Answer:
        position = request.json["position"]
        shown = any(d["new_path"] == position["new_path"] for d in self.diffs)
        if not shown or (position["base_sha"], position["head_sha"]) != (BASE, HEAD):
            return Answer(
                status=400, json={"message": '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'}
            )
        note = self._note(self.me, request.json["body"]) | {"type": "DiffNote", "resolvable": True, "resolved": False, "position": position}
        self.notes[note["id"]] = note
        discussion = {"id": f"d{note['id']}", "individual_note": False, "notes": [note]}
        self.discussions[discussion["id"]] = discussion
        return Answer(status=201, json=discussion)

    @route("PUT", _M + r"/discussions/(\w+)")
    def resolve(self, request: Request, id: str) -> Answer:
        self.discussions[id]["notes"][0]["resolved"] = request.json["resolved"]
        return Answer(json=self.discussions[id])

    @route("POST", _P + r"/statuses/(\w+)")
    def create_status(self, request: Request, sha: str) -> Answer:
        given = request.json
        if len(given.get("description") or "") > 255:
            return Answer(status=400, json={"message": {"description": ["is too long (maximum is 255 characters)"]}})
        same = [s for s in self.statuses if s["sha"] == sha and s["name"] == given["name"]]
        if same and same[-1]["status"] == given["state"]:
            return Answer(
                status=400,
                json={"message": 'Cannot transition status via :drop from :failed (Reason(s): Status cannot transition via "drop")'},
            )
        status = {
            "id": self._id(),
            "sha": sha,
            "name": given["name"],
            "status": given["state"],
            "description": given.get("description"),
            "target_url": given.get("target_url"),
            "ref": "feature",
            "author": self._author(self.me),
            "created_at": TIME,
            "coverage": None,
            "pipeline_id": given.get("pipeline_id"),
            "allow_failure": False,
            "started_at": None,
            "finished_at": TIME,
        }
        self.statuses = [s for s in self.statuses if s not in same] + [status]
        return Answer(status=201, json=status)

    @route("GET", _P + r"/repository/commits/(\w+)/statuses")
    def list_statuses(self, request: Request, sha: str) -> Answer:
        return self._page(request, [s for s in self.statuses if s["sha"] == sha and s["name"] == request.query.get("name", s["name"])])

    @route("GET", _M + "/diffs")
    def list_diffs(self, request: Request) -> Answer:
        return self._page(request, [{**_diff(), **d} for d in self.diffs])

    @route("GET", _M + "/raw_diffs")
    def raw_diffs(self, request: Request) -> Answer:
        return Answer(status=404, json={"error": "404 Not Found"}) if self.raw_diff is None else Answer(text=self.raw_diff)

    @route("POST", _P + "/uploads")
    def upload(self, request: Request) -> Answer:
        self.uploads.append(request.body)
        url = "/uploads/0123456789abcdef/summary.jpg"
        return Answer(
            status=201, json={"id": 5, "alt": "summary", "url": url, "full_path": f"/-/project/3{url}", "markdown": f"![summary]({url})"}
        )

    @route("GET", _M + "/resource_label_events")
    def list_label_events(self, request: Request) -> Answer:
        return self._page(request, self.label_events)

    @route("GET", _P + r"/members/all/(\d+)")
    def member(self, request: Request, id: str) -> Answer:
        level = next((level for name, level in self.members.items() if _user_id(name) == int(id)), None)
        return (
            Answer(status=404, json={"message": "404 Not found"}) if level is None else Answer(json={"id": int(id), "access_level": level})
        )

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _author(self, name: str) -> dict[str, Any]:
        return {
            "id": _user_id(name),
            "username": name,
            "name": name,
            "state": "active",
            "web_url": f"https://gitlab.example/{name}",
            "avatar_url": None,
        }

    def _note(self, author: str, body: str) -> dict[str, Any]:
        number = self._id()
        self.notes[number] = {
            "id": number,
            "type": None,
            "body": body.rstrip(),
            "author": self._author(author),
            "created_at": TIME,
            "updated_at": TIME,
            "system": False,
            "noteable_id": 77,
            "noteable_type": "MergeRequest",
            "noteable_iid": 7,
            "resolvable": False,
            "confidential": False,
            "internal": False,
        }
        return self.notes[number]

    def _page(self, request: Request, items: list[Any]) -> Answer:
        size, page = min(100, int(request.query.get("per_page", "20"))), int(request.query.get("page", "1"))
        headers = {"X-Per-Page": str(size), "X-Page": str(page), "X-Next-Page": ""}
        if page * size < len(items):
            query = "&".join(f"{k}={v}" for k, v in {**request.query, "per_page": size, "page": page + 1}.items())
            # The server's own idea of its address, as behind a proxy.
            headers["Link"] = f'<{self.url}{request.path}?{query}>; rel="next"'
            headers["X-Next-Page"] = str(page + 1)
        return Answer(json=items[(page - 1) * size : page * size], headers=headers)


def _user_id(name: str) -> int:
    return sum(map(ord, name))


def _diff() -> dict[str, Any]:
    flags = dict.fromkeys(("new_file", "renamed_file", "deleted_file", "generated_file", "collapsed", "too_large"), False)
    return {"old_path": "", "new_path": "", "a_mode": "100644", "b_mode": "100644", "diff": "", **flags}
