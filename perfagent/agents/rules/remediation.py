"""What to do: the suspect hunk taken back as a patch where that is safe, words otherwise."""

from __future__ import annotations

import re

from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.patterns import Family
from perfagent.agents.rules.ranking import Ranked
from perfagent.model.diagnosis import Remediation
from perfagent.text.diff import DiffLine, FileStatus

_NEVER = re.compile(r"(?:^|/)\.perfagent(?:\.ya?ml|/)|(?:^|/)baselines?/|(?:^|/)\.git(?:/|$)|(?:^|/)\.\.(?:/|$)|^/")
_LARGEST = 40  # lines of a hunk; more is a feature, and taking it back is no remedy
_ADVICE: dict[Family, str] = {
    Family.QUERY_LOOP: "Fetch all rows or answers before the loop with one query or one batched call.",
    Family.ORM_LOADING: "Load the related rows together with their parents again.",
    Family.LOST_INDEX: "Keep or recreate the index that this query needs.",
    Family.SQL: "Rewrite the condition so that an index serves it.",
    Family.FULL_LOAD: "Let the database limit, count and select columns.",
    Family.LOST_CACHE: "Put the cache back.",
    Family.BLOCKING: "Move the blocking call off the event loop, or use its asynchronous form.",
    Family.SLEEP: "Take the wait out of the request.",
    Family.QUADRATIC: "Build a set or map once and look items up in it.",
    Family.COMPUTE: "Do this once outside the loop or the request.",
    Family.SEQUENTIAL: "Run the independent calls at the same time, or in the background.",
    Family.LOST_BATCH: "Work on all rows in one call again.",
    Family.CLIENT: "Keep one client or pool for the life of the process.",
    Family.PAYLOAD: "Send only what the client asked for.",
    Family.COMPRESSION: "Put the compression back.",
    Family.LOCK: "Hold the lock for less, or not at all on the reading path.",
    Family.TRANSACTION: "Commit once, after the loop.",
    Family.RETRY: "Bound the retries and their waits.",
    Family.LOGGING: "Lower the amount of logging on this path.",
    Family.MIDDLEWARE: "Limit the new work to the requests that need it.",
    Family.GUARD: "Put the early exit back.",
    Family.CALL: "Avoid the additional call, cache it, or take it out of the request.",
    Family.SETTING: "Put the setting back, or give it a value that the load needs.",
    Family.DEPENDENCY: "Stay on the previous version until the new one is shown to be as fast.",
}


def remediate(top: Ranked) -> Remediation:
    """`measured` is False: nobody ran the service with it yet."""
    advice = _ADVICE.get(top.match.family, "") if top.match is not None else "Look at this change first."
    patch = revert_patch(top)
    return Remediation(
        summary=advice,
        patch=patch,
        file=top.site.path,
        start_line=top.start,
        end_line=top.end,
        measured=False,
    )


def revert_patch(top: Ranked) -> str | None:
    """The suspect's hunk, reversed, against the candidate; None where that would not be safe or not be small."""
    site = top.site
    file, hunk = site.file, site.hunk
    if file.status not in (FileStatus.MODIFIED, FileStatus.RENAMED) or file.binary or _NEVER.search(site.path):
        return None
    if site.kind in (Kind.CI, Kind.LOCK, Kind.MANIFEST, Kind.TEST, Kind.GENERATED, Kind.MIGRATION):
        return None  # an applied migration is undone by a new one
    changed = [line for line in hunk.lines if line.kind != " "]
    if not changed or len(changed) > _LARGEST or not re.fullmatch(r"[^\s\"\\\x00-\x1f]+", site.path):
        return None
    old = sum(1 for line in hunk.lines if line.kind != "+")
    new = sum(1 for line in hunk.lines if line.kind != "-")
    if (old, new) != (hunk.old_count, hunk.new_count):
        return None  # the hunk was cut short
    body = "".join(_reversed(line) for line in _in_order(hunk.lines))
    head = f"--- a/{site.path}\n+++ b/{site.path}\n"
    return f"{head}@@ -{hunk.new_start},{hunk.new_count} +{hunk.new_start},{hunk.old_count} @@\n{body}"


def _in_order(lines: tuple[DiffLine, ...]) -> list[DiffLine]:
    """In a reversed hunk, what was added comes first, as removed lines do."""
    out: list[DiffLine] = []
    run: list[DiffLine] = []
    for line in (*lines, None):
        if line is not None and line.kind != " ":
            run.append(line)
            continue
        out += [r for r in run if r.kind == "+"] + [r for r in run if r.kind == "-"]
        run = []
        if line is not None:
            out.append(line)
    return out


def _reversed(line: DiffLine) -> str:
    sign = {"+": "-", "-": "+", " ": " "}[line.kind]
    return f"{sign}{line.text}\n" + ("" if line.newline else "\\ No newline at end of file\n")
