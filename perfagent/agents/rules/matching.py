"""Applies the table of patterns to the changed lines of a site, with what surrounds them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from perfagent.agents.code.blocks import COMPREHENSION, LOOP, enclosing, in_async_function, indentation, loops_around
from perfagent.agents.code.callees import Callees
from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.changes import ChangedLine, Site
from perfagent.agents.rules.dependencies import version_steps
from perfagent.agents.rules.patterns import INPUT_OUTPUT, PATTERNS, Family, Pattern
from perfagent.agents.rules.settings import changed_numbers, setting_changes
from perfagent.text.diff import FileStatus

_CODE_KINDS = (Kind.SOURCE, Kind.MIGRATION, Kind.TEMPLATE, Kind.SCRIPT, Kind.FRONTEND)
_AT_START_ONLY = re.compile(
    r"^(?:__init__|init|setup\w*|startup|lifespan|main|create_app|constructor|configure\w*|connect|new\w*|New\w*|bootstrap|Configure\w*|ConfigureServices|register\w*|onModuleInit|initialize|build\w*|make\w*|get_engine|get_client)$"
)
_NO_PENALTY = 0.6  # patterns at least this telling count fully however long the change is


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`factor` is set for settings (what the setting governs) and empty otherwise; `name` for dependencies."""

    family: Family
    weight: float
    line: ChangedLine
    says: str
    factor: str = ""
    name: str = ""


def matches_of(site: Site, in_file: Sequence[Site], *, for_each: bool = False, callees: Callees | None = None) -> list[Match]:
    """Strongest first. `in_file` are all sites of the same file: what is removed in one function and added in another is no loss.

    `for_each`: the site's function is called for each item of a loop elsewhere.
    """
    found: list[Match] = []
    found += [
        Match(family=Family.SETTING, weight=c.weight, line=c.line, says=c.says, factor=c.factor, name=c.key) for c in setting_changes(site)
    ]
    found += [Match(family=Family.DEPENDENCY, weight=s.weight, line=s.line, says=s.says, name=s.name) for s in version_steps(site)]
    if (
        site.kind in _CODE_KINDS
        or (site.kind is Kind.SETTINGS and site.language is not None)
        or site.path.endswith((".yaml", ".yml", ".xml"))
    ):
        found += _code_matches(site, in_file, for_each)
    if callees is not None and site.kind is Kind.SOURCE:
        found += _calls_that_ask(site, callees)
    for line, ratio in changed_numbers(site) if site.kind is Kind.SOURCE else ():
        if ratio >= 4 and not any(m.line is line for m in found):
            found.append(Match(family=Family.COMPUTE, weight=0.4, line=line, says=f"makes a number {ratio:.0f} times as large"))
    return sorted(found, key=lambda m: -m.weight)


def strength(matches: Iterable[Match], weigh: dict[int, float] | None = None) -> float:
    """All matches of a site as one number in [0, 1]: the strongest, and a little for each further kind."""
    best: dict[Family, float] = {}
    for match in matches:
        value = match.weight * (weigh or {}).get(id(match), 1.0)
        best[match.family] = max(best.get(match.family, 0.0), min(0.97, value))
    rest = 1.0
    for value, share in zip(sorted(best.values(), reverse=True), (1.0, 0.35, 0.15, 0.05), strict=False):
        rest *= 1.0 - share * value
    return 1.0 - rest


def _calls_that_ask(site: Site, callees: Callees) -> list[Match]:
    """New calls inside a loop whose function asks a database or another service; not where another such call stood before."""
    asked = [(line, name) for line in site.added + _deeper(site) if _in_loop(line) and (name := callees.asks(line.text, site.path))]
    before = sum(1 for line in site.removed if _in_loop(line) and (callees.asks(line.text, site.path) or INPUT_OUTPUT.search(line.text)))
    if len(asked) <= before:
        return []
    says = "calls {}, which asks a database or another service, for each item of a loop"
    return [Match(family=Family.QUERY_LOOP, weight=0.84, line=line, says=says.format(name)) for line, name in asked]


def _in_loop(line: ChangedLine) -> bool:
    return 0 <= line.at < len(line.context) and any(at != line.at for at in loops_around(line.context, line.at))


def _code_matches(site: Site, in_file: Sequence[Site], for_each: bool) -> list[Match]:
    added, removed = site.added + _deeper(site), site.removed
    texts = Counter(line.text.strip() for line in removed)
    others = [s for s in in_file if s is not site]
    long = len(site.added) > 40 or site.file.status is FileStatus.ADDED
    found = []
    for pattern in PATTERNS:
        lines = added if pattern.sign == "+" else removed
        hits = [line for line in lines if _hit(pattern, line, site, for_each)]
        if not hits:
            continue
        scale = _balance(pattern, site, others, len(hits), for_each)
        if long and pattern.weight < _NO_PENALTY:
            scale *= 0.7
        if pattern.sign == "-" and site.file.status is FileStatus.DELETED:
            scale *= 0.4
        for line in hits:
            if texts[line.text.strip()] and pattern.sign == "+" and not line.moved:
                continue
            found.append(Match(family=pattern.family, weight=pattern.weight * scale, line=line, says=pattern.says))
    return found


def _balance(pattern: Pattern, site: Site, others: Sequence[Site], hits: int, for_each: bool) -> float:
    """A bad thing that was there before, or a good thing that is still there, was only edited; one that went elsewhere was moved."""
    if pattern.needs == "inside":
        return 1.0
    here = _count(pattern, site.removed if pattern.sign == "+" else site.added)
    if pattern.needs:  # a call that stood in a loop before was only edited
        before = [line for line in (site.removed if pattern.sign == "+" else site.added) if _hit(pattern, line, site, for_each)]
        if pattern.needs == "function" and before and _left_a_condition(pattern, site, before):
            return 1.0
        return 0.3 if len(before) >= hits else 1.0
    if here >= hits:
        return 0.3 if pattern.sign == "+" else 0.22
    mine, theirs = ("+", "-") if pattern.sign == "+" else ("-", "+")
    gained = sum(_count(pattern, _side(s, theirs)) - _count(pattern, _side(s, mine)) for s in others)
    return 0.4 if gained >= hits - here else 1.0


def _left_a_condition(pattern: Pattern, site: Site, before: Sequence[ChangedLine]) -> bool:
    """What was done under a condition, once or seldom, is now done always."""
    now = [line for line in site.added if pattern.search(line.text)]
    return min(indentation(line.text) for line in now) < min(indentation(line.text) for line in before) if now else False


def _count(pattern: Pattern, lines: Sequence[ChangedLine]) -> int:
    return sum(1 for line in lines if pattern.search(line.text))


def _side(site: Site, sign: str) -> list[ChangedLine]:
    return site.added if sign == "+" else site.removed


def _hit(pattern: Pattern, line: ChangedLine, site: Site, for_each: bool) -> bool:
    if pattern.needs == "inside":
        return not line.moved and _inside(pattern, line)
    found = pattern.search(line.text)
    if found is None:
        return False
    if line.moved and pattern.needs not in ("loop", "loop2"):
        return False
    if pattern.family is Family.LOST_INDEX and _in_way_back(line):
        return False
    if not pattern.needs:
        return True
    context, at = line.context, line.at
    if not 0 <= at < len(context):
        return False
    if pattern.needs == "async":
        return in_async_function(context, at)
    if pattern.needs == "function":
        return indentation(line.text) > 0 and not _AT_START_ONLY.match(site.name)
    loops = loops_around(context, at)
    if pattern.needs == "loop2":
        return bool(LOOP.search(line.text)) and any(loop != at for loop in loops)
    if any(loop != at for loop in loops):
        return not (LOOP.search(line.text) and len(loops) < 2 and loops[0] == at)
    if loops and _in_element(line.text, found.start()):
        return True
    return for_each and pattern.family in (Family.QUERY_LOOP, Family.COMPUTE, Family.QUADRATIC) and not line.moved


_WAY_BACK = re.compile(r"\b(?:down|downgrade|revert|rollback|Down|reverse|backwards?)\b")


def _in_way_back(line: ChangedLine) -> bool:
    """In the part of a migration that undoes it."""
    return 0 <= line.at < len(line.context) and any(_WAY_BACK.search(text) for _, text in enclosing(line.context, line.at))


_ELEMENT = re.compile(r"^\s*[\"':\[{]?[\w@][\w.\-: /'\"()]*[\"']?[\]})]*,?\s*$")


def _inside(pattern: Pattern, line: ChangedLine) -> bool:
    """An element of a list or of a call's arguments that begins on a line above."""
    if not _ELEMENT.match(line.text) or not 0 <= line.at < len(line.context):
        return False
    above = next((text for _, text in enclosing(line.context, line.at)), "")
    return above.rstrip().endswith(("(", "[", "{")) and pattern.search(above) is not None


def _in_element(text: str, position: int) -> bool:
    """Inside a comprehension, only the part that runs for each element counts, not what is iterated over."""
    comprehension = COMPREHENSION.search(text)
    if comprehension is None:
        return False
    if match := re.search(r"\s(?:async\s+)?for\s+[\w\s,()*]+\s+in\s", text):
        return position < match.start() or " if " in text[match.end() : position]
    arrow = re.search(r"=>|->|\|[^|]*\||\bfunction\b|\blambda\b", text)
    return arrow is not None and position > arrow.start()


def _deeper(site: Site) -> list[ChangedLine]:
    """Lines that were only re-indented, now inside more loops than before: a loop was put around them."""
    moved_from = {" ".join(line.text.split()): line for line in site.lines if line.moved and line.sign == "-"}
    out = []
    for line in site.lines:
        if not line.moved or line.sign != "+":
            continue
        old = moved_from.get(" ".join(line.text.split()))
        if old is None or not (0 <= line.at < len(line.context) and 0 <= old.at < len(old.context)):
            continue
        if len(loops_around(line.context, line.at)) > len(loops_around(old.context, old.at)):
            out.append(line)
    return out
