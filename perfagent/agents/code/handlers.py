"""From endpoints to the places in the source tree that serve them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from perfagent.agents.code.blocks import indentation
from perfagent.agents.code.endpoints import COMMON_NAMES, Endpoint, endpoint, match, segments, stem, words
from perfagent.agents.code.functions import Function, functions_in
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.routes import Route, mounts_in, routes_in
from perfagent.agents.code.tree import SourceTree

_MAX_DEFINITION_FILES = 40  # that mention a handler's name; the owner's own come first
_MAX_PLACES = 6  # an endpoint served by more places than this was matched by accident
_MAX_ROUTE_CHARACTERS = 4_000_000  # likely files come first; a few seconds at most
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
    hot = _hot(sources, list(wanted.values()))
    routes = list(_routes(tree, sources, hot))
    found: dict[str, list[Handler]] = {}
    for name, target in wanted.items():
        fits = [(_fit(route, target), path, route) for path, route in routes]
        best = max((fit for fit, _, _ in fits), default=0.0)
        places: list[Handler] = []
        if best >= 0.3:
            chosen = sorted((f for f in fits if f[0] >= 0.8 * best), key=lambda f: -f[0])[:_MAX_PLACES]
            for fit, path, route in chosen:
                places += _place(tree, sources, path, route, target, fit)
        if not places:
            places = list(_by_name(tree, sources, target, hot))
        found[name] = list(dict.fromkeys(places))[:_MAX_PLACES]
    return found


def _fit(route: Route, target: Endpoint) -> float:
    return match(route.path, route.method, target) if target.segments or target.is_root else _fit_by_words(route, target)


def _hot(sources: Mapping[str, frozenset[bytes]], wanted: Sequence[Endpoint]) -> frozenset[bytes]:
    """Identifiers that contain a word of an endpoint."""
    stems = {stem(part) for e in wanted for part in e.segments if part} | {w for e in wanted for w in e.words}
    stems = {s for s in stems if len(s) > 1 and not re.fullmatch(r"v?\d[\d.]*|api|rest", s)}
    if not stems:
        return frozenset()
    mention = re.compile("|".join(re.escape(s) for s in sorted(stems)), re.IGNORECASE)
    none: frozenset[bytes] = frozenset()
    return frozenset(word for word in none.union(*sources.values()) if mention.search(word.decode()))


def _routes(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], hot: frozenset[bytes]) -> Iterator[tuple[str, Route]]:
    """Routes of the files that mention an endpoint's words, each also under the path where another file mounts its file."""
    read = 0
    found: list[tuple[str, Route]] = []
    mounts: set[tuple[str, str]] = set()
    for path in sorted(sources, key=_likely_first):
        if read > _MAX_ROUTE_CHARACTERS:
            break
        if sources[path].isdisjoint(hot) and not _ROUTE_FILE.search(path):
            continue
        text = tree.read(path) or ""
        read += len(text)
        found += [(path, route) for route in routes_in(path, text, language_of(path))]
        mounts.update(mounts_in(text))
    by_word: dict[str, set[tuple[str | None, ...]]] = {}
    for prefix, word in mounts:
        by_word.setdefault(_flat(word), set()).add(segments(prefix))
    prefixes = {path: sorted({p for name in _names_of(path) for p in by_word.get(name, ())}, key=str)[:20] for path, _ in found}
    for path, route in found:
        yield path, route
        for mounted in prefixes[path]:
            yield path, replace(route, path=(*mounted, *route.path))


def _flat(name: str) -> str:
    return re.sub(r"[_\-]", "", name.lower()).removesuffix("s")


def _names_of(path: str) -> set[str]:
    """The names under which a file may be mounted: its own and its folders', without what all routers are called."""
    parts = re.split(r"[/.]", path)[:-1][-4:]
    return {
        _flat(re.sub(r"(?<=\w)[_\-.]?(?:router|routes|urls|controller|handler|api)s?$", "", part, flags=re.IGNORECASE))
        for part in parts
        if part
    }


_ROUTE_FILE = re.compile(r"(?:^|/)(?:urls|routes?|router|routing|api)\w*\.\w+$", re.IGNORECASE)


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
    line = Handler(file=path, name="", start=route.line, end=route.line, fit=fit)  # the middleware it names runs too
    return [*_named(tree, sources, path, route.handler, route.owner, target, fit), line]


def _in_place(path: str, lines: Sequence[str], functions: Sequence[Function], route: Route, fit: float) -> Handler:
    """The function a decorator stands on, or the block that a route call opens."""
    line = lines[route.line - 1].lstrip()
    if line.startswith(("@", "[", "#[")) or re.match(r"(?:async\s+)?(?:def|func)\b", line):
        below = [f for f in functions if f.start <= route.line <= f.header or route.line <= f.header <= route.line + 15]
        nearest = min(below, key=lambda f: f.header, default=None)
        if nearest is not None:
            return Handler(file=path, name=nearest.name, start=min(nearest.start, route.line), end=nearest.end, fit=fit)
    return Handler(file=path, name="", start=route.line, end=end_of_block(lines, route.line - 1), fit=fit)


def end_of_block(lines: Sequence[str], at: int) -> int:
    """The last line (1-based) of what line `at` (0-based) opens."""
    width = indentation(lines[at])
    for below in range(at + 1, min(len(lines), at + 300)):
        if lines[below].strip() and indentation(lines[below]) <= width:
            return below + 1 if lines[below].strip().startswith((")", "}", "end", "]")) else below
    return min(len(lines), at + 300)


def _named(
    tree: SourceTree, sources: Mapping[str, frozenset[bytes]], path: str, name: str, owner: str, target: Endpoint, fit: float
) -> list[Handler]:
    """Definitions of a function or class by that name; with several, those whose class or file is the owner, or in the same file."""
    places: list[tuple[int, Handler]] = []
    encoded = name.encode()
    files = [file for file, ids in sources.items() if encoded in ids]
    for file in sorted(files, key=lambda file: (file != path, _distance(owner, file, ""), file))[:_MAX_DEFINITION_FILES]:
        text = tree.read(file) or ""
        for rank, start, end, label in _definitions(text, file, name, target):
            near = _distance(owner, file, text)
            places.append((rank + near + 2 * (file != path), Handler(file=file, name=label, start=start, end=end, fit=fit)))
    places.sort(key=lambda item: (item[0], item[1].file, item[1].start))
    if not places:
        return []
    best = places[0][0]
    if owner and best >= 5 and len(places) > 1 and (name.lower() in COMMON_NAMES or owner[:1].isupper()):
        return []  # another class's method of the same everyday name
    return [place for rank, place in places if rank <= best + (0 if owner else 1)][:3]


def _distance(owner: str, file: str, text: str) -> int:
    """0: the file is the owner's own; 1: it names it in its path or defines it; 5: it has nothing to do with it."""
    if not owner:
        return 0
    flat = owner.replace("_", "").lower()
    stem_of_file = re.sub(r"[_\-]", "", file.rsplit("/", 1)[-1].split(".", 1)[0]).lower()
    if stem_of_file == flat:
        return 0
    if flat in re.sub(r"[_\-]", "", file).lower() or re.search(rf"\b(?:class|type|struct)\s+{re.escape(owner)}\b", text, re.IGNORECASE):
        return 1
    return 5


def _definitions(text: str, file: str, name: str, target: Endpoint) -> Iterator[tuple[int, int, int, str]]:
    functions = functions_in(text, language_of(file))
    for function in functions:
        if function.name == name:
            yield 0, function.start, function.end, name
    if entry := re.search(rf"^[ \t]*(?:module\.exports\.|exports\.)?[\"']?{re.escape(name)}[\"']?\s*[:=]\s*\{{\s*$", text, re.MULTILINE):
        start = text.count("\n", 0, entry.start()) + 1  # a controller written as an object
        yield 0, start, end_of_block(text.split("\n"), start - 1), name
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
    if exact:  # what the class declares for all its methods
        yield 0, start, max(start, min(f.start for f in methods) - 1), name
    yield 1, start, end, name


def _by_name(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], target: Endpoint, hot: frozenset[bytes]) -> Iterator[Handler]:
    """`Add item` is served by add_item or AddItem; a path without a known route by a function named after its last words."""
    if target.segments:
        statics = [frozenset(words(part)) for part in target.segments if part]
        statics = [s for s in statics if s][-2:]
        verbs = _VERB_NAMES.get(target.method or "GET", ())
        wanted = [frozenset().union(*statics)] if len(statics) == 2 else []
        wanted += [statics[-1]] if statics else []
        wanted += [statics[-1] | {stem(verb)} for verb in (*verbs, "handle") if "_" not in verb] if statics else []
    else:
        wanted = [target.words]
    wanted = [w for w in wanted if len(w) > 1]
    if not wanted:
        return
    names = {word for word in hot if frozenset(_all_words(word.decode())) in wanted}
    for file, ids in sources.items():
        if ids.isdisjoint(names):
            continue
        text = tree.read(file) or ""
        for function in functions_in(text, language_of(file)):
            if function.name.encode() in names:
                yield Handler(file=file, name=function.name, start=function.start, end=function.end, fit=0.4)


def _all_words(name: str) -> list[str]:
    return [stem(word.lower()) for word in re.findall(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+", name)]
