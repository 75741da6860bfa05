"""Endpoints as k6 names them, taken apart so that routes and code can be compared with them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_PARAMETER = re.compile(r"^(?:[:{<\[*$(].*|\d+|[0-9a-f]{8}-[0-9a-f-]{20,}|[0-9a-f]{16,}|.*[{<]\w.*|\.\.\.\w+|_?id)$", re.IGNORECASE)
_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# Words that say nothing about which code serves an endpoint.
_EMPTY = frozenset(
    [
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "http",
        "https",
        "api",
        "rest",
        "v1",
        "v2",
        "v3",
        "v4",
        "v",
        "the",
        "a",
        "an",
        "of",
        "and",
        "or",
        "to",
        "in",
        "on",
        "for",
        "by",
        "with",
        "from",
        "as",
        "is",
        "id",
        "ids",
        "name",
        "names",
        "url",
        "path",
        "request",
        "response",
        "req",
        "res",
        "ctx",
        "self",
        "this",
        "new",
        "return",
        "def",
        "function",
        "func",
        "public",
        "private",
        "static",
        "void",
        "string",
        "int",
        "true",
        "false",
        "null",
        "none",
        "var",
        "let",
        "const",
        "async",
        "await",
        "class",
        "import",
        "export",
        "if",
        "else",
        "type",
        "value",
        "key",
        "data",
        "json",
        "html",
        "php",
        "index",
        "handler",
        "controller",
        "view",
        "views",
        "service",
        "app",
        "src",
        "main",
        "query",
        "mutation",
        "graphql",
    ]
)

# Names that many classes have: one alone does not say whose it is.
COMMON_NAMES = frozenset(
    [
        "get",
        "list",
        "create",
        "find",
        "save",
        "run",
        "execute",
        "handle",
        "process",
        "init",
        "new",
        "index",
        "show",
        "update",
        "delete",
        "destroy",
        "all",
        "count",
        "add",
        "remove",
        "call",
        "perform",
        "close",
        "open",
        "render",
        "name",
        "id",
        "load",
        "read",
        "write",
        "send",
        "post",
        "put",
        "patch",
        "start",
        "stop",
        "main",
        "setup",
        "apply",
        "build",
        "make",
        "parse",
        "format",
        "validate",
        "check",
        "filter",
        "map",
        "reduce",
        "each",
        "set",
        "has",
        "is_valid",
        "to_json",
        "to_s",
        "to_dict",
        "serialize",
        "deserialize",
        "toString",
        "equals",
        "hashCode",
        "value",
        "data",
        "key",
        "type",
        "state",
        "dispatch",
        "query",
        "search",
        "fetch",
        "store",
        "first",
        "last",
        "next",
        "push",
        "pop",
        "reset",
        "clear",
        "constructor",
        "__init__",
        "__call__",
        "__str__",
        "__repr__",
        "__enter__",
        "__exit__",
        "initialize",
        "before",
        "after",
        "up",
        "down",
        "register",
        "invoke",
        "Execute",
        "Handle",
        "Get",
        "Set",
        "Create",
        "Update",
        "Delete",
        "List",
        "Find",
        "Add",
        "Remove",
        "Run",
        "Init",
        "New",
        "Close",
        "Start",
        "Stop",
        "String",
        "Error",
        "ServeHTTP",
        "forward",
        "emit",
        "on",
        "off",
        "use",
        "exec",
        "test",
        "describe",
        "it",
        "config",
        "options",
        "result",
        "error",
        "message",
        "getId",
        "getName",
        "setName",
        "resolve",
        "reject",
        "then",
        "catch",
        "insert",
        "select",
        "where",
        "order",
        "limit",
        "from",
        "self",
        "this",
        "cls",
        "args",
        "kwargs",
        "request",
        "response",
        "context",
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """`segments` is empty for a name without a path; a segment is None where the path has a parameter."""

    name: str
    method: str | None
    segments: tuple[str | None, ...]
    words: frozenset[str]
    is_root: bool = False


@cache
def endpoint(name: str) -> Endpoint:
    first, _, rest = name.strip().partition(" ")
    method = first.upper() if first.upper() in METHODS else None
    target = rest.strip() if method else name.strip()
    target = re.sub(r"^[a-z]+://[^/]*", "", target).split("?", 1)[0].split("#", 1)[0]
    path, _, extra = target.partition(" ")
    is_path = "/" in path
    return Endpoint(
        name=name,
        method=method,
        segments=segments(path) if is_path else (),
        words=frozenset(words(target if not is_path else f"{path} {extra}")) or frozenset(words("home dashboard root landing")),
        is_root=is_path and not path.strip("/"),
    )


def segments(path: str) -> tuple[str | None, ...]:
    """Lower-case parts of a path in any framework's spelling; None for parameters."""
    path = re.sub(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)", r":\1", path)  # Django's regular expressions
    path = path.strip("^$ ").replace("\\.", ".").replace("\\/", "/").replace("(.:format)", "").replace("(.{format})", "")
    out: list[str | None] = []
    for part in re.split(r"/(?![^<{(]*[>})])", path):
        part = part.strip().strip("^$").rstrip("?").lower()
        if part:
            out.append(None if _PARAMETER.match(part) else part.removesuffix(".json"))
    return tuple(out)


def words(text: str) -> list[str]:
    """Lower-case stems of the words in identifiers, paths and prose; empty words left out."""
    out = []
    for match in _WORD.finditer(text):
        word = match[0].lower()
        if len(word) > 1 and word not in _EMPTY and not word.isdigit():
            out.append(stem(word))
    return out


@cache
def stem(word: str) -> str:
    """A light stemmer: plural, -ing, -ed, -er(s); enough to join `orders`, `order` and `ordering`."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    for ending, least in (("sses", 6), ("ches", 6), ("shes", 6), ("xes", 5)):
        if word.endswith(ending) and len(word) >= least:
            return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        word = word[:-1]
    for ending in ("ing", "ed"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            word = word[: -len(ending)]
            return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "ls" else word
    return word[:-1] if len(word) > 4 and word.endswith("e") else word


def match(route: tuple[str | None, ...], method: str | None, wanted: Endpoint) -> float:
    """How well a route's own part of the path fits an endpoint, in [0, 1]; prefixes mounted elsewhere are allowed to be missing."""
    if method and wanted.method and method != wanted.method and method not in ("ANY", "QUERY"):
        return 0.0
    have = wanted.segments
    if wanted.is_root and not route:
        return 0.6
    if not have or not route:
        return 0.0
    length = min(len(have), len(route))
    statics = 0
    for mine, theirs in zip(route[-length:], have[-length:], strict=True):
        if mine is None:
            continue
        if theirs is None:
            return 0.0
        if mine != theirs and stem(mine) != stem(theirs) and not _same_words(mine, theirs):
            return 0.0
        statics += 1
    if not statics:
        return 0.0
    beyond = sum(1 for part in route[:-length] if part is not None) if len(route) > length else 0
    missing = sum(1 for part in have[:-length] if part is not None and part not in ("api", "rest") and not re.fullmatch(r"v\d+", part))
    swallowed = sum(1 for mine, theirs in zip(route[-length:], have[-length:], strict=True) if mine is None and theirs is not None)
    return max(0.1, statics / (statics + 0.5 * missing + 0.7 * beyond + 0.3 * swallowed))


def _same_words(mine: str, theirs: str) -> bool:
    return re.sub(r"[-_.]", "", mine) == re.sub(r"[-_.]", "", theirs)
