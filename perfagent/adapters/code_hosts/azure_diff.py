"""A unified diff of an Azure DevOps pull request: the service has none, so both sides of each file are fetched and compared here."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from perfagent.adapters.code_hosts.patches import file_patch, hunks_between, left_out, with_notes
from perfagent.adapters.http import HttpError

if TYPE_CHECKING:
    from perfagent.adapters.code_hosts.azure_devops import AzureDevOps

# Two requests a file: beyond this the wait is not worth it, and the checkout's own git should be asked.
MOST_FILES = 150
LARGEST_FILE = 1_000_000
_PAGE = 2000


def diff_of_iteration(host: AzureDevOps, pull_request: int, *, only: Collection[str] | None = None) -> str:
    """Of the newest iteration (push) against the merge base; of the files named in `only`, where given."""
    path = f"/pullRequests/{pull_request}/iterations"
    newest = max(host.call("GET", path)["value"], key=lambda i: i["id"])
    base, head = newest["commonRefCommit"]["commitId"], newest["sourceRefCommit"]["commitId"]
    changes = [c for c in _changes(host, f"{path}/{newest['id']}/changes") if not c["item"].get("isFolder")]
    if only is not None:
        changes = [c for c in changes if c["item"]["path"].lstrip("/") in only]
    parts: list[str] = []
    unread: list[str] = []
    for change in changes[:MOST_FILES]:
        kinds = {k.strip() for k in change["changeType"].lower().split(",")}
        new_path = change["item"]["path"].lstrip("/")
        old_path = (change.get("originalPath") or change["item"]["path"]).lstrip("/")
        old = "" if "add" in kinds else _content(host, old_path, base)
        new = "" if "delete" in kinds else _content(host, new_path, head)
        if old is None or new is None:
            unread.append(new_path)
        hunks = hunks_between(old, new) if old is not None and new is not None else ""
        parts.append(
            file_patch(old_path=None if "add" in kinds else old_path, new_path=None if "delete" in kinds else new_path, hunks=hunks)
        )
    notes = [left_out("the changed lines are left out (binary, or over 1 MB) of", unread)] if unread else []
    if len(changes) > MOST_FILES:
        skipped = [c["item"]["path"].lstrip("/") for c in changes[MOST_FILES:]]
        notes.append(left_out(f"only the first {MOST_FILES} of {len(changes)} changed files were read; left out are", skipped))
    return with_notes(notes, "".join(parts))


def _changes(host: AzureDevOps, path: str) -> list[Any]:
    found: list[Any] = []
    skip = 0
    while True:
        page = host.call("GET", path, params={"$top": _PAGE, "$skip": skip, "compareTo": 0})
        found += page["changeEntries"]
        if not page.get("nextSkip") or page["nextSkip"] <= skip:
            return found
        skip = page["nextSkip"]


def _content(host: AzureDevOps, path: str, revision: str) -> str | None:
    """None for what is not text, is large, or is not there."""
    params = {
        "path": "/" + path,
        "versionDescriptor.version": revision,
        "versionDescriptor.versionType": "commit",
        "$format": "octetStream",
        "api-version": "7.1",
    }
    try:
        data = host.http.send("GET", f"{host.base}/items", params=params, headers={"Accept": "application/octet-stream"}).content
    except HttpError as error:
        if error.status == 404:
            return None
        raise
    if len(data) > LARGEST_FILE or b"\0" in data[:8000]:
        return None
    return data.decode("utf-8", "replace")
