"""Jira: the project PERF, as Cloud (v3) and as Data Center (v2)."""

from __future__ import annotations

import base64
import re
from typing import Any

from perfagent.adapters.trackers import adf
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.openapi import contract
from tests.contracts.fakes.server import Answer, FakeService, Request, route

_A = r"/rest/api/[23]"
_I = _A + r"/issue/([A-Z]+-\d+)"
EMAIL = "bot@acme.example"


class FakeJira(FakeService):
    unchecked = (r"^/rest/api/2/",)
    token = "ATATT-secret-token-0123456789"
    create = ("POST", r"/issue$")
    comment = ("POST", r"/comment$")

    def __init__(self, clock: FakeClock) -> None:
        self.contract = contract("jira-cloud-v3", nullable_everywhere=True)
        self.clock = clock
        self.lag = 0.0
        self.read_only = False
        self.required: dict[str, dict[str, Any]] = {}
        self.not_on_screen: set[str] = set()
        self.issue_types = [{"id": "10004", "name": "Bug"}, {"id": "10001", "name": "Story"}]
        self.issues: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[Any]] = {}
        self.links: dict[str, dict[str, Any]] = {}
        self.attachments: dict[str, dict[str, bytes]] = {}
        self.duplicates: list[tuple[str, str]] = []
        self.attachment_limit = 10_000_000
        self.transitions = [
            {"id": "11", "name": "Erledigen", "to": {"name": "Erledigt", "statusCategory": {"key": "done"}}},
            {"id": "12", "name": "Start", "to": {"name": "In Arbeit", "statusCategory": {"key": "indeterminate"}}},
        ]
        self._next = 10_000
        super().__init__()

    def open_keys(self) -> list[str]:
        return [key for key, issue in self.issues.items() if issue["category"] != "done"]

    def add_issue(self, fields: dict[str, Any]) -> str:
        self._next += 1
        key = f"PERF-{self._next - 10_000}"
        self.issues[key] = {"id": str(self._next), "key": key, "fields": fields, "category": "new", "created": self.clock.time}
        return key

    def before(self, request: Request) -> Answer | None:
        basic = base64.b64encode(f"{EMAIL}:{self.token}".encode()).decode()
        expected = f"Bearer {self.token}" if request.path.startswith("/rest/api/2/") else f"Basic {basic}"
        if request.headers.get("authorization") != expected:
            page = "<html><title>Unauthorized (401)</title></html>"
            return Answer(status=401, text=page, headers={"Content-Type": "text/html", "X-Seraph-LoginReason": "AUTHENTICATED_FAILED"})
        if self.read_only and request.method != "GET" and "/search" not in request.path:
            return Answer(status=403, json={"errorMessages": ["You do not have permission to do this."], "errors": {}})
        return None

    @route("GET", _A + "/myself")
    def myself(self, request: Request) -> Answer:
        return Answer(json={"accountId": "5b10", "emailAddress": EMAIL, "displayName": "perfagent", "active": True})

    @route("GET", _A + "/mypermissions")
    def permissions(self, request: Request) -> Answer:
        names = request.query["permissions"].split(",")
        return Answer(json={"permissions": {n: {"key": n, "havePermission": not self.read_only or n == "BROWSE_PROJECTS"} for n in names}})

    @route("POST", r"/rest/api/3/search/jql")
    def search_cloud(self, request: Request) -> Answer:
        found = self._found(request)
        return found if isinstance(found, Answer) else Answer(json={"issues": found, "isLast": True})

    @route("POST", r"/rest/api/3/search")
    def search_removed(self, request: Request) -> Answer:
        return Answer(status=410, json={"errorMessages": ["The requested API has been removed."], "errors": {}})

    @route("POST", r"/rest/api/2/search")
    def search_datacenter(self, request: Request) -> Answer:
        found = self._found(request)
        return found if isinstance(found, Answer) else Answer(json={"issues": found, "total": len(found), "startAt": 0, "maxResults": 50})

    def _found(self, request: Request) -> list[dict[str, Any]] | Answer:
        jql = request.json["jql"]
        match = re.fullmatch(r'project = "(\w+)" AND labels = "([\w-]+)" AND statusCategory != Done ORDER BY created (ASC|DESC)', jql)
        if match is None:
            return Answer(status=400, json={"errorMessages": ["Unbounded JQL queries are not allowed here."], "errors": {}})
        current = {str(i) for i in request.json.get("reconcileIssues", [])}
        return [
            {"id": i["id"], "key": i["key"], "fields": {"summary": i["fields"]["summary"], "labels": i["fields"]["labels"]}}
            for i in self.issues.values()
            if match[2] in i["fields"]["labels"]
            and i["category"] != "done"
            and (i["id"] in current or self.clock.time - i["created"] >= self.lag)
        ]

    @route("POST", _A + "/issue")
    def create_issue(self, request: Request) -> Answer:
        fields = request.json["fields"]
        errors: dict[str, str] = {}
        if fields["project"] != {"key": "PERF"}:
            errors["project"] = "valid project is required"
        if not any(fields["issuetype"] in ({"id": t["id"]}, {"name": t["name"]}) for t in self.issue_types):
            errors["issuetype"] = "Specify a valid issue type"
        for name in self.not_on_screen & set(fields):
            errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
        for name, meta in self.required.items():
            if name not in fields:
                errors[name] = f"{meta['name']} is required."
            elif meta["schema"]["type"] == "option" and fields[name].get("value") not in [v["value"] for v in meta["allowedValues"]]:
                errors[name] = "Option value is not valid."
        if len(fields["summary"]) > 255 or "\n" in fields["summary"]:
            errors["summary"] = "Summary must be one line of at most 255 characters."
        if any(re.search(r"\s", label) for label in fields.get("labels", [])):
            errors["labels"] = "The label contains spaces which is invalid."
        if not self._good_text(request, fields["description"]):
            errors["description"] = "INVALID_INPUT"
        if errors:
            return Answer(status=400, json={"errorMessages": [], "errors": errors})
        key = self.add_issue(fields)
        return Answer(status=201, json={"id": self.issues[key]["id"], "key": key, "self": f"{self.url}/rest/api/3/issue/{key}"})

    @route("GET", _I)
    def get_issue(self, request: Request, key: str) -> Answer:
        status = {"name": "x", "statusCategory": {"key": self.issues[key]["category"]}}
        files = [{"filename": n, "size": len(b)} for n, b in self.attachments.get(key, {}).items()]
        return Answer(json={"id": self.issues[key]["id"], "key": key, "fields": {"status": status, "attachment": files}})

    @route("GET", _I + "/comment")
    def list_comments(self, request: Request, key: str) -> Answer:
        comments = [{"id": str(n), "body": body} for n, body in enumerate(self.comments.get(key, []))]
        return Answer(json={"comments": comments[::-1], "startAt": 0, "maxResults": 20, "total": len(comments)})

    @route("POST", _I + "/comment")
    def create_comment(self, request: Request, key: str) -> Answer:
        if not self._good_text(request, request.json["body"]):
            return Answer(status=400, json={"errorMessages": ["INVALID_INPUT"], "errors": {}})
        self.comments.setdefault(key, []).append(request.json["body"])
        return Answer(status=201, json={"id": "1", "body": request.json["body"]})

    @route("POST", _I + "/remotelink")
    def remote_link(self, request: Request, key: str) -> Answer:
        known = request.json["globalId"] in self.links
        self.links[request.json["globalId"]] = request.json
        return Answer(status=200 if known else 201, json={"id": 1, "self": f"{self.url}/x"})

    @route("POST", _I + "/attachments")
    def attach(self, request: Request, key: str) -> Answer:
        if request.headers.get("x-atlassian-token") != "no-check":
            return Answer(status=403, text="XSRF check failed")
        if len(request.body) > self.attachment_limit:
            return Answer(status=413, json={"errorMessages": ["The attachment is too large."], "errors": {}})
        found = re.search(rb'name="file"; filename="([^"]+)".*?\r\n\r\n(.*)\r\n--', request.body, re.DOTALL)
        assert found
        self.attachments.setdefault(key, {})[found[1].decode()] = found[2]
        return Answer(json=[{"id": "1", "filename": found[1].decode(), "size": len(found[2]), "content": f"{self.url}/x"}])

    @route("GET", _I + "/transitions")
    def list_transitions(self, request: Request, key: str) -> Answer:
        return Answer(json={"transitions": self.transitions})

    @route("POST", _I + "/transitions")
    def transition(self, request: Request, key: str) -> Answer:
        chosen = next(t for t in self.transitions if t["id"] == request.json["transition"]["id"])
        self.issues[key]["category"] = chosen["to"]["statusCategory"]["key"]  # type: ignore[index]
        return Answer(status=204)

    @route("POST", _A + "/issueLink")
    def link_issues(self, request: Request) -> Answer:
        self.duplicates.append((request.json["inwardIssue"]["key"], request.json["outwardIssue"]["key"]))
        return Answer(status=201)

    @route("GET", _A + r"/issue/createmeta/PERF/issuetypes")
    def types(self, request: Request) -> Answer:
        key = "values" if request.path.startswith("/rest/api/2/") else "issueTypes"
        return Answer(json={key: self.issue_types, "startAt": 0, "maxResults": 100, "total": 2}, unchecked=True)

    @route("GET", _A + r"/issue/createmeta/PERF/issuetypes/10004")
    def fields(self, request: Request) -> Answer:
        key = "values" if request.path.startswith("/rest/api/2/") else "fields"
        always = [
            _field(n, n.title(), required=n in ("summary", "project", "issuetype")) for n in ("summary", "project", "issuetype", "labels")
        ]
        mine = [{**_field(name, meta["name"], required=True), **meta} for name, meta in self.required.items()]
        page = [*always, *mine][int(request.query["startAt"]) :]
        return Answer(json={key: page, "startAt": 0, "maxResults": 100, "total": len(always) + len(mine)})

    def _good_text(self, request: Request, body: Any) -> bool:
        if request.path.startswith("/rest/api/2/"):
            return isinstance(body, str) and len(body) <= 32_767
        return isinstance(body, dict) and adf.problems(body) == [] and len(adf.plain_text(body)) <= 32_767


def _field(id: str, name: str, *, required: bool) -> dict[str, Any]:
    return {
        "fieldId": id,
        "key": id,
        "name": name,
        "operations": ["set"],
        "required": required,
        "hasDefaultValue": False,
        "schema": {"type": "string"},
    }
