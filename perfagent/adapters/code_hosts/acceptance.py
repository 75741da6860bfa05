"""What people accept in a pull request: a comment command, or a label.

    /perfagent accept GET /cart p95 until 2026-12-31 because the tax rules need a second query
    /perfagent accept everything until 2026-12-31 because ...

It counts only from someone who may write to the repository, and only until a day within a year.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from perfagent.ports.acceptance import Acceptance, Acceptances

_COMMAND = re.compile(r"^\s{0,3}/perfagent\s+accept\b[ \t]*(.*)$", re.MULTILINE)
_SENTENCE = re.compile(r"^(?P<what>.+?)\s+until\s+(?P<until>\S+)\s+because\s+(?P<reason>.+)$")
_METRIC = re.compile(r"^[a-z][a-z0-9_]*$")
_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,}).*?^ {0,3}\1", re.MULTILINE | re.DOTALL)
_LONGEST = timedelta(days=366)
_USAGE = "write `/perfagent accept GET /cart p95 until 2026-12-31 because …`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment, or the setting of the label (`body` is None then)."""

    author: str
    url: str
    body: str | None = None
    at: datetime | None = None


def decide(remarks: Iterable[Remark], *, may_write: Callable[[str], bool | None], now: float) -> Acceptances:
    """`may_write` is asked once a person; None: the host does not tell, which counts as no."""
    today = datetime.fromtimestamp(now, UTC).date()
    accepted: list[Acceptance] = []
    refused: list[str] = []
    rights: dict[str, bool | None] = {}
    for remark in remarks:
        asked = [""] if remark.body is None else _COMMAND.findall(_FENCED.sub("", remark.body.replace("\r\n", "\n")))
        for sentence in asked:
            if remark.author not in rights:
                rights[remark.author] = may_write(remark.author)
            if rights[remark.author] is not True:
                why = "may not write to this repository" if rights[remark.author] is False else "has rights that the host does not tell"
                refused.append(f"@{remark.author} {why}, so the acceptance does not count ({remark.url})")
            elif remark.body is None:
                accepted.append(Acceptance(by=remark.author, reason="by label", source=remark.url, at=remark.at))
            else:
                found = understood(sentence.strip(), remark, today=today)
                if isinstance(found, str):
                    refused.append(f"@{remark.author}: {found} ({remark.url})")
                else:
                    accepted.append(found)
    return Acceptances(accepted=tuple(accepted), refused=tuple(refused))


def understood(sentence: str, remark: Remark, *, today: date) -> Acceptance | str:
    """The acceptance, or why it is none."""
    match = _SENTENCE.match(sentence)
    if match is None:
        return f"`/perfagent accept {sentence}` is not understood; {_USAGE}"
    try:
        until = date.fromisoformat(match["until"].rstrip(",;"))
    except ValueError:
        return f"{match['until']!r} is not a day; {_USAGE}"
    if until < today:
        return f"the acceptance ended on {until}"
    if until - today > _LONGEST:
        return f"{until} is more than a year away; name a nearer day"
    endpoint, metric = target(match["what"])
    return Acceptance(
        by=remark.author, reason=match["reason"].strip(), source=remark.url, endpoint=endpoint, metric=metric, until=until, at=remark.at
    )


def target(words: str) -> tuple[str | None, str | None]:
    """Endpoint and metric: `GET /cart p95`; a last word that is no metric's name belongs to the endpoint; `everything` is both."""
    plain = words.replace("`", "").strip()
    if plain.lower() in ("everything", "all"):
        return None, None
    endpoint, _, last = plain.rpartition(" ")
    if endpoint and _METRIC.match(last):
        return endpoint.strip(), last
    return plain, None


def when(text: str | None) -> datetime | None:
    """A host's time stamp."""
    try:
        return datetime.fromisoformat((text or "").replace("Z", "+00:00"))
    except ValueError:
        return None
