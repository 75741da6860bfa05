"""Routes and the handlers they name, read from one file's text for the usual frameworks.

Regular expressions rather than parsers: a route is a line that a person recognises at a glance, and the same few shapes serve Django, DRF,
Flask, FastAPI, Starlette, aiohttp, Express, Koa, Fastify, Nest, Spring, JAX-RS, Gin, chi, echo, net/http, Rails, Grape, Laravel, Symfony,
ASP.NET, Actix, axum and GraphQL resolvers. A prefix given on the class, router, blueprint or enclosing group is put in front.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfagent.agents.code.blocks import enclosing
from perfagent.agents.code.endpoints import METHODS, segments
from perfagent.agents.code.languages import Language
from perfagent.agents.code.route_shapes import (
    ANY_STRING,
    BARE,
    CALL,
    CALL_PHP,
    CHAIN,
    CLASS_PREFIX,
    CLIENTS,
    DECORATOR,
    EVERYDAY,
    FIRST_STRING,
    GROUP,
    GROUP_OPENS,
    GROUP_VARIABLE,
    LIST_NAME,
    MAY_HAVE_ROUTES,
    MOUNT,
    NOT_HANDLERS,
    OBJECT_HANDLER,
    OBJECT_METHOD,
    OBJECT_PATH,
    RESOLVER,
    ROUTER_PREFIX,
    WORTH_READING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`handler` is a function or class by name (with `owner` where known), or empty: then the code follows or encloses `line`."""

    path: tuple[str | None, ...]
    method: str | None
    handler: str
    owner: str
    line: int


def routes_in(path: str, text: str, language: Language | None) -> list[Route]:
    """Every route of one file, in order of lines; includes the route a file has by its place in the tree."""
    found = list(_by_place(path))
    if language is not None and MAY_HAVE_ROUTES.search(text):
        found += _read(text)
    return found


def mounts_in(text: str) -> list[tuple[str, str]]:
    """Where this file mounts others: the path, and the word that names what is mounted (a module, router or list of routes)."""
    out: list[tuple[str, str]] = []
    if not re.search(r"include\(|\.(?:use|route|mount|register)\(|prefix", text):
        return out
    for match in MOUNT.finditer(text):
        groups = [g for g in match.groups() if g is not None]
        if len(groups) == 2:
            prefix, target = (groups[1], groups[0]) if match[6] is not None else (groups[0], groups[1])
            words = [w for w in re.split(r"[./]", target) if w and w.lower() not in EVERYDAY]
            word = (
                re.sub(r"_?(?:router|routes|urls|blueprint|api_url\w*|urlpatt\w*|controller|bp)$", "", words[-1], flags=re.IGNORECASE)
                if words
                else ""
            )
            if prefix.strip("/^$"):
                out.append((prefix, word or target))
    return out


def _read(text: str) -> Iterator[Route]:
    lines = text.split("\n")
    routers = [m[1] for m in ROUTER_PREFIX.finditer(text)] if "refix" in text or "Mount" in text else []
    groups = {m[1]: m[2] for m in GROUP_VARIABLE.finditer(text)} if "roup" in text or "PathPrefix" in text else {}
    router = routers[0] if len(routers) == 1 else ""
    prefix, owner = "", ""
    pending = ""
    lists = {m[2]: m[1] for line in lines if "include(" in line and (m := MOUNT.search(line)) and m[2]}
    current = ""
    for at, line in enumerate(lines):
        if named := LIST_NAME.match(line):
            current = lists.get(named[1], "")
        if len(line) > 400 or not WORTH_READING.search(line):
            continue
        stripped = line.strip()
        if match := re.match(r"(?:\w+\s+)*(?:class|interface)\s+(\w+)", stripped):
            owner, prefix, pending = match[1], pending, ""
        if (match := CLASS_PREFIX.match(line)) and (name := _class_name(lines, at)):
            pending = match[1].replace("[controller]", name.removesuffix("Controller"))
            continue
        receiver = re.match(r"\s*(\w+)\.", line)
        group = groups.get(receiver[1], "") if receiver else ""
        yield from _routes_of_line(lines, at, router=group or router or current, prefix=prefix, owner=owner)


def _routes_of_line(lines: Sequence[str], at: int, *, router: str, prefix: str, owner: str) -> Iterator[Route]:
    line = lines[at]
    if match := DECORATOR.match(line):
        yield from _decorated(match, lines, at, prefix=prefix or router, owner=owner)
    elif match := RESOLVER.match(line):
        name = next(g for g in match.groups() if g)
        if name not in NOT_HANDLERS:
            yield Route(path=(name.lower(),), method="QUERY", handler="", owner=owner, line=at + 1)
    elif match := CALL_PHP.search(line):
        yield from _called(match[1], match[2], lines, at, router="", by_router=line.lstrip().startswith("Route"))
    elif (match := CALL.search(line)) and not CLIENTS.search(match[1].rstrip("()")):
        yield from _called(match[2], match[3], lines, at, router=router, by_router=bool(_ROUTER.search(match[1])))
    elif match := BARE.match(line):
        yield from _bare(match[1], line, lines, at, router=router)
    elif match := OBJECT_PATH.search(line):
        yield from _object(match[1], lines, at)


def _decorated(match: re.Match[str], lines: Sequence[str], at: int, *, prefix: str, owner: str) -> Iterator[Route]:
    word, rest = match[2].lower(), match[3] or ""
    if match[2] == "patch" and not rest.lstrip("\"'").startswith("/"):
        return  # unittest.mock
    if lines[at].rstrip().endswith("(") and at + 1 < len(lines):
        rest += " " + lines[at + 1].strip()  # the path stands on a line of its own
    verb = word.removesuffix("mapping").upper()
    string = ANY_STRING.search(rest)
    if word in ("query", "mutation", "resolvefield"):
        name = _next_function(lines, at)
        if name:
            yield Route(path=(name.lower(),), method="QUERY", handler=name, owner=owner, line=at + 1)
        return
    if word == "rest" or (string is None and word in ("action", "api_view", "expose")):
        string = string or re.match(r"()", "")
        if word == "action":
            yield Route(path=(_next_function(lines, at).lower(),), method=None, handler="", owner=owner, line=at + 1)
            return
    text = string[1] if string is not None else ""
    methods = [m for m in METHODS if re.search(rf"\b{m}\b", rest.upper())]
    method = verb if verb in METHODS else (methods[0] if len(methods) == 1 else None)
    full = f"{prefix}/{text}" if not text.startswith("~") else text
    if segments(full):
        yield Route(path=segments(full), method=method, handler="", owner=owner, line=at + 1)


_NAMES_A_PATH = frozenset(
    "register resource apiresource addroute add_route handle handlefunc match map add_url_rule add_api_route".split()  # noqa: SIM905
)
"""Calls whose first argument is a path even without a leading slash."""


_ROUTER = re.compile(r"(?:^|[._])(?:\w*[rR]outers?|app|r|e|api|routes?|Route|group|mux|g|v\d|server|fastify|m|web|bp|blueprint|scope)\)?$")


def _called(verb: str, rest: str, lines: Sequence[str], at: int, *, router: str, by_router: bool) -> Iterator[Route]:
    verb = verb.lower()
    if verb in ("group", "use", "mount", "scope", "with"):
        return
    if not rest.strip() and at + 1 < len(lines):
        rest = " ".join(line.strip() for line in lines[at + 1 : at + 4])
    if verb in ("add_resource", "addresource"):
        for string in ANY_STRING.findall(rest):
            yield Route(
                path=segments(string), method=None, handler=(CHAIN.match(rest) or [""])[0].rsplit(".", 1)[-1], owner="", line=at + 1
            )
        return
    match = FIRST_STRING.match(rest)
    if match is None:
        return
    text, args = match[1], match[2]
    upper, _, tail = text.partition(" ")
    method = verb.removeprefix("map").upper()
    if upper in METHODS:  # net/http's "GET /path"
        method, text = upper, tail
    plain = verb in _NAMES_A_PATH
    if not (text.startswith("/") or plain or (by_router and args and not args.startswith(")")) or _group_prefix(lines, at)):
        return
    if " " in text or (len(args) == 0 and not text.startswith("/")):
        return
    name, owner = _handler(args, lines, at)
    found = re.search(r"(?:methods?\s*[=(:]\s*\[?|\.Methods\()\s*[\"'](\w+)", " ".join(lines[at : at + 3]))
    if found:
        method = found[1].upper()
    path = segments(f"{_group_prefix(lines, at) or router}/{text}")
    if verb in ("register", "resource", "apiresource"):
        yield from _resource(path, name, owner, at)
    else:
        yield Route(path=path, method=method if method in METHODS else None, handler=name, owner=owner, line=at + 1)


def _resource(path: tuple[str | None, ...], handler: str, owner: str, at: int) -> Iterator[Route]:
    """A resource serves its list and, one segment deeper, its members."""
    for full in (path, (*path, None)):
        yield Route(path=full, method=None, handler=handler, owner=owner, line=at + 1)


def _bare(word: str, line: str, lines: Sequence[str], at: int, *, router: str) -> Iterator[Route]:
    """Django's path(), Starlette's Route(), Rails' and Sinatra's get/post/resources."""
    rest = line[line.index(word) + len(word) :].lstrip(" (")
    if not rest and at + 1 < len(lines):
        rest = " ".join(text.strip() for text in lines[at + 1 : at + 5])
    symbol = re.match(r":(\w+)", rest)
    if word in ("namespace", "scope", "root"):
        return
    prefix = _group_prefix(lines, at) or (router if word in ("path", "re_path", "url") else "")
    if word.startswith("resource") and symbol:
        for name in re.findall(r":(\w+)", rest.split("do")[0].split(",  ")[0]):
            if name in ("only", "except", "index", "show", "create", "update", "destroy", "new", "edit"):
                continue
            yield from _resource(segments(f"{prefix}/{name}"), "", _camel(name) + "Controller", at)
        return
    match = FIRST_STRING.match(rest)
    if match is None and symbol is None:
        return
    text = match[1] if match else (symbol[1] if symbol else "")
    args = match[2] if match else rest
    verb = word.rsplit(".", 1)[-1].upper()
    method = verb if verb in METHODS else None
    if match and text.partition(" ")[0] in METHODS:
        method, _, text = text.partition(" ")
    found = re.search(r"methods\s*=\s*\[?\s*[\"'](\w+)", " ".join(lines[at : at + 3]))
    if not args.strip() and at + 1 < len(lines):
        args = " ".join(line.strip() for line in lines[at + 1 : at + 4])
    if args.startswith("include("):
        return
    name, owner = _handler(args, lines, at)
    yield Route(path=segments(f"{prefix}/{text}"), method=found[1].upper() if found else method, handler=name, owner=owner, line=at + 1)


def _object(text: str, lines: Sequence[str], at: int) -> Iterator[Route]:
    near = "\n".join(lines[max(0, at - 3) : at + 5])
    method, handler = OBJECT_METHOD.search(near), OBJECT_HANDLER.search(near)
    if not text or (method is None and handler is None):
        return
    name, owner = _split_chain(handler[1]) if handler else ("", "")
    yield Route(path=segments(text), method=method[1].upper() if method else None, handler=name, owner=owner, line=at + 1)


def _handler(args: str, lines: Sequence[str], at: int) -> tuple[str, str]:
    """The last name among a route's arguments: middleware stands before the handler. Empty when the handler is written in place."""
    joined = args
    if args.count("(") > args.count(")") or not args.strip():
        joined = args + " " + " ".join(line.strip() for line in lines[at + 1 : at + 3])
    if re.search(r"=>|\bfunc\s*\(|\bfunction\b|\bdo\b|\blambda\b|\|\w+\|", joined.split(".Methods(")[0]):
        return "", ""
    if match := re.search(r"([A-Z]\w*)::class\s*,\s*[\"'](\w+)[\"']", joined):
        return match[2], match[1]
    if match := re.search(r"[\"'](?:[\w/\\]*?)(\w+)([#@])(\w+)[\"']", joined):
        return match[3], match[1] if match[2] == "@" else _camel(match[1]) + "Controller"
    joined = re.sub(r"\.(?:Methods|as_view|Name|name|middleware|bind)\(.*", "", joined)
    joined = re.sub(
        r"\b(?:name|methods|defaults|basename|kwargs|response_model\w*|dependencies|tags|endpoint)\s*=\s*[^,)]*(?:\[[^\]]*\])?", "", joined
    )
    joined = ANY_STRING.sub("", joined)
    chains = [c for c in CHAIN.findall(joined) if c.rsplit(".", 1)[-1] not in NOT_HANDLERS]
    return _split_chain(chains[-1]) if chains else ("", "")


def _split_chain(chain: str) -> tuple[str, str]:
    parts = re.split(r"\.|::|->|#|@", chain.removesuffix("::class"))
    return parts[-1], parts[-2] if len(parts) > 1 else ""


def _group_prefix(lines: Sequence[str], at: int) -> str:
    """The paths of the groups, namespaces and resources that enclose a line."""
    parts: list[str] = []
    for _, line in enclosing(lines, at):
        if GROUP_OPENS.search(line) and (match := GROUP.search(line)):
            parts.append(match[1].strip("/") + ("/:id" if re.search(r"\bresources\s", line) else ""))
    return "/".join(reversed(parts))


def _class_name(lines: Sequence[str], at: int) -> str:
    for line in lines[at + 1 : at + 8]:
        stripped = line.strip()
        if match := re.match(r"(?:\w+\s+)*class\s+(\w+)", stripped):
            return match[1]
        if stripped and not stripped.startswith(("@", "[", "#[", "//", "*", "/*", ")", "}")) and "=" not in stripped:
            return ""
    return ""


def _next_function(lines: Sequence[str], at: int) -> str:
    for line in lines[at + 1 : at + 25]:
        if match := re.match(r"\s*(?:async\s+|export\s+|public\s+|private\s+)*(?:def|function|fun|func)\s+(\w+)", line):
            return match[1]
    for line in lines[at + 1 : at + 8]:
        if not line.strip().startswith(("@", "[", "//")) and (match := re.search(r"(\w+)\s*\(", line)):
            return match[1]
    return ""


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[_/]", name))


def _by_place(path: str) -> Iterator[Route]:
    """Next.js, Nuxt, SvelteKit, Remix: the file's place is its route."""
    match = re.search(
        r"(?:^|/)(?:pages|app)/((?:.*/)?api/.+|.+/route)\.(?:[jt]sx?|mjs)$|(?:^|/)server/((?:api|routes)/.+)\.[jt]s$|(?:^|/)routes/(.+)/\+(?:server|page\.server)\.[jt]s$",
        path,
    )
    if match is None:
        return
    place = next(g for g in match.groups() if g)
    verb = re.search(r"\.(get|post|put|patch|delete)$", place)
    if verb:
        place = place[: verb.start()]
    place = re.sub(r"/(?:route|index)$", "", place)
    place = re.sub(r"\([^)]*\)/", "", place)
    yield Route(path=segments(place), method=verb[1].upper() if verb else None, handler="", owner="", line=0)
