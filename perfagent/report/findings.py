"""Findings with an identity that survives pushes, and the hidden block of the comment that carries them to the next run.

The block is display state only: whoever edits it can change what a comment says of earlier pushes, never the verdict.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re

from perfagent.model.comparison import RowVerdict
from perfagent.report import rows as pick
from perfagent.report.input import Finding, FindingState, ReportInput

KEPT = 50  # findings carried in a comment; more than that is a broken service, and the block must stay small
NAME_LENGTH = 200
_BLOCK = re.compile(r"perfagent-state:([A-Za-z0-9+/=]{0,40000})")
_FINGERPRINT = re.compile(r"[0-9a-f]{16}")


def fingerprint(service: str, endpoint: str, metric: str) -> str:
    """16 hexadecimal digits; the same for the same regression whatever the revision, the host or the tracker."""
    return hashlib.sha256("\x00".join((service, endpoint, metric)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def findings(report: ReportInput) -> tuple[Finding, ...]:
    """Those of this run, worst first, then what became of those of the last comment."""
    service = report.context.service
    now: dict[str, Finding] = {}
    seen: dict[str, RowVerdict | None] = {}
    dismissed = {f.fingerprint for f in report.previous if f.state is FindingState.DISMISSED}
    for row in pick.worst_first(report.comparison.rows if report.comparison else ()):
        key = fingerprint(service, row.endpoint, row.metric)
        seen[key] = row.row_verdict
        if not row.gated or row.row_verdict not in (RowVerdict.REGRESSION, RowVerdict.ACCEPTED):
            continue
        state = FindingState.ACCEPTED if row.row_verdict is RowVerdict.ACCEPTED else FindingState.OPEN
        now[key] = Finding(
            fingerprint=key,
            endpoint=row.endpoint,
            metric=row.metric,
            state=FindingState.DISMISSED if key in dismissed else state,
            effect=row.effect,
        )
    gone = [
        Finding(fingerprint=f.fingerprint, endpoint=f.endpoint, metric=f.metric, effect=f.effect, state=_state_now(f, seen))
        for f in report.previous
        if f.fingerprint not in now
    ]
    return (*now.values(), *gone)


def _state_now(finding: Finding, seen: dict[str, RowVerdict | None]) -> FindingState:
    """Resolved only when this run measured it and found it good: no answer is not an all-clear."""
    if finding.state in (FindingState.RESOLVED, FindingState.DISMISSED):
        return finding.state
    good = seen.get(finding.fingerprint) in (RowVerdict.PASS, RowVerdict.IMPROVEMENT)
    return FindingState.RESOLVED if good else FindingState.UNCONFIRMED


def pack(found: tuple[Finding, ...]) -> str:
    """One line without spaces, dashes or brackets, safe inside an HTML comment and a link reference."""
    items = [
        [f.fingerprint, f.endpoint[:NAME_LENGTH], f.metric[:NAME_LENGTH], f.state.value, None if f.effect is None else round(f.effect, 4)]
        for f in found[:KEPT]
    ]
    text = json.dumps(items, separators=(",", ":"), ensure_ascii=False)
    return "perfagent-state:" + base64.b64encode(text.encode("utf-8", "replace")).decode()


def unpack(comment: str) -> tuple[Finding, ...]:
    """The findings of an earlier comment; anything that is not what `pack` writes is left out, never an error."""
    blocks = _BLOCK.findall(comment)
    if not blocks:
        return ()
    try:
        items = json.loads(base64.b64decode(blocks[-1], validate=True))  # the last one: ours ends the comment
    except (binascii.Error, ValueError, RecursionError):
        return ()
    return tuple(f for item in (items if isinstance(items, list) else [])[:KEPT] if (f := _finding(item)) is not None)


def _finding(item: object) -> Finding | None:
    if not (isinstance(item, list) and len(item) == 5 and all(isinstance(i, str) for i in item[:4])):
        return None
    key, endpoint, metric, state, effect = item
    if not _FINGERPRINT.fullmatch(key) or state not in set(FindingState):
        return None
    number = float(effect) if isinstance(effect, int | float) and not isinstance(effect, bool) else None
    return Finding(fingerprint=key, endpoint=endpoint[:NAME_LENGTH], metric=metric[:NAME_LENGTH], state=FindingState(state), effect=number)
