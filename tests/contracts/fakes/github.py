"""GitHub: the life of one pull request, number 7 of octo/shop."""

from __future__ import annotations

from typing import Any

from tests.contracts.fakes.openapi import contract
from tests.contracts.fakes.server import Answer, FakeService, Request, route

REPO = "octo/shop"
PULL = 7
TIME = "2026-11-25T10:00:00Z"
_R = r"/repos/octo/shop"


class FakeGitHub(FakeService):
    unchecked = (r"^/graphql$", r"/collaborators/[^/]+/permission$", r"^/user-attachments/")
    token = "ghp_secret_token_0123456789"
    comment_post = ("POST", r"/issues/7/comments$")
    comment_edit = ("PATCH", r"/issues/comments/\d+$")
    comment_list = ("GET", r"/issues/7/comments$")
    status_post = ("POST", r"/statuses/")

    def __init__(self, *, me: str = "github-actions[bot]", app: bool = True) -> None:
        self.contract = contract("github")
        self.me = me
        self.app = app
        self.checks_allowed = app
        self.read_only = False
        self.locked = False
        self.edit_forbidden: set[str] = set()
        self.delete_forbidden = False
        self.comments: dict[int, dict[str, Any]] = {}
        self.review_comments: dict[int, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.check_runs: dict[int, dict[str, Any]] = {}
        self.diff = ""
        self.files: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []
        self.labels: list[str] = []
        self.permissions: dict[str, str] = {}
        self.pictures: list[bytes] = []
        self._next = 100
        super().__init__()

    # what a person does and sees

    def add_comment(self, author: str, body: str) -> str:
        return str(self._store(author, body)["id"])

    def visible(self) -> list[tuple[str, str]]:
        return [(c["user"]["login"], c["body"]) for _, c in sorted(self.comments.items())]

    def remove_comment(self, id: str) -> None:
        del self.comments[int(id)]

    def status_of(self, revision: str) -> list[tuple[str, str]]:
        return [(s["context"], s["state"]) for s in self.statuses if s["sha"] == revision]

    # the service

    def before(self, request: Request) -> Answer | None:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return Answer(
                status=401, json={"message": "Bad credentials", "documentation_url": "https://docs.github.com/rest", "status": "401"}
            )
        if not request.headers.get("user-agent"):
            return Answer(status=403, text="Request forbidden by administrative rules.")
        if self.read_only and request.method != "GET" and request.path != "/graphql":
            return self._forbidden()
        return None

    @route("GET", "/user")
    def user(self, request: Request) -> Answer:
        if self.app:
            return self._forbidden()
        return Answer(json={**self._user(self.me), **_account()})

    @route("POST", "/graphql")
    def graphql(self, request: Request) -> Answer:
        return Answer(json={"data": {"viewer": {"login": self.me}}})

    @route("GET", _R)
    def repository(self, request: Request) -> Answer:
        body = {"id": 4711, "full_name": REPO, "name": "shop", "permissions": {"pull": True, "push": not self.read_only, "admin": False}}
        return Answer(json=body, headers={"X-OAuth-Scopes": "" if self.app else "repo"}, unchecked=True)

    @route("GET", _R + r"/issues/7/comments")
    def list_comments(self, request: Request) -> Answer:
        return self._page(request, [c for _, c in sorted(self.comments.items())])

    @route("POST", _R + r"/issues/7/comments")
    def create_comment(self, request: Request) -> Answer:
        if self.locked:
            return Answer(status=403, json={"message": "Unable to create comment because issue is locked.", "documentation_url": "x"})
        body = request.json["body"]
        if len(body) > 65536:
            return Answer(
                status=422, json={"message": "Validation Failed", "errors": [{"message": "body is too long (maximum is 65536 characters)"}]}
            )
        return Answer(status=201, json=self._store(self.me, body))

    @route("PATCH", _R + r"/issues/comments/(\d+)")
    def edit_comment(self, request: Request, id: str) -> Answer:
        comment = self.comments.get(int(id))
        if comment is None:
            return Answer(status=404, json={"message": "Not Found"})
        if self.locked or id in self.edit_forbidden:
            return self._forbidden()
        comment["body"] = request.json["body"]
        return Answer(json=comment)

    @route("DELETE", _R + r"/issues/comments/(\d+)")
    def delete_comment(self, request: Request, id: str) -> Answer:
        if self.delete_forbidden:
            return self._forbidden()
        return Answer(status=204) if self.comments.pop(int(id), None) else Answer(status=404, json={"message": "Not Found"})

    @route("POST", _R + r"/statuses/(\w+)")
    def create_status(self, request: Request, sha: str) -> Answer:
        given = request.json
        if len(given.get("description") or "") > 140:
            return Answer(status=422, json={"message": "Validation Failed"})
        status = {
            "id": self._id(),
            "node_id": "S",
            "url": f"{self.url}/x",
            "avatar_url": None,
            "state": given["state"],
            "context": given["context"],
            "description": given.get("description"),
            "target_url": given.get("target_url"),
            "created_at": TIME,
            "updated_at": TIME,
            "creator": self._user(self.me),
            "sha": sha,
        }
        self.statuses.append(status)
        return Answer(status=201, json=status)

    @route("GET", _R + r"/commits/(\w+)/statuses")
    def list_statuses(self, request: Request, sha: str) -> Answer:
        return self._page(request, [s for s in reversed(self.statuses) if s["sha"] == sha])

    @route("POST", _R + r"/check-runs")
    def create_check_run(self, request: Request) -> Answer:
        if not self.checks_allowed:
            return self._forbidden("You must authenticate via a GitHub App.")
        given = request.json
        annotations = given["output"].pop("annotations", [])
        if len(annotations) > 50:
            return Answer(status=422, json={"message": "Validation Failed", "errors": [{"message": "more than 50 annotations"}]})
        number = self._id()
        self.check_runs[number] = {
            **_check_run(self.url, number),
            **given,
            "annotations": annotations,
            "output": {**_output(given), "annotations_count": len(annotations)},
        }
        return Answer(status=201, json=self.check_runs[number])

    @route("PATCH", _R + r"/check-runs/(\d+)")
    def update_check_run(self, request: Request, id: str) -> Answer:
        run = self.check_runs[int(id)]
        annotations = request.json["output"].get("annotations", [])
        assert len(annotations) <= 50
        run["annotations"] += annotations
        run["output"]["annotations_count"] = len(run["annotations"])
        return Answer(json=run)

    @route("GET", _R + r"/commits/(\w+)/check-runs")
    def list_check_runs(self, request: Request, sha: str) -> Answer:
        runs = [r for r in self.check_runs.values() if r["head_sha"] == sha and r["name"] == request.query.get("check_name", r["name"])]
        return Answer(json={"total_count": len(runs), "check_runs": runs})

    @route("GET", _R + r"/pulls/7")
    def pull(self, request: Request) -> Answer:
        if "diff" not in request.headers.get("accept", ""):
            return Answer(
                json={"number": PULL, "changed_files": len(self.files), "labels": [{"name": n} for n in self.labels]}, unchecked=True
            )
        if len(self.files) > 300:
            return Answer(
                status=406,
                json={"message": "Sorry, the diff exceeded the maximum number of files (300).", "errors": [{"code": "too_large"}]},
            )
        return Answer(text=self.diff)

    @route("GET", _R + r"/pulls/7/files")
    def pull_files(self, request: Request) -> Answer:
        return self._page(request, [{**_file(), **f} for f in self.files])

    @route("GET", _R + r"/pulls/7/comments")
    def list_review_comments(self, request: Request) -> Answer:
        return self._page(request, list(self.review_comments.values()))

    @route("POST", _R + r"/pulls/7/comments")
    def create_review_comment(self, request: Request) -> Answer:
        given = request.json
        if f"+++ b/{given['path']}" not in self.diff:
            return Answer(status=422, json={"message": "Validation Failed", "errors": [{"field": "pull_request_review_thread.line"}]})
        number = self._id()
        self.review_comments[number] = {**_review_comment(self.url, number), "user": self._user(self.me), **given}
        return Answer(status=201, json=self.review_comments[number])

    @route("PATCH", _R + r"/pulls/comments/(\d+)")
    def edit_review_comment(self, request: Request, id: str) -> Answer:
        self.review_comments[int(id)]["body"] = request.json["body"]
        return Answer(json=self.review_comments[int(id)])

    @route("GET", _R + r"/issues/7/events")
    def list_events(self, request: Request) -> Answer:
        return Answer(**vars(self._page(request, self.events)) | {"unchecked": True})

    @route("GET", _R + r"/issues/7/labels")
    def list_labels(self, request: Request) -> Answer:
        return self._page(request, [_label(n) for n in self.labels])

    @route("GET", _R + r"/collaborators/([^/]+)/permission")
    def permission(self, request: Request, login: str) -> Answer:
        if login not in self.permissions:
            return Answer(status=404, json={"message": f"{login} is not a user"})
        return Answer(json={"permission": self.permissions[login], "role_name": self.permissions[login], "user": self._user(login)})

    @route("POST", "/user-attachments/assets")
    def upload(self, request: Request) -> Answer:
        if self.app or request.query["repository_id"] != "4711":
            return Answer(status=404, json={"message": "Not Found"})
        self.pictures.append(request.body)
        return Answer(status=201, json={"url": "https://github.com/user-attachments/assets/1234"})

    # inside

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _store(self, author: str, body: str) -> dict[str, Any]:
        number = self._id()
        self.comments[number] = {
            "id": number,
            "node_id": "IC",
            "url": f"{self.url}/repos/{REPO}/issues/comments/{number}",
            "body": body,
            "user": self._user(author),
            "html_url": f"https://github.example/{REPO}/pull/7#issuecomment-{number}",
            "issue_url": f"{self.url}/repos/{REPO}/issues/7",
            "created_at": TIME,
            "updated_at": TIME,
            "author_association": "NONE",
            "performed_via_github_app": None,
        }
        return self.comments[number]

    def _page(self, request: Request, items: list[Any]) -> Answer:
        size, page = min(100, int(request.query.get("per_page", "30"))), int(request.query.get("page", "1"))
        headers = {}
        if page * size < len(items):
            more = f"{self.url}{request.path}?per_page={size}&page={page + 1}"
            headers["Link"] = f'<{more}>; rel="next", <{more}>; rel="last"'
        return Answer(json=items[(page - 1) * size : page * size], headers=headers)

    def _forbidden(self, message: str = "Resource not accessible by integration") -> Answer:
        return Answer(status=403, json={"message": message, "documentation_url": "https://docs.github.com/rest", "status": "403"})

    def _user(self, login: str) -> dict[str, Any]:
        base = f"{self.url}/users/{login}"
        links = ("events", "followers", "following", "gists", "organizations", "received_events", "repos", "starred", "subscriptions")
        return {
            "login": login,
            "id": sum(map(ord, login)),
            "node_id": "U",
            "avatar_url": base,
            "gravatar_id": "",
            "url": base,
            "html_url": base,
            "type": "Bot" if login.endswith("[bot]") else "User",
            "site_admin": False,
            **{f"{name}_url": base for name in links},
        }


def _account() -> dict[str, Any]:
    texts = dict.fromkeys(("name", "company", "blog", "location", "email", "bio", "twitter_username"), "x")
    return {
        **texts,
        "hireable": None,
        "public_repos": 1,
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": TIME,
        "updated_at": TIME,
    }


def _output(given: dict[str, Any]) -> dict[str, Any]:
    return {"title": given["output"]["title"], "summary": given["output"]["summary"], "text": None, "annotations_url": "https://x.example"}


def _check_run(url: str, id: int) -> dict[str, Any]:
    return {
        "id": id,
        "node_id": "CR",
        "url": f"{url}/x",
        "html_url": f"{url}/x",
        "details_url": f"{url}/x",
        "started_at": TIME,
        "completed_at": TIME,
        "check_suite": {"id": 1},
        "app": None,
        "pull_requests": [],
        "external_id": None,
    }


def _file() -> dict[str, Any]:
    url = "https://x.example/f"
    return {
        "sha": "0" * 40,
        "status": "modified",
        "additions": 1,
        "deletions": 1,
        "changes": 2,
        "blob_url": url,
        "raw_url": url,
        "contents_url": url,
    }


def _label(name: str) -> dict[str, Any]:
    return {"id": 1, "node_id": "L", "url": "https://x.example/l", "name": name, "description": None, "color": "ffffff", "default": False}


def _review_comment(url: str, id: int) -> dict[str, Any]:
    link = {"href": f"{url}/x"}
    return {
        "url": f"{url}/repos/{REPO}/pulls/comments/{id}",
        "id": id,
        "node_id": "RC",
        "pull_request_review_id": None,
        "diff_hunk": "@@",
        "path": "",
        "commit_id": "",
        "original_commit_id": "",
        "created_at": TIME,
        "updated_at": TIME,
        "html_url": f"{url}/x",
        "pull_request_url": f"{url}/x",
        "author_association": "NONE",
        "_links": {"self": link, "html": link, "pull_request": link},
    }
