"""From endpoints to the places in the source tree that serve them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from perfagent.agents.code.blocks import indentation
from perfagent.agents.code.endpoints import COMMON_NAMES, Endpoint, endpoint, match, stem
from perfagent.agents.code.functions import Function, functions_in
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.routes import Route, routes_in
from perfagent.agents.code.tree import SourceTree

_MAX_PLACES = 6  # an endpoint served by more places than this was matched by accident
_MAX_ROUTE_CHARACTERS = 5_000_000  # likely files come first; a few seconds at most
_OF_LIST = frozenset({"list", "index", "findall", "search", "get_queryset", "all"})
_OF_ONE = frozenset({"retrieve", "show", "findone", "get_object", "read", "details"})
_VERB_NAMES = {
    "GET": (
        "get",
        "list",
        "retrieve",
        "index",
        "show",
        "get_queryset",
        "get_context_data",
        "findall",
        "findone",
        "read",
        "fetch",
        "search",
        "get_object",
    ),
    "POST": ("post", "create", "store", "add", "perform_create", "insert", "save"),
    "PUT": ("put", "update", "replace", "perform_update"),
    "PATCH": ("patch", "update", "partial_update", "perform_update"),
    "DELETE": ("delete", "destroy", "remove", "perform_destroy"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Lines 1-based and inclusive. `fit` in [0, 1]: how well its route fits the endpoint."""

    file: str
    name: str
    start: int
    end: int
    fit: float


def find_handlers(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], names: Sequence[str]) -> dict[str, list[Handler]]:
    """The places that serve each endpoint, best first. Endpoints without a path are looked for as function names."""
    wanted = {name: endpoint(name) for name in names}
    routes = list(_routes(tree, sources, list(wanted.values())))
    found: dict[str, list[Handler]] = {}
    for name, target in wanted.items():
        fits = [(match(route.path, route.method, target), path, route) for path, route in routes]
        if not target.segments:
            fits = [(_fit_by_words(route, target), path, route) for path, route in routes]
        best = max((fit for fit, _, _ in fits), default=0.0)
        places: list[Handler] = []
        if best >= 0.3:
            chosen = sorted((f for f in fits if f[0] >= 0.8 * best), key=lambda f: -f[0])[:_MAX_PLACES]
            for fit, path, route in chosen:
                places += _place(tree, sources, path, route, target, fit)
        if not places:
            places = list(_by_name(tree, sources, target))
        found[name] = places[:_MAX_PLACES]
    return found


def _routes(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], wanted: Sequence[Endpoint]) -> Iterator[tuple[str, Route]]:
    stems = {stem(part) for e in wanted for part in e.segments if part} | {w for e in wanted for w in e.words}
    stems = {s for s in stems if len(s) > 1 and not re.fullmatch(r"v\d|api|rest", s)}
    if not stems:
        return
    mention = re.compile("|".join(re.escape(s) for s in sorted(stems)), re.IGNORECASE)
    hot = frozenset(word for word in frozenset().union(*sources.values()) if mention.search(word.decode()))
    read = 0
    for path in sorted(sources, key=_likely_first):
        if read > _MAX_ROUTE_CHARACTERS:
            return
        if not sources[path].isdisjoint(hot) or mention.search(path):
            text = tree.read(path) or ""
            read += len(text)
            yield from ((path, route) for route in routes_in(path, text, language_of(path)))


def _likely_first(path: str) -> tuple[bool, str]:
    return not re.search(r"route|url|controller|handler|view|api|resource|endpoint|server|app|main", path, re.IGNORECASE), path


def _fit_by_words(route: Route, target: Endpoint) -> float:
    mine = {stem(word) for part in (*route.path, route.handler) if part for word in re.findall(r"[a-z]+|[A-Z][a-z]+", part)}
    mine = {word.lower() for word in mine}
    if not target.words or not mine:
        return 0.0
    return len(mine & target.words) / len(target.words | (mine & target.words)) if target.words <= mine else 0.0


def _place(
    tree: SourceTree, sources: Mapping[str, frozenset[bytes]], path: str, route: Route, target: Endpoint, fit: float
) -> list[Handler]:
    text = tree.read(path) or ""
    lines = text.split("\n")
    if not route.line:
        return [Handler(file=path, name="", start=1, end=len(lines), fit=fit)]
    functions = functions_in(text, language_of(path))
    if not route.handler and route.owner and not lines[route.line - 1].lstrip().startswith(("@", "[")):
        return _named(tree, sources, path, route.owner, "", target, fit)
    if not route.handler:
        return [_in_place(path, lines, functions, route, fit)]
    return _named(tree, sources, path, route.handler, route.owner, target, fit)


def _in_place(path: str, lines: Sequence[str], functions: Sequence[Function], route: Route, fit: float) -> Handler:
    """The function a decorator stands on, or the block that a route call opens."""
    line = lines[route.line - 1].lstrip()
    if line.startswith(("@", "[", "#[")) or re.match(r"(?:async\s+)?(?:def|func)\b", line):
        below = [f for f in functions if f.start <= route.line <= f.header or route.line <= f.header <= route.line + 15]
        nearest = min(below, key=lambda f: f.header, default=None)
        if nearest is not None:
            return Handler(file=path, name=nearest.name, start=min(nearest.start, route.line), end=nearest.end, fit=fit)
    width = indentation(lines[route.line - 1])
    end = route.line
    for at in range(route.line, min(len(lines), route.line + 300)):
        if lines[at].strip() and indentation(lines[at]) <= width:
            end = at + 1 if lines[at].strip().startswith((")", "}", "end", "]")) else at
            break
        end = at + 1
    return Handler(file=path, name="", start=route.line, end=max(end, route.line), fit=fit)


def _named(
    tree: SourceTree, sources: Mapping[str, frozenset[bytes]], path: str, name: str, owner: str, target: Endpoint, fit: float
) -> list[Handler]:
    """Definitions of a function or class by that name; with several, those whose class or file is the owner, or in the same file."""
    places: list[tuple[int, Handler]] = []
    encoded = name.encode()
    for file, ids in sources.items():
        if encoded not in ids:
            continue
        text = tree.read(file) or ""
        for rank, start, end, label in _definitions(text, file, name, target):
            near = 0 if _belongs(owner, file, text) else 1
            places.append((rank + 4 * near + 2 * (file != path), Handler(file=file, name=label, start=start, end=end, fit=fit)))
    places.sort(key=lambda item: (item[0], item[1].file, item[1].start))
    if not places:
        return []
    best = places[0][0]
    if owner and best >= 4 and len(places) > 1 and (name.lower() in COMMON_NAMES or owner[:1].isupper()):
        return []  # another class's method of the same everyday name
    return [place for rank, place in places if rank <= best + 1][:3]


def _belongs(owner: str, file: str, text: str) -> bool:
    if not owner:
        return True
    flat = owner.replace("_", "").lower()
    return (
        flat in file.replace("_", "").replace("-", "").lower()
        or re.search(rf"\b(?:class|type|struct)\s+{re.escape(owner)}\b", text, re.IGNORECASE) is not None
    )


def _definitions(text: str, file: str, name: str, target: Endpoint) -> Iterator[tuple[int, int, int, str]]:
    functions = functions_in(text, language_of(file))
    for function in functions:
        if function.name == name:
            yield 0, function.start, function.end, name
    declared = re.search(rf"^[ \t]*(?:[\w]+[ \t]+)*class[ \t]+{re.escape(name)}\b", text, re.MULTILINE)
    if declared is None:
        return
    methods = [f for f in functions if f.owner == name]
    named = _VERB_NAMES.get(target.method or "GET", ())
    exact = [f for f in methods if f.name.lower() in named]
    other = _OF_LIST if target.segments[-1:] == (None,) else _OF_ONE
    exact = [f for f in exact if f.name.lower() not in other] or exact
    start = text.count("\n", 0, declared.start()) + 1
    end = max((f.end for f in methods), default=start + 40)
    for function in exact:
        yield 0, function.start, function.end, f"{name}.{function.name}"
    yield 1, start, end, name


def _by_name(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], target: Endpoint) -> Iterator[Handler]:
    """`Add item` is served by add_item, addItem or AddItem; a path without a known route by its last words."""
    name = target.name.partition(" ")[2] if target.method else target.name
    if target.segments:
        statics = [part for part in target.segments if part]
        parts = re.findall(r"[a-z0-9]+", statics[-1]) if statics else []
    else:
        parts = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)]
    if not 0 < len(parts) <= 5:
        return
    camel = "".join(part.capitalize() for part in parts)
    spellings = ["_".join(parts), camel, camel[:1].lower() + camel[1:]]
    if len(parts) == 1:
        spellings = (
            [f"{verb}_{parts[0]}" for verb in ("get", "list", "handle")]
            + [f"{verb}{camel}" for verb in ("get", "list", "handle", "Get", "List", "Handle")]
            + spellings
        )
    for spelling in dict.fromkeys(spellings):
        encoded = spelling.encode()
        for file, ids in sources.items():
            if encoded in ids:
                text = tree.read(file) or ""
                for function in functions_in(text, language_of(file)):
                    if function.name == spelling:
                        yield Handler(file=file, name=spelling, start=function.start, end=function.end, fit=0.5)
