"""Acceptances in a reviewed file of the repository, `.perfagent-accepted.yml`. Each ends on a day.

accepted:
  - endpoint: GET /cart
    metric: p95            # left out: every metric
    until: 2026-12-31
    by: ann@example.org
    reason: the tax rules need a second query
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import yaml

from perfagent.errors import ConfigurationError
from perfagent.ports.acceptance import FILE_NAME, Acceptance, Acceptances

_KEYS = ("endpoint", "metric", "until", "by", "reason")
_NEEDED = ("endpoint", "until", "by", "reason")


def parse_acceptance_file(text: str, *, name: str = FILE_NAME, today: date) -> Acceptances:
    """Ended entries are `refused`, a line each. Raises ConfigurationError with every mistake at once."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigurationError(f"{name} is not valid YAML: {' '.join(str(error).split())}") from error
    if document is None:
        return Acceptances()
    entries = document.get("accepted") if isinstance(document, dict) else None
    if not isinstance(document, dict) or set(document) - {"accepted"} or not isinstance(entries or [], list):
        raise ConfigurationError(f"{name} holds one key, `accepted`, with a list", hint="see the documentation of acceptance")
    mistakes: list[str] = []
    accepted: list[Acceptance] = []
    ended: list[str] = []
    for number, entry in enumerate(entries or []):
        where = f"{name}: accepted[{number}]"
        wrong = _mistakes(entry, where)
        mistakes += wrong
        if wrong:
            continue
        until = _day(entry["until"])
        if until is None or until < today:
            ended.append(f"{where} ({entry['endpoint']}) ended on {until}; remove it")
            continue
        accepted.append(
            Acceptance(
                by=str(entry["by"]),
                reason=str(entry["reason"]),
                source=f"{name}, entry {number + 1}",
                endpoint=str(entry["endpoint"]),
                metric=None if entry.get("metric") is None else str(entry["metric"]),
                until=until,
            )
        )
    if mistakes:
        raise ConfigurationError(f"{name} has {len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''}", mistakes=mistakes)
    return Acceptances(accepted=tuple(accepted), refused=tuple(ended))


def _mistakes(entry: Any, where: str) -> list[str]:
    if not isinstance(entry, dict):
        return [f"{where}: is {entry!r}, not a mapping with {', '.join(_NEEDED)}"]
    found = [f"{where}: unknown key {key!r}; known: {', '.join(_KEYS)}" for key in entry if key not in _KEYS]
    found += [f"{where}: {key} is missing" for key in _NEEDED if entry.get(key) in (None, "")]
    if entry.get("until") not in (None, "") and _day(entry["until"]) is None:
        found.append(f"{where}: until is {entry['until']!r}, not a day such as 2026-12-31")
    return found


def _day(value: Any) -> date | None:
    """YAML makes a date of `2026-12-31`, and text of `"2026-12-31"`."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None
