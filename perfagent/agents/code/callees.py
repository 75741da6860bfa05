"""Whether a function that is called by name asks a database, a cache or another service, one or two calls down."""

from __future__ import annotations

import re
from collections.abc import Mapping

from perfagent.agents.code.endpoints import COMMON_NAMES
from perfagent.agents.code.functions import Function, functions_in
from perfagent.agents.code.languages import language_of
from perfagent.agents.code.tree import SourceTree

_CALL = re.compile(r"\b([A-Za-z_]\w{3,})\s*\(")
_MAX_FILES = 4
_MAX_LOOKUPS = 80  # a diff with more new calls than this is not looked through
_MAX_PARSED = 120  # files over all look-ups


class Callees:
    """Looks names up in the source tree: first in the caller's file, then where the name is defined."""

    def __init__(self, tree: SourceTree, sources: Mapping[str, frozenset[bytes]], asks: re.Pattern[str]) -> None:
        self._tree, self._sources, self._asks = tree, sources, asks
        self._known: dict[tuple[str, str], bool] = {}
        self._parsed: set[str] = set()

    def asks(self, text: str, path: str) -> str | None:
        """The first function called in `text` that asks something outside the process, or None."""
        for name in _CALL.findall(text):
            if name not in COMMON_NAMES and self._asks_outside(name, path, depth=1):
                return str(name)
        return None

    def _asks_outside(self, name: str, path: str, *, depth: int) -> bool:
        key = (name, path)
        if key in self._known or len(self._known) >= _MAX_LOOKUPS:
            return self._known.get(key, False)
        self._known[key] = False  # a function that calls itself asks nothing by that
        self._known[key] = any(self._body_asks(file, function, depth) for file, function in self._definitions(name, path))
        return self._known[key]

    def _body_asks(self, file: str, function: Function, depth: int) -> bool:
        lines = (self._tree.read(file) or "").split("\n")[function.header : function.end]
        if any(self._asks.search(line) for line in lines[:200]):
            return True
        names = {n for line in lines[:80] for n in _CALL.findall(line)} - {function.name} - COMMON_NAMES
        return depth > 0 and any(self._asks_outside(name, file, depth=depth - 1) for name in sorted(names)[:12])

    def _definitions(self, name: str, path: str) -> list[tuple[str, Function]]:
        own = self._in_file(name, path)
        if own:
            return own
        encoded = name.encode()
        files = [file for file, ids in self._sources.items() if encoded in ids and file != path]
        if len(files) > 40:
            return []
        found: list[tuple[str, Function]] = []
        defined = re.compile(
            rf"(?:def|func|function|fn|fun)\s+(?:\([^)]*\)\s*)?{name}\b|\b{name}\s*(?:=|:)|\b{name}\s*\([^;\n]*\{{\s*$", re.MULTILINE
        )
        for file in files:
            if defined.search(self._tree.read(file) or ""):
                found += self._in_file(name, file)
            if len(found) >= _MAX_FILES:
                break
        return found

    def _in_file(self, name: str, file: str) -> list[tuple[str, Function]]:
        if len(self._parsed) >= _MAX_PARSED and file not in self._parsed:
            return []
        self._parsed.add(file)
        text = self._tree.read(file)
        return [(file, f) for f in functions_in(text, language_of(file)) if f.name == name] if text else []
