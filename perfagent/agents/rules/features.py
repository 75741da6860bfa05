"""Everything the ranking knows about each site, as numbers in [0, 1]."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perfagent.agents.code.blocks import loops_around
from perfagent.agents.code.callees import Callees
from perfagent.agents.code.endpoints import COMMON_NAMES, endpoint, match
from perfagent.agents.code.handlers import Handler, find_handlers
from perfagent.agents.code.kinds import Kind
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.reach import Chain, Symbol, reach
from perfagent.agents.code.routes import routes_in
from perfagent.agents.code.tree import SourceTree, index
from perfagent.agents.rules.changes import Site
from perfagent.agents.rules.matching import Match, matches_of
from perfagent.agents.rules.patterns import INPUT_OUTPUT
from perfagent.agents.rules.signals import Signals
from perfagent.agents.rules.symptom import Symptom
from perfagent.agents.rules.words import document, query, similarity

_BY_HOPS = (1.0, 0.85, 0.65, 0.45, 0.2)
_MAX_PATTERN_LINES = 6_000
# Code that every request passes, whatever its endpoint.
_EVERYWHERE = re.compile(
    r"middleware|interceptor|(?:^|/)filters?/|guard|bootstrap|startup|(?:^|/)(?:main|app|server|wsgi|asgi|program|application|base|core|db|database|session|connection|pool|engine|context|kernel|logger|logging|auth\w*|"
    r"security|tracing|telemetry|metrics|cors|deps|dependencies|__init__|index|request|response|serializer|http|router|globals?|tenant|permissions?|current_?user|config|settings)\.\w+$|(?:^|/)(?:config|settings|initializers)/|application_(?:controller|record)|base_?(?:controller|view|model|repository|service)",
    re.IGNORECASE,
)
_CONSTANT = re.compile(
    r"^\s{0,4}(?:export\s+|public\s+|private\s+|static\s+|final\s+|readonly\s+)*(?:const\s+|let\s+|var\s+|val\s+)?(?:[\w<>\[\]]+\s+)?([A-Za-z_]\w{2,})\s*(?::[^=]+)?[:=]"
)
_PER_ITEM_FILE = re.compile(
    r"serializ|resource|presenter|decorator|dto|mapper|resolver|transform|view_?model|normaliz|schema", re.IGNORECASE
)
_PER_ITEM_NAME = re.compile(
    r"^(?:to_representation|get_\w+|to_?[aA]rray|as_json|to_?[jJ]son|to_dict|serialize\w*|resolve_?\w+|to_?[dD]to|to\w+Dto|map\w*|transform\w*|normalize|render_\w+|present\w*|convert\w*)$"
)
_CLASS = re.compile(r"^\s*(?:[\w]+\s+)*(?:class|module|interface|struct|type)\s+(\w+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """`reached` maps endpoints to how the change is reached; `elsewhere` says that only unaffected endpoints reach it."""

    site: Site
    matches: Sequence[Match]
    words: float
    evidence_words: float
    handler_words: float
    reach: float
    reached: Mapping[str, Chain] = field(default_factory=dict)
    elsewhere: bool = False
    everywhere: bool = False
    mapped: bool = False
    """Whether the affected endpoints' handlers were found at all: only then does being unreachable say something."""


def features_of(sites: Sequence[Site], symptom: Symptom, signals: Signals, tree: SourceTree | None) -> list[Features]:
    documents = [document(site) for site in sites]
    handlers, reached, sources = _reach(sites, symptom, tree)
    callees = Callees(tree, sources, INPUT_OUTPUT) if tree is not None and sources else None
    texts = dict(symptom.weight)
    for name, places in handlers.items():
        if name in symptom.weight:
            for place in places[:3]:
                texts[f"{place.name} {place.file.rsplit('/', 1)[-1]}"] = 0.5 * symptom.weight[name]
    by_words = similarity(documents, query(texts, symptom.unaffected))
    by_evidence = similarity(documents, query(dict.fromkeys(signals.words, 1.0), ()))
    by_handler = similarity(documents, _handler_query(tree, handlers, symptom))
    in_file: dict[str, list[Site]] = defaultdict(list)
    for site in sites:
        in_file[site.path].append(site)
    mapped = any(place.fit >= 0.45 for name in symptom.affected for place in handlers.get(name, ()))
    budget = _MAX_PATTERN_LINES
    order = sorted(range(len(sites)), key=lambda i: (-(by_words[i] + (1.0 if reached.get(i) else 0.0)), i))
    out: list[Features | None] = [None] * len(sites)
    for i in order:
        site = sites[i]
        matches = (
            matches_of(site, in_file[site.path], for_each=_for_each(site), callees=callees)
            if budget > 0 and site.kind not in (Kind.TEST, Kind.DOCS, Kind.TEXT, Kind.GENERATED)
            else []
        )
        budget -= len(site.lines) if site.kind is not Kind.TEST else 0
        paths = reached.get(i, {})
        out[i] = Features(
            site=site,
            matches=matches,
            words=by_words[i],
            evidence_words=by_evidence[i],
            handler_words=min(1.0, 2.0 * by_handler[i]),
            reach=_reach_of(paths, symptom),
            reached={name: path for name, path in paths.items() if name in symptom.weight},
            elsewhere=bool(paths) and not any(name in symptom.weight for name in paths),
            everywhere=bool(_EVERYWHERE.search(site.path)) or site.kind is Kind.SETTINGS,
            mapped=mapped,
        )
    return [f for f in out if f is not None]


def _for_each(site: Site) -> bool:
    """Whether the site's function runs for each item of a list: a serializer's field, or called in a loop of its own file."""
    if site.kind is not Kind.SOURCE or not site.name:
        return False
    if _PER_ITEM_FILE.search(site.path) and _PER_ITEM_NAME.match(site.name):
        return True
    if site.function is None or site.name in COMMON_NAMES or not site.lines:
        return False
    call = re.compile(rf"\b{re.escape(site.name)}\b")
    context = next((line.context for line in site.lines if line.sign == "+"), ())
    mentions = [at for at, text in enumerate(context) if call.search(text) and not site.function.start <= at + 1 <= site.function.end]
    return any(loop != at for at in mentions[:20] for loop in loops_around(context, at))


def _handler_query(tree: SourceTree | None, handlers: Mapping[str, Sequence[Handler]], symptom: Symptom) -> dict[str, float]:
    """Words of the bodies that serve the slow endpoints; those that other endpoints' bodies share tell less."""
    if tree is None:
        return {}
    bodies: dict[str, str] = {}
    for name, places in handlers.items():
        texts = [(tree.read(place.file) or "").split("\n")[place.start - 1 : place.end][:80] for place in places[:3]]
        bodies[name] = "\n".join(line[:300] for text in texts for line in text)
    return query(
        {bodies[name]: weight for name, weight in symptom.weight.items() if name in bodies},
        [bodies[n] for n in symptom.unaffected if n in bodies],
    )


def _reach_of(paths: Mapping[str, Chain], symptom: Symptom) -> float:
    """Mean over the affected endpoints, the slowest counting most; less when unaffected endpoints reach it as easily."""
    if not paths:
        return 0.0
    by_name = {name: _BY_HOPS[min(path.hops, len(_BY_HOPS) - 1)] for name, path in paths.items()}
    total = sum(w * w for w in symptom.weight.values()) or 1.0
    mean = sum(w * w * by_name.get(name, 0.0) for name, w in symptom.weight.items()) / total
    most = max((w * by_name.get(name, 0.0) for name, w in symptom.weight.items()), default=0.0)
    others = [by_name[name] for name in symptom.unaffected if name in by_name]
    spill = len([v for v in others if v >= most]) / max(1, len(symptom.unaffected))
    return (0.5 * most + 0.5 * mean) * (1.0 - 0.5 * spill)


def _reach(
    sites: Sequence[Site], symptom: Symptom, tree: SourceTree | None
) -> tuple[dict[str, list[Handler]], dict[int, dict[str, Chain]], dict[str, frozenset[bytes]]]:
    names = [*symptom.affected[:40], *symptom.unaffected[:40]]
    code = [
        site
        for site in sites
        if site.kind in (Kind.SOURCE, Kind.TEMPLATE, Kind.SETTINGS, Kind.SCRIPT, Kind.FRONTEND) and site.language is not None
    ]
    if tree is None or not code or not names:
        return {}, _from_hunks(sites, names), {}
    families = frozenset(site.language.family for site in code if site.language is not None and site.kind is Kind.SOURCE)
    if not families:
        return {}, {}, {}
    near = frozenset(site.path.rpartition("/")[0] for site in code)
    sources = index(tree, families, near)
    if not sources:
        return {}, _from_hunks(sites, names), {}
    handlers = find_handlers(tree, sources, names)
    symbols = [symbol for i, site in enumerate(sites) if site in code for symbol in _symbols(i, site)]
    found = reach(tree, sources, handlers, symbols)
    for i, site in enumerate(sites):
        for name, path in _near(site, handlers).items():
            found.setdefault(i, {}).setdefault(name, path)
    return handlers, found, sources


def _symbols(key: int, site: Site) -> list[Symbol]:
    """What the site changes, by name: its function, or the classes and constants it defines."""
    if site.function is not None:
        f = site.function
        out = [Symbol(key=key, file=site.path, name=f.name, owner=f.owner, start=f.start, end=f.end)]
        if f.name in ("__init__", "constructor", "initialize", "perform", "call", "execute", "handle", "run") and f.owner:
            out.append(Symbol(key=key, file=site.path, name=f.owner, start=f.start, end=f.end))
        return out
    first, last = site.lines[0].number, site.lines[-1].number
    names = {m[1] for line in site.lines if (m := _CONSTANT.match(line.text) or _CLASS.match(line.text))} - COMMON_NAMES
    for text in reversed(site.lines[0].context[: max(0, site.lines[0].at + 1)]):
        if (found := _CLASS.match(text)) and not text.startswith((" " * 8, "\t\t")):
            names.add(found[1])
            break
    if site.name:
        names.add(site.name)
    return [Symbol(key=key, file=site.path, name=name, start=first, end=last) for name in sorted(names)[:12]]


def _near(site: Site, handlers: Mapping[str, Sequence[Handler]]) -> dict[str, Chain]:
    """A change in a handler's own file outside the handler, or in the template that the handler is named after."""
    out: dict[str, Chain] = {}
    parts = re.split(r"[/.]", site.path)
    for name, places in handlers.items():
        if site.kind is Kind.TEMPLATE and len(parts) > 2:
            folder, stem = (
                (parts[-3], parts[-2]) if len(parts) < 4 or parts[-2] not in ("html", "text", "blade") else (parts[-4], parts[-3])
            )
            if any(folder in place.file and stem in place.name.lower() for place in places):
                out[name] = Chain(hops=1, via=(places[0].name, f"{folder}/{stem}"))
        elif any(place.file == site.path for place in places):
            out[name] = Chain(hops=4, via=(site.path.rsplit("/", 1)[-1],))
    return out


def _from_hunks(sites: Sequence[Site], names: Sequence[str]) -> dict[int, dict[str, Chain]]:
    """Without a source tree: routes that stand in the hunks themselves."""
    out: dict[int, dict[str, Chain]] = {}
    for i, site in enumerate(sites):
        language = language_of(site.path)
        if language is None or site.kind is not Kind.SOURCE:
            continue
        text = "\n".join(line.text for line in site.hunk.lines if line.kind != "-")
        for route in routes_in(site.path, text, language):
            for name in names:
                if match(route.path, route.method, endpoint(name)) >= 0.5:
                    out.setdefault(i, {})[name] = Chain(hops=0 if route.line else 1, via=(site.name,))
    return out
