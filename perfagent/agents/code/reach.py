"""Which changed code an endpoint can reach: route → handler → callee → changed function, a few hops, by names.

Upwards from the change, because a change names few functions and a handler names many: files that mention a changed name are found by a set
of identifiers, only those are parsed, and their functions are the next names. Names are not resolved as a compiler would; a common name
(`get`, `save`) counts only where its class or module is named in the same file.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from perfagent.agents.code.endpoints import COMMON_NAMES
from perfagent.agents.code.functions import Function, functions_in
from perfagent.agents.code.handlers import Handler
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.tree import SourceTree, identifiers

MAX_HOPS = 3
_MAX_PARSED = 80  # files a level: three levels stay within a few seconds
_MAX_NAMES = 3_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A changed function, class or constant. `key` is the caller's own number for the change it belongs to."""

    key: int
    file: str
    name: str
    owner: str = ""
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """`hops` 0: the change is in the handler itself; `via` is the chain of names from the handler to the change."""

    hops: int
    via: tuple[str, ...]


@dataclass(slots=True)
class _Node:
    """Something that reaches a change: its name, where it is defined, and the chain down to the change."""

    name: str
    owner: str
    file: str
    start: int
    end: int
    keys: dict[int, tuple[str, ...]] = field(default_factory=dict)


def reach(
    tree: SourceTree, sources: Mapping[str, frozenset[bytes]], handlers: Mapping[str, Sequence[Handler]], symbols: Sequence[Symbol]
) -> dict[int, dict[str, Chain]]:
    """For each symbol's key, the endpoints that reach it. `sources` maps every source file to its identifiers."""
    found: dict[int, dict[str, Chain]] = defaultdict(dict)
    nodes = [
        _Node(name=s.name, owner=s.owner, file=s.file, start=s.start, end=s.end, keys={s.key: (s.name,)}) for s in symbols[:_MAX_NAMES]
    ]
    _inside(nodes, handlers, found)
    seen = {(node.file, node.name) for node in nodes}
    for hops in range(1, MAX_HOPS + 1):
        called = _by_name(nodes)
        _from_handlers(tree, sources, handlers, called, hops, found)
        if hops == MAX_HOPS:
            break
        nodes = [n for n in _callers(tree, sources, called) if (n.file, n.name) not in seen]
        _inside_callers(nodes, handlers, hops, found)
        seen |= {(node.file, node.name) for node in nodes}
        if not nodes:
            break
    return found


def _note(found: dict[int, dict[str, Chain]], key: int, endpoint: str, path: Chain) -> None:
    known = found[key].get(endpoint)
    if known is None or path.hops < known.hops:
        found[key][endpoint] = path


def _inside(nodes: Iterable[_Node], handlers: Mapping[str, Sequence[Handler]], found: dict[int, dict[str, Chain]]) -> None:
    for node in nodes:
        for endpoint, places in handlers.items():
            for place in places:
                if place.file == node.file and node.start <= place.end and place.start <= node.end:
                    for key in node.keys:
                        _note(found, key, endpoint, Chain(hops=0, via=(place.name or node.name,)))


def _inside_callers(
    nodes: Iterable[_Node], handlers: Mapping[str, Sequence[Handler]], hops: int, found: dict[int, dict[str, Chain]]
) -> None:
    for node in nodes:
        for endpoint, places in handlers.items():
            if any(p.file == node.file and p.start <= node.end and node.start <= p.end for p in places):
                for key, via in node.keys.items():
                    _note(found, key, endpoint, Chain(hops=hops, via=via))


def _by_name(nodes: Iterable[_Node]) -> dict[bytes, list[_Node]]:
    called: dict[bytes, list[_Node]] = defaultdict(list)
    for node in nodes:
        if len(node.name) > 1:
            called[node.name.rstrip("?!").encode()].append(node)
    return called


def _from_handlers(
    tree: SourceTree,
    sources: Mapping[str, frozenset[bytes]],
    handlers: Mapping[str, Sequence[Handler]],
    called: Mapping[bytes, list[_Node]],
    hops: int,
    found: dict[int, dict[str, Chain]],
) -> None:
    """Handlers written in place, and class bodies, are no named functions: their own text is looked at."""
    for endpoint, places in handlers.items():
        for place in places:
            text = tree.read(place.file)
            if text is None:
                continue
            body = "\n".join(text.split("\n")[place.start - 1 : place.end]).encode()
            around = sources.get(place.file) or identifiers(text.encode())
            for name in identifiers(body) & called.keys():
                for node in called[name]:
                    if _means(node, place.file, around):
                        for key, via in node.keys.items():
                            _note(found, key, endpoint, Chain(hops=hops, via=((place.name,) if place.name else ()) + via))


def _callers(tree: SourceTree, sources: Mapping[str, frozenset[bytes]], called: Mapping[bytes, list[_Node]]) -> list[_Node]:
    names = called.keys()
    mentions = {path: hits for path, ids in sources.items() if (hits := ids & names)}
    popular = max(25, len(sources) // 20)
    counts: dict[bytes, int] = defaultdict(int)
    for hits in mentions.values():
        for name in hits:
            counts[name] += 1
    out: list[_Node] = []
    parsed = 0
    for path, hits in sorted(mentions.items(), key=lambda item: (-len(item[1]), item[0])):
        useful = {name: [n for n in called[name] if _means(n, path, sources[path], common=counts[name] > popular)] for name in hits}
        useful = {name: nodes for name, nodes in useful.items() if nodes}
        if not useful:
            continue
        parsed += 1
        if parsed > _MAX_PARSED:
            break
        text = tree.read(path) or ""
        out += _functions_that_call(path, text, functions_in(text, language_of(path)), useful)
    return out


def _functions_that_call(path: str, text: str, functions: Sequence[Function], useful: Mapping[bytes, list[_Node]]) -> list[_Node]:
    lines = text.split("\n")
    pattern = re.compile(r"\b(?:" + "|".join(re.escape(name.decode()) for name in useful) + r")\b")
    mentions: dict[int, set[bytes]] = defaultdict(set)
    for at, line in enumerate(lines, 1):
        for word in pattern.findall(line):
            mentions[at].add(word.encode())
    places = sorted(mentions)
    out = []
    for function in functions:
        words: set[bytes] = set()
        for at in places[bisect_left(places, function.start) : bisect_right(places, function.end)]:
            words |= mentions[at]
        words.discard(function.name.encode())
        if not words:
            continue
        node = _Node(name=function.name, owner=function.owner, file=path, start=function.start, end=function.end)
        for word in sorted(words):
            for callee in useful[word]:
                for key, via in callee.keys.items():
                    node.keys.setdefault(key, (function.name, *via))
        out.append(node)
    return out


def _means(node: _Node, path: str, around: Set[bytes], *, common: bool = False) -> bool:
    """Whether a mention of the node's name in `path` plausibly means this node."""
    if node.file == path:
        return True
    if node.name not in COMMON_NAMES and not common and len(node.name) > 3:
        return True
    return any(word in around for word in _spellings(node.owner, node.file))


def _spellings(owner: str, file: str) -> list[bytes]:
    """How a class or module is named where it is used."""
    stem = file.rsplit("/", 1)[-1].split(".", 1)[0]
    if stem in (
        "index",
        "__init__",
        "mod",
        "main",
        "utils",
        "helpers",
        "models",
        "views",
        "services",
        "base",
        "forms",
        "api",
        "serializers",
        "tasks",
        "admin",
        "urls",
        "types",
        "common",
        "core",
        "helper",
        "util",
        "app",
        "server",
        "handlers",
        "routes",
        "controller",
        "client",
        "db",
        "errors",
        "config",
        "settings",
        "schema",
        "schemas",
        "permissions",
        "mixins",
        "managers",
        "signals",
        "functions",
        "constants",
    ):
        stem = ""
    out = []
    for word in (owner, stem):
        if len(word) > 2:
            camel = "".join(part[:1].upper() + part[1:] for part in re.split(r"[_\-]", word))
            snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", word).lower().replace("-", "_")
            out += [word, camel, camel[:1].lower() + camel[1:], snake]
    return [word.encode() for word in dict.fromkeys(out)]
