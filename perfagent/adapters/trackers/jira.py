"""Jira Cloud and Data Center: one defect a regression, found again before it is created."""

from __future__ import annotations

import re
from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from perfagent.adapters.http import HttpError, asking
from perfagent.adapters.trackers.access import TrackerAccess
from perfagent.adapters.trackers.jira_api import Issue, JiraApi
from perfagent.adapters.trackers.jira_fields import by_name_or_id, explained, resolved, without_refused
from perfagent.errors import ConfigurationError
from perfagent.ports.access_probe import Right
from perfagent.ports.tracker import Defect, DefectRef

_NEEDS = "the project permissions 'Browse Projects', 'Create Issues' and 'Add Comments' (Cloud tokens expire after a year at most)"
_SUMMARY_LIMIT = 255
# Cloud's search lags behind what was just created; after a lost answer it gets this long before we create again (s).
_SEARCH_LAG = (2.0, 4.0, 8.0)


def label_of(fingerprint: str) -> str:
    """One word, the same for the same regression in every run."""
    return f"perfagent-{sha256(fingerprint.encode()).hexdigest()[:12]}"


class Jira:
    name = "jira"

    def __init__(self, access: TrackerAccess) -> None:
        if access.flavor not in ("cloud", "datacenter"):
            raise ConfigurationError(f"jira.flavor is {access.flavor!r}", hint="use cloud or datacenter")
        if access.flavor == "cloud" and access.token and not access.email:
            raise ConfigurationError("jira.email is missing", hint="Jira Cloud signs in with the e-mail address that the token belongs to")
        self._access = access
        self._api = JiraApi(access)
        self._signed_in = False
        self._created = 0
        self._meta: list[dict[str, Any]] | None = None
        self.problems: list[str] = []
        """What went wrong beside the defect itself: an attachment, a link, a transition."""

    def file_defect(self, defect: Defect) -> DefectRef:
        label = label_of(defect.fingerprint)
        with self._api.http.within(), asking(f"file a defect in {self._access.project}", service="Jira", needs=_NEEDS):
            self._sign_in()
            found = self._api.open_issues(label)
            if found:
                self._api.comment(found[0].key, defect.description)
                self._link_all(found[0], defect)
                for later in found[1:]:  # two jobs at once whose searches lagged behind each other
                    self._close_duplicate(later, found[0])
                return self._ref(found[0], created=False)
            issue = self._create(defect, label)
            winner = self._settle(issue, label)
            if winner.key == issue.key:
                self._attach_all(issue, defect)
            self._link_all(winner, defect)
            return self._ref(winner, created=winner.key == issue.key)

    def recovered(self, fingerprint: str, message: str) -> DefectRef | None:
        with self._api.http.within(), asking(f"report a recovery in {self._access.project}", service="Jira", needs=_NEEDS):
            self._sign_in()
            found = self._api.open_issues(label_of(fingerprint))
            if not found:
                return None
            self._api.comment(found[0].key, message)
            if self._access.on_recovery == "close" and not self._api.close(found[0].key):
                self.problems.append(
                    f"{found[0].key} was commented on but not closed: Jira offers no transition to a done status from here"
                )
            return self._ref(found[0], created=False)

    def rights(self) -> Sequence[Right]:
        """Also which fields the project demands that the configuration does not set."""
        with self._api.http.within(), asking("sign in", service="Jira", needs=_NEEDS):
            who = self._api.who()
            granted = self._api.permissions(["BROWSE_PROJECTS", "CREATE_ISSUES", "ADD_COMMENTS", "CREATE_ATTACHMENTS"])
            meta = self._fields_to_create()
        project = self._access.project
        hint = f"ask the administrator of {project} for it"
        rights = [Right(what="sign in to Jira", granted=True, detail=f"as {who}")]
        rights += [Right(what=f"{k.replace('_', ' ').lower()} in {project}", granted=v, detail=k, hint=hint) for k, v in granted.items()]
        set_already = {
            "project",
            "issuetype",
            "summary",
            "description",
            "labels",
            "priority",
            "reporter",
            *resolved(self._access.fields, meta),
        }
        demanded = [f for f in meta if f.get("required") and not f.get("hasDefaultValue") and f["fieldId"] not in set_already]
        rights += [
            Right(
                what=f"create a {self._access.issue_type} without the field {f['name']!r}",
                granted=False,
                detail=str(f["fieldId"]),
                hint=f"set jira.fields: {{{f['fieldId']}: …}}",
            )
            for f in demanded
        ]
        return rights

    def _sign_in(self) -> None:
        if not self._signed_in:
            self._api.who()
            self._signed_in = True

    def _create(self, defect: Defect, label: str) -> Issue:
        if self._created >= self._access.most_defects:
            raise HttpError(
                f"{self._created} defects were created in this run, which is the most that is allowed",
                hint="look for one cause behind many regressions, or raise jira.most_defects",
            )
        fields = self._fields(defect, label)
        try:
            issue = self._create_once(fields, label)
        except HttpError as error:
            fewer = without_refused(fields, error, self._access.fields)
            if fewer is None:
                raise self._explained(error) from error
            try:
                issue = self._create_once(fewer, label)
            except HttpError as second:
                raise self._explained(second) from second
        self._created += 1
        return issue

    def _create_once(self, fields: dict[str, Any], label: str) -> Issue:
        try:
            return self._api.create(fields)
        except HttpError as error:
            if not error.maybe_applied:
                raise
        for pause in _SEARCH_LAG:
            found = self._api.open_issues(label)
            if found:
                return found[0]
            self._access.pace.sleep(pause)
        found = self._api.open_issues(label)
        return found[0] if found else self._api.create(fields)

    def _fields(self, defect: Defect, label: str) -> dict[str, Any]:
        words = [re.sub(r"\s+", "-", given) for given in defect.labels if given.strip()]
        fields: dict[str, Any] = {
            "project": {"key": self._access.project},
            "issuetype": by_name_or_id(self._access.issue_type),
            "summary": re.sub(r"\s+", " ", defect.summary).strip()[:_SUMMARY_LIMIT],
            "description": self._api.text(defect.description),
            "labels": list(dict.fromkeys([label, "perfagent", *words])),
        }
        priority = self._access.priorities.get(defect.severity)
        if priority:
            fields["priority"] = by_name_or_id(priority)
        if self._access.fields:
            fields |= resolved(self._access.fields, self._fields_to_create())
        return fields

    def _fields_to_create(self) -> list[dict[str, Any]]:
        """Empty where Jira does not tell; then values go as they stand."""
        if self._meta is None:
            try:
                self._meta = self._api.fields_to_create(self._access.issue_type)
            except HttpError as error:
                if error.status not in (400, 403, 404):
                    raise
                self._meta = []
        return self._meta

    def _explained(self, error: HttpError) -> HttpError:
        if error.status != 400:
            return error
        return explained(error, self._fields_to_create(), project=self._access.project, issue_type=self._access.issue_type)

    def _settle(self, issue: Issue, label: str) -> Issue:
        """Two jobs at once may both have created it: the earlier one stays, ours is linked to it and closed."""
        try:
            first = next(iter(self._api.open_issues(label, also=[issue.id])), issue)
            if int(first.id) >= int(issue.id):
                return issue
        except HttpError:
            return issue
        self._close_duplicate(issue, first)
        return first

    def _close_duplicate(self, later: Issue, first: Issue) -> None:
        try:
            self._api.link_duplicate(later.key, first.key)
            self._api.comment(later.key, f"Duplicate of {first.key}, which another job filed at the same moment.")
            self._api.close(later.key)
        except HttpError as error:
            self.problems.append(f"{later.key} is a duplicate of {first.key} and could not be closed: {error.message}")

    def _attach_all(self, issue: Issue, defect: Defect) -> None:
        for file in defect.attachments:
            try:
                self._api.attach(issue.key, file)
            except (HttpError, OSError) as error:
                self.problems.append(f"{file.name} could not be attached to {issue.key}: {error}")

    def _link_all(self, issue: Issue, defect: Defect) -> None:
        for name, url in defect.links.items():
            try:
                self._api.link(issue.key, name=name, url=url)
            except HttpError as error:
                self.problems.append(f"the link {name!r} could not be added to {issue.key}: {error.message}")

    def _ref(self, issue: Issue, *, created: bool) -> DefectRef:
        return DefectRef(key=issue.key, url=self._api.browse(issue.key), created=created)
