"""The few calls of Jira that perfagent makes, in its two dialects: Cloud (v3, ADF) and Data Center (v2, wiki text)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from perfagent.adapters.code_hosts.comment import fit
from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.http import Http
from perfagent.adapters.trackers import adf, wiki
from perfagent.adapters.trackers.access import TrackerAccess

# Jira takes 32 767 characters of text.
_TEXT_LIMIT = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    id: str
    key: str


class JiraApi:
    """Raises HttpError. `flavor` decides the dialect; it is never guessed."""

    def __init__(self, access: TrackerAccess) -> None:
        self._cloud = access.flavor == "cloud"
        secrets = [access.token]
        if self._cloud:
            pair = f"{access.email}:{access.token}"
            secrets.append(pair)
            authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        else:
            authorization = f"Bearer {access.token}"
        self._project = access.project
        self._site = access.url.rstrip("/")
        self.http = Http(
            (access.api_url or access.url).rstrip("/") + ("/rest/api/3" if self._cloud else "/rest/api/2"),
            service="Jira",
            headers={"Authorization": authorization} if access.token else {},
            secrets=secrets,
            network=access.network,
            limits=access.limits,
            pace=access.pace,
        )

    def browse(self, key: str) -> str:
        return f"{self._site}/browse/{key}"

    def text(self, markdown: str) -> Any:
        """In the dialect's own form."""
        cut = fit(markdown, _TEXT_LIMIT, marker="")
        return adf.document(cut) if self._cloud else wiki.document(cut)

    def who(self) -> str:
        """A search made anonymously finds nothing and says so with 200: ask this first."""
        me = self.http.json("GET", "/myself")
        return str(me.get("emailAddress") or me.get("displayName") or me.get("name") or me.get("accountId"))

    def open_issues(self, label: str, *, also: Sequence[str] = ()) -> list[Issue]:
        """Oldest first. `also`: ids made moments ago, which Cloud's search would not see yet."""
        jql = f'project = "{self._project}" AND labels = "{label}" AND statusCategory != Done ORDER BY created ASC'
        body: dict[str, Any] = {"jql": jql, "fields": ["summary", "status", "labels"], "maxResults": 50}
        if self._cloud and also:
            body["reconcileIssues"] = [int(i) for i in also]
        found = self.http.json("POST", "/search/jql" if self._cloud else "/search", json=body)["issues"]
        return sorted((Issue(id=str(i["id"]), key=i["key"]) for i in found), key=lambda i: int(i.id))

    def create(self, fields: Mapping[str, Any]) -> Issue:
        answer = self.http.json("POST", "/issue", json={"fields": dict(fields)})
        return Issue(id=str(answer["id"]), key=answer["key"])

    def comment(self, key: str, markdown: str) -> bool:
        """Once: False where the newest comments hold the same words already."""
        body = self.text(markdown)

        def already() -> bool | None:
            newest = self.http.json("GET", f"/issue/{key}/comment", params={"orderBy": "-created", "maxResults": 20})["comments"]
            return True if any(self._words(c.get("body")) == self._words(body) for c in newest) else None

        if already():
            return False
        write_once(lambda: self.http.json("POST", f"/issue/{key}/comment", json={"body": body}) is not None, already=already)
        return True

    def link(self, key: str, *, name: str, url: str) -> None:
        """The same link again is an update: `globalId` makes it one."""
        document = {
            "globalId": f"perfagent:{url}"[:255],
            "application": {"type": "perfagent", "name": "perfagent"},
            "relationship": name,
            "object": {"url": url, "title": name},
        }
        path = f"/issue/{key}/remotelink"
        write_once(lambda: self.http.json("POST", path, json=document), already=lambda: None)

    def attach(self, key: str, file: Path) -> None:
        def already() -> bool | None:
            fields = self.http.json("GET", f"/issue/{key}", params={"fields": "attachment"})["fields"]
            return True if any(a["filename"] == file.name for a in fields.get("attachment") or []) else None

        def write() -> bool:
            content = {"file": (file.name, file.read_bytes())}
            self.http.json("POST", f"/issue/{key}/attachments", files=content, headers={"X-Atlassian-Token": "no-check"})
            return True

        write_once(write, already=already)

    def close(self, key: str) -> bool:
        """By whatever transition leads to a done status, for names differ; False where none is offered."""
        offered = self.http.json("GET", f"/issue/{key}/transitions")["transitions"]
        done = next((t for t in offered if t["to"]["statusCategory"]["key"] == "done"), None)
        if done is None:
            return False

        def already() -> bool | None:
            status = self.http.json("GET", f"/issue/{key}", params={"fields": "status"})["fields"]["status"]
            return True if status["statusCategory"]["key"] == "done" else None

        def write() -> bool:
            self.http.json("POST", f"/issue/{key}/transitions", json={"transition": {"id": done["id"]}})
            return True

        return write_once(write, already=already)

    def link_duplicate(self, later: str, earlier: str) -> None:
        self.http.json(
            "POST",
            "/issueLink",
            json={"type": {"name": "Duplicate"}, "inwardIssue": {"key": later}, "outwardIssue": {"key": earlier}},
        )

    def fields_to_create(self, issue_type: str) -> list[dict[str, Any]]:
        """What the project's create screen has: `fieldId`, `name`, `required`, `schema`, `allowedValues`."""
        base = f"/issue/createmeta/{self._project}/issuetypes"
        types = self._pages(base, ("issueTypes", "values"))
        wanted = next((t for t in types if issue_type in (str(t["id"]), t["name"])), None)
        return [] if wanted is None else self._pages(f"{base}/{wanted['id']}", ("fields", "values"))

    def permissions(self, names: Sequence[str]) -> dict[str, bool]:
        params = {"projectKey": self._project, "permissions": ",".join(names)}
        answer = self.http.json("GET", "/mypermissions", params=params)["permissions"]
        return {name: bool(answer.get(name, {}).get("havePermission")) for name in names}

    def _pages(self, path: str, keys: tuple[str, ...]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for _ in range(50):
            page = self.http.json("GET", path, params={"startAt": len(found), "maxResults": 100})
            items: list[dict[str, Any]] = next((page[key] for key in keys if key in page), [])
            found += items
            if not items or page.get("isLast") or len(found) >= page.get("total", len(found)):
                break
        return found

    def _words(self, body: Any) -> str:
        text = adf.plain_text(body) if isinstance(body, dict) else str(body)
        return " ".join(text.split())
