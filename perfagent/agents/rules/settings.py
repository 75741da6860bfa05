"""Changed settings: a key whose value moved in the direction that costs time, in any format that has keys and values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfagent.agents.code.blocks import indentation
from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.changes import ChangedLine, Site
from perfagent.agents.rules.setting_rules import RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """`factor` names what the setting governs: pool, cpu, memory, cache, network, logging, payload, database, limit, image, other."""

    line: ChangedLine
    key: str
    before: str | None
    after: str | None
    factor: str
    weight: float
    says: str


_PAIR = re.compile(
    r"^\s*(?:-\s+)?(?:export\s+|set\s+|ENV\s+|ARG\s+|let\s+|const\s+|var\s+|final\s+|static\s+|public\s+|private\s+)*[\"'`]?([A-Za-z_@][\w.\-/@\[\]]*)[\"'`]?\s*(?::=|=>|[:=]|\s(?=[\"'\w]))\s*(.*?)[,;\s]*$"
)
_FLAG = re.compile(
    r"(?<![\w-])--?([A-Za-z][\w.\-]*)(?:[= ]|(?=\d))([\w.:/%+\-]+)|\b([A-Z][A-Z0-9_]{3,})=([\w.:/%\-]+)|-(Xm[xs])(\d+\w?)|\b(\w+)\(\s*(\d[\d_.]*)\s*\)|\b(\w+)\s*[=:]\s*(\d[\d_.]*\w{0,2}|[Tt]rue|[Ff]alse|None|null|nil)\b"
)
_ARGUMENTS = re.compile(r"[\"'](--?[\w\-]+)[\"']\s*,\s*[\"']([^\"']*)[\"']")  # ["--workers", "8"]
_NUMBER = re.compile(r"^[\"']?(-?\d[\d_]*(?:\.\d+)?)\s*([a-zA-Z%]{0,12})[\"']?$")
_UNITS = {
    "m": 1e-3, "": 1.0, "k": 1e3, "ki": 1024.0, "kb": 1e3, "mb": 1e6, "mi": 2.0**20, "g": 1e9, "gi": 2.0**30, "gb": 1e9, "ti": 2.0**40,
    "ms": 1e-3, "s": 1.0, "sec": 1.0, "seconds": 1.0, "min": 60.0, "minutes": 60.0, "minute": 60.0, "h": 3600.0, "hours": 3600.0, "hour": 3600.0, "d": 86400.0, "days": 86400.0, "day": 86400.0, "%": 1.0,
}  # fmt: skip
_OFF = re.compile(r"^[\"']?(?:false|off|no|0|none|null|nil|disabled?|never|~|)[\"']?$", re.IGNORECASE)
_ON = re.compile(r"^[\"']?(?:true|on|yes|1|enabled?|always|all)[\"']?$", re.IGNORECASE)
_VERBOSE = re.compile(r"debug|trace|verbose|silly|\ball\b|finest|\binfo\b", re.IGNORECASE)
_DEVELOPMENT = re.compile(r"[\"']?(?:dev|debug|test|local)\w*[\"']?$", re.IGNORECASE)
_SLOW_VALUE = re.compile(
    r"dummy|null|none|file|local|mem(?:ory)?\b|sync|database|\bdb\b|simple|always|full|\bon\b|majority|prefork|statement|session|wsgiref|webrick|nolock|cookie|\ball\b",
    re.IGNORECASE,
)
_SIZES = ("nano", "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge")
_NUMBERS = re.compile(r"(?<![\w.])\d[\d_]*(?:\.\d+)?")


def setting_changes(site: Site) -> list[SettingChange]:
    """Pairs a removed and an added line of one key; a key that only appears or disappears counts less."""
    if site.kind not in (Kind.SETTINGS, Kind.SOURCE, Kind.SCRIPT, Kind.MANIFEST, Kind.CI):
        return []
    is_settings = site.kind is Kind.SETTINGS
    before = {key: (value, line) for line in site.removed for key, value in _keys(line)}
    after = {key: (value, line) for line in site.added for key, value in _keys(line)}
    out: list[SettingChange] = []
    for key, (value, line) in after.items():
        old = before.get(key) or _same_last(key, before)
        if old is not None and old[0] == value:
            continue
        if old is None and not is_settings:
            continue
        out += _judge(key, old[0] if old else None, value, line, strict=not is_settings)
    if is_settings:
        for key, (value, line) in before.items():
            if key not in after and _same_last(key, after) is None:
                out += _judge(key, value, None, line, strict=False)
    return _strongest_by_line(out)


def _same_last(key: str, others: Mapping[str, tuple[str, ChangedLine]]) -> tuple[str, ChangedLine] | None:
    """The keys around a line are cut off with the hunk; one key of the same last name is the same setting."""
    last = key.rsplit(".", 1)[-1]
    same = [value for other, value in others.items() if other.rsplit(".", 1)[-1] == last]
    return same[0] if len(same) == 1 else None


def _keys(line: ChangedLine) -> Iterator[tuple[str, str]]:
    """Key (with the keys around it) and value; flags and assignments inside a value too."""
    text = _ARGUMENTS.sub(r"\1 \2", line.text)
    parents = _parents(line.context, line.at)
    match = _PAIR.match(text)
    plain = match is not None and len(match[2]) < 200
    if plain and match is not None and not re.match(r"(?:if|for|while|return|def|class|else|elif|import|from|function|await)\b", match[1]):
        value = re.sub(r"^[A-Za-z][\w\[\]|. ]*\s=\s", "", match[2].strip())  # `name: type = value`
        yield ".".join([*parents, match[1]]), value.strip("\"'`,")
    for found in _FLAG.finditer(text):
        groups = [g for g in found.groups() if g is not None]
        if len(groups) == 2 and not (match is not None and groups[0] == match[1]):
            around = [match[1]] if match is not None else parents[-1:]
            yield ".".join([*around, groups[0]]), groups[1]
    if name := re.match(r"\s*-?\s*name\s*:\s*[\"']?([\w.\-]+)", _line_above(line)):  # Kubernetes: name and value on two lines
        given = re.match(r"\s*value\s*:\s*[\"']?([^\"']*)", text)
        if given:
            yield name[1], given[1].strip()


def _line_above(line: ChangedLine) -> str:
    return line.context[line.at - 1] if 0 < line.at <= len(line.context) else ""


def _parents(context: Sequence[str], at: int) -> list[str]:
    if not 0 <= at < len(context):
        return []
    level = indentation(context[at])
    out: list[str] = []
    for text in reversed(context[max(0, at - 120) : at]):
        width = indentation(text)
        if text.strip() and width < level:
            level = width
            if match := re.match(r"\s*(?:-\s+)?[\"'\[]*([\w.\-]+)", text):
                out.append(match[1])
        elif width == level == 0 and (match := re.match(r"\s*\[+([\w.\-]+)\]+\s*$", text)):  # INI and TOML sections
            out.append(match[1])
            break
    return out[::-1][-4:]


def _judge(key: str, before: str | None, after: str | None, line: ChangedLine, *, strict: bool) -> Iterator[SettingChange]:
    last = key.rsplit(".", 1)[-1]
    spelled, whole = _spelled(last), _spelled(key)
    for rule in RULES:
        on_key = rule.keys.search(spelled) is not None
        if not on_key and (strict or rule.keys.search(whole) is None or rule.way in ("value", "environment")):
            continue
        if strict and not (_is_plain(before) and _is_plain(after)):
            continue  # in code, only numbers and switches are settings
        cost = _cost(rule.way, before, after)
        if before is None and rule.factor not in ("pool", "cpu", "logging"):
            cost *= 0.6  # a setting that is new may only name the old default
        if cost <= 0:
            continue
        weight = rule.weight * cost * (1.0 if on_key else 0.85)
        yield SettingChange(
            line=line, key=last, before=before, after=after, factor=rule.factor, weight=weight, says=_says(last, before, after)
        )
        return
    change = _number_change(before, after)
    if change is not None and (change >= 4 or change <= 0.25):
        yield SettingChange(line=line, key=last, before=before, after=after, factor="other", weight=0.35, says=_says(last, before, after))
    elif not strict and before is not None and after is not None:
        yield SettingChange(line=line, key=last, before=before, after=after, factor="other", weight=0.15, says=_says(last, before, after))


def _is_plain(value: str | None) -> bool:
    return value is not None and (
        _number(value) is not None or re.fullmatch(r"[\"']?(?:true|false|none|null|nil|on|off)[\"']?", value, re.IGNORECASE) is not None
    )


def _spelled(key: str) -> str:
    """As it is, and as words: `maxPoolSize max Pool Size`."""
    return key + " " + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]", " ", key)


def _cost(way: str, before: str | None, after: str | None) -> float:
    """How sure it is, in [0, 1], that the value moved the way that costs time."""
    if way in ("down", "up"):
        return _moved(way, before, after)
    if way == "off":
        if after is None:
            return 0.6 if before is not None and not _OFF.match(before) else 0.0
        return (1.0 if before is not None and not _OFF.match(before) else 0.75) if _OFF.match(after) else 0.0
    if way == "on":
        return (
            (1.0 if before is not None else 0.8) if after is not None and _ON.match(after) and not (before and _ON.match(before)) else 0.0
        )
    if way == "verbose":
        louder = after is not None and bool(_VERBOSE.search(after)) and not (before is not None and _rank(before) <= _rank(after))
        return 1.0 if louder and _rank(after or "") < 2 else (0.4 if louder else 0.0)
    if way == "environment":
        return 1.0 if before is not None and after is not None and _DEVELOPMENT.match(after) and not _DEVELOPMENT.match(before) else 0.0
    if way == "size":
        return _smaller(before, after)
    if before is None and after is None:
        return 0.0
    slow = after is not None and _SLOW_VALUE.search(after) is not None and not (before is not None and _SLOW_VALUE.search(before))
    return 1.0 if slow and before is not None else (0.6 if before is not None and after is not None else 0.3)


def _rank(level: str) -> int:
    return next(
        (
            i
            for i, name in enumerate(("trace|silly|all|finest", "debug|verbose", "info", "warn", "error"))
            if re.search(name, level, re.IGNORECASE)
        ),
        3,
    )


def _moved(way: str, before: str | None, after: str | None) -> float:
    old, new = _number(before), _number(after)
    if old is not None and new is not None:
        if (new < old) if way == "down" else (new > old):
            ratio = max(old, 1e-9) / max(new, 1e-9) if way == "down" else max(new, 1e-9) / max(old, 1e-9)
            return 1.25 if ratio >= 10 else (1.0 if ratio >= 2 else 0.85)
        return 0.0
    if way == "down":
        if new is not None and before is None:
            return 0.72 if new <= 8 or (after or "").rstrip("\"'").endswith("m") else 0.45
        if old is not None and after is None:
            return 0.7
    elif new is not None and before is None:
        return 0.5
    return 0.0


def _number_change(before: str | None, after: str | None) -> float | None:
    old, new = _number(before), _number(after)
    return new / old if old and new is not None and old > 0 else None


def _number(text: str | None) -> float | None:
    match = _NUMBER.match(re.sub(r",\s*\d+$", "", text.strip())) if text is not None else None  # puma's `threads 5, 5`
    if match is None:
        return None
    unit = match[2].lower()
    if unit == "m" and match[2] == "M":
        unit = "mb"
    factor = _UNITS.get(unit)
    return float(match[1].replace("_", "")) * factor if factor is not None else None


def _smaller(before: str | None, after: str | None) -> float:
    if before is None or after is None:
        return 0.0
    old, new = _size(before), _size(after)
    if old is not None and new is not None:
        return 1.0 if new < old else (0.0 if new > old else 0.5)
    first, second = _number(before), _number(after)
    if first is not None and second is not None:
        return 1.0 if second < first else 0.0
    return 0.7


def _size(value: str) -> int | None:
    return next((i for i, name in reversed(list(enumerate(_SIZES))) if re.search(rf"(?<![a-z0-9]){name}\b", value, re.IGNORECASE)), None)


def _says(key: str, before: str | None, after: str | None) -> str:
    if before is None:
        return f"sets {key} to {_short(after)}"
    if after is None:
        return f"removes {key} (was {_short(before)})"
    return f"changes {key} from {_short(before)} to {_short(after)}"


def _short(value: str | None) -> str:
    text = (value or "nothing").strip() or "nothing"
    return text if len(text) <= 40 else text[:37] + "..."


def _strongest_by_line(changes: Sequence[SettingChange]) -> list[SettingChange]:
    best: dict[int, SettingChange] = {}
    for change in changes:
        known = best.get(change.line.number)
        if known is None or change.weight > known.weight:
            best[change.line.number] = change
    return list(best.values())


def changed_numbers(site: Site) -> list[tuple[ChangedLine, float]]:
    """Lines whose text is the same but for a number, with new/old: a loop bound, a size, a cost factor."""
    templates = {_NUMBERS.sub("#", " ".join(line.text.split())): line for line in site.removed}
    out = []
    for line in site.added:
        old = templates.get(_NUMBERS.sub("#", " ".join(line.text.split())))
        if old is None:
            continue
        for was, now in zip(_NUMBERS.findall(old.text), _NUMBERS.findall(line.text), strict=False):
            first, second = float(was.replace("_", "")), float(now.replace("_", ""))
            if first != second and first > 0:
                out.append((line, second / first))
    return out
