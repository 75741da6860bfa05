"""Azure DevOps: pull request 7 of the repository `shop` in the project `store`."""

from __future__ import annotations

import base64
from typing import Any

from tests.contracts.fakes.openapi import contract
from tests.contracts.fakes.server import Answer, FakeService, Request, route

_R = r"/org/store/_apis/git/repositories/shop"
_P = _R + r"/pullRequests/7"
BASE, HEAD = "b" * 40, "a" * 40


class FakeAzureDevOps(FakeService):
    # Other areas' documents; raw bytes; and `changeEntries[].item`, which the document calls a string and the service gives as an object.
    unchecked = (r"/_apis/connectionData$", r"/_apis/security/", r"/items$", r"/attachments/[^/]+$", r"/iterations/\d+/changes$")
    token = "azure-secret-token-0123456789"
    comment_post = ("POST", r"/pullRequests/7/threads$")
    comment_edit = ("PATCH", r"/threads/\d+/comments/\d+$")
    comment_list = ("GET", r"/pullRequests/7/threads$")
    status_post = ("POST", r"/statuses$")

    def __init__(self) -> None:
        self.contract = contract("azure-devops-git-7.1", nullable_everywhere=True)
        self.me = "identity-of-perfagent"
        self.read_only = False
        self.locked = False
        self.edit_forbidden: set[str] = set()
        self.delete_forbidden = False
        self.threads: dict[int, dict[str, Any]] = {}
        self.statuses: list[dict[str, Any]] = []
        self.files: dict[tuple[str, str], bytes] = {}
        self.changes: list[dict[str, Any]] = []
        self.attachments: dict[str, bytes] = {}
        self.labels: list[str] = []
        self.page_size = 2000
        self._next = 500
        super().__init__()

    def add_comment(self, author: str, body: str) -> str:
        thread = self._thread(author, {"comments": [{"content": body, "commentType": "text"}], "status": "active"})
        return f"{thread['id']}/1"

    def visible(self) -> list[tuple[str, str]]:
        comments = [c for _, t in sorted(self.threads.items()) if not t.get("threadContext") for c in t["comments"]]
        return [(c["author"]["id"], c["content"]) for c in comments if not c["isDeleted"]]

    def remove_comment(self, id: str) -> None:
        self.threads[int(id.partition("/")[0])]["comments"][0]["isDeleted"] = True

    def status_of(self, revision: str) -> list[tuple[str, str]]:
        return [(f"{s['context']['genre']}/{s['context']['name']}", s["state"]) for s in self.statuses]

    def before(self, request: Request) -> Answer | None:
        basic = base64.b64encode(f":{self.token}".encode()).decode()
        if request.headers.get("authorization") not in (f"Bearer {self.token}", f"Basic {basic}"):
            return Answer(
                status=203, text="<html><title>Azure DevOps Services | Sign In</title></html>", headers={"Content-Type": "text/html"}
            )
        if "api-version" not in request.query:
            return Answer(status=400, json={"message": "No api-version was supplied for the request."})
        if self.read_only and request.method != "GET":
            words = "TF401027: You need the Git 'PullRequestContribute' permission to perform this action."
            return Answer(status=403, json={"message": words, "typeKey": "GitNeedsPermissionException"})
        return None

    @route("GET", "/org/_apis/connectionData")
    def connection(self, request: Request) -> Answer:
        return Answer(json={"authenticatedUser": {"id": self.me, "providerDisplayName": "store Build Service (org)"}})

    @route("GET", r"/org/_apis/security/permissions/[^/]+/16384")
    def permission(self, request: Request) -> Answer:
        assert request.query["tokens"] == "repoV2/project-id/repository-id"
        return Answer(json={"count": 1, "value": [not self.read_only]})

    @route("GET", _R)
    def repository(self, request: Request) -> Answer:
        return Answer(json={"id": "repository-id", "name": "shop", "project": {"id": "project-id", "name": "store"}})

    @route("GET", _P + "/threads")
    def list_threads(self, request: Request) -> Answer:
        return Answer(json={"value": list(self.threads.values()), "count": len(self.threads)}, unchecked=True)

    @route("POST", _P + "/threads")
    def create_thread(self, request: Request) -> Answer:
        if self.locked:
            return Answer(status=403, json={"message": "TF401181: The pull request cannot be edited due to its state (locked)."})
        if len(request.json["comments"][0]["content"]) > 150_000:
            return Answer(status=400, json={"message": "The comment is too long."})
        return Answer(json=self._thread(self.me, request.json))

    @route("PATCH", _P + r"/threads/(\d+)")
    def edit_thread(self, request: Request, id: str) -> Answer:
        self.threads[int(id)]["status"] = request.json["status"]
        return Answer(json=self.threads[int(id)])

    @route("PATCH", _P + r"/threads/(\d+)/comments/(\d+)")
    def edit_comment(self, request: Request, thread: str, id: str) -> Answer:
        comment = self.threads[int(thread)]["comments"][int(id) - 1]
        if comment["isDeleted"]:
            return Answer(status=404, json={"message": "The comment does not exist."})
        if self.locked or f"{thread}/{id}" in self.edit_forbidden:
            return Answer(status=403, json={"message": "TF401181: locked"})
        comment["content"] = request.json["content"]
        return Answer(json=comment)

    @route("DELETE", _P + r"/threads/(\d+)/comments/(\d+)")
    def delete_comment(self, request: Request, thread: str, id: str) -> Answer:
        if self.delete_forbidden:
            return Answer(status=403, json={"message": "no"})
        comment = self.threads[int(thread)]["comments"][int(id) - 1]
        comment["isDeleted"] = True
        return Answer(status=200)

    @route("POST", _P + "/statuses")
    def create_status(self, request: Request) -> Answer:
        status = {**request.json, "id": self._id()}
        self.statuses.append(status)
        return Answer(json=status)

    @route("GET", _P + "/statuses")
    def list_statuses(self, request: Request) -> Answer:
        return Answer(json={"value": self.statuses, "count": len(self.statuses)}, unchecked=True)

    @route("POST", _R + r"/commits/(\w+)/statuses")
    def create_commit_status(self, request: Request, sha: str) -> Answer:
        status = {**request.json, "id": self._id()}
        self.statuses.append(status)
        return Answer(status=201, json=status, unchecked=True)

    @route("GET", _P + "/iterations")
    def list_iterations(self, request: Request) -> Answer:
        def iteration(id: int, head: str) -> dict[str, Any]:
            return {
                "id": id,
                "sourceRefCommit": {"commitId": head},
                "targetRefCommit": {"commitId": "c" * 40},
                "commonRefCommit": {"commitId": BASE},
            }

        return Answer(json={"value": [iteration(1, "d" * 40), iteration(2, HEAD)], "count": 2}, unchecked=True)

    @route("GET", _P + "/iterations/2/changes")
    def list_changes(self, request: Request) -> Answer:
        skip, top = int(request.query.get("$skip", "0")), min(self.page_size, int(request.query.get("$top", "100")))
        page = self.changes[skip : skip + top]
        more = skip + top < len(self.changes)
        return Answer(json={"changeEntries": page, "nextSkip": skip + top if more else 0, "nextTop": top if more else 0})

    @route("GET", _R + "/items")
    def item(self, request: Request) -> Answer:
        key = (request.query["path"].lstrip("/"), request.query["versionDescriptor.version"])
        if key not in self.files:
            return Answer(status=404, json={"message": "TF401174: The item could not be found."})
        return Answer(text=self.files[key].decode("latin-1").encode("latin-1").decode("utf-8", "replace"))

    @route("GET", _P + "/attachments")
    def list_attachments(self, request: Request) -> Answer:
        return Answer(json={"value": [self._attachment(n) for n in self.attachments], "count": len(self.attachments)}, unchecked=True)

    @route("POST", _P + r"/attachments/([^/]+)")
    def upload(self, request: Request, name: str) -> Answer:
        if name in self.attachments:
            return Answer(status=400, json={"message": "An attachment with this name already exists."})
        self.attachments[name] = request.body
        return Answer(status=201, json=self._attachment(name))

    @route("GET", _P + "/labels")
    def list_labels(self, request: Request) -> Answer:
        return Answer(
            json={"value": [{"id": "1", "name": n, "active": True} for n in self.labels], "count": len(self.labels)}, unchecked=True
        )

    def _attachment(self, name: str) -> dict[str, Any]:
        return {"id": 1, "displayName": name, "url": f"{self.url}/org/attachments/{name}"}

    def _id(self) -> int:
        self._next += 1
        return self._next

    def _thread(self, author: str, given: dict[str, Any]) -> dict[str, Any]:
        number = self._id()
        comment = {
            "id": 1,
            "parentCommentId": 0,
            "author": {"id": author, "displayName": author},
            "isDeleted": False,
            **given["comments"][0],
        }
        self.threads[number] = {**given, "id": number, "comments": [comment], "isDeleted": False}
        return self.threads[number]
