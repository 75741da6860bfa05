"""The candidate's source tree, read within bounds and never outside its root."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from perfagent.agents.code.kinds import Kind, kind_of
from perfagent.agents.code.languages import language_of

MAX_FILES = 20_000
MAX_FILE_BYTES = 400_000
MAX_TOTAL_BYTES = 120_000_000  # kept in memory; the rest of a larger tree is not looked at
_SKIP = frozenset({
    ".git", "node_modules", "vendor", "third_party", "dist", "build", "target", ".venv", "venv", "env", "__pycache__", ".tox", ".next",
    ".nuxt", "bower_components", "site-packages", "coverage", "tmp", "log", "logs", "docs", "doc", "locale", "locales", "i18n", "fixtures",
    "testdata", "tests", "test", "__tests__", "spec", "specs", "e2e", "cypress", "obj", "Pods", "migrations",
})  # fmt: skip
_IDENTIFIER = re.compile(rb"[A-Za-z_]\w+")


class SourceTree:
    """Files by their path relative to the root. Unreadable, huge, binary and outside files read as None."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._texts: dict[str, str | None] = {}

    def read(self, path: str) -> str | None:
        if path not in self._texts:
            self._texts[path] = self._read(path)
        return self._texts[path]

    def _read(self, path: str) -> str | None:
        data = self.read_bytes(path)
        return None if data is None else data.decode("utf-8", "replace").replace("\r\n", "\n")

    def read_bytes(self, path: str) -> bytes | None:
        if not path or path.startswith(("/", "\\")) or "\0" in path:
            return None
        try:
            full = (self._root / path).resolve()
            if not full.is_relative_to(self._root) or not full.is_file() or full.stat().st_size > MAX_FILE_BYTES:
                return None
            data = full.read_bytes()
        except (OSError, ValueError, RuntimeError):
            return None
        return None if b"\0" in data[:4096] else data

    def _read_walked(self, path: str) -> bytes | None:
        """A file that the walk found below the root: only a link could lead outside, and links are left out."""
        full = f"{self._root}/{path}"
        try:
            if os.lstat(full).st_size > MAX_FILE_BYTES or os.path.islink(full):  # noqa: PTH114 - ten thousand of them
                return None
            with open(full, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError:
            return None
        return None if b"\0" in data[:4096] else data

    def sources(self, families: frozenset[str], near: frozenset[str] = frozenset()) -> Iterator[tuple[str, bytes]]:
        """Source files of these language families, the ones beside `near` (directories) first, until a bound is met."""
        paths = sorted(self._paths(families), key=lambda path: (os.path.dirname(path) not in near, path))  # noqa: PTH120 - ten thousand of them
        total = 0
        for path in paths[:MAX_FILES]:
            data = self._read_walked(path)
            if data is None:
                continue
            total += len(data)
            if total > MAX_TOTAL_BYTES:
                return
            yield path, data

    def _paths(self, families: frozenset[str]) -> Iterator[str]:
        root = str(self._root)
        for folder, names, files in os.walk(root):
            names[:] = sorted(n for n in names if n not in _SKIP and not n.startswith("."))
            below = os.path.relpath(folder, root)
            for name in files:
                language = language_of(name)
                if language is None or language.family not in families:
                    continue
                path = name if below == "." else f"{below}/{name}"
                if kind_of(path) not in (Kind.TEST, Kind.GENERATED, Kind.DOCS, Kind.CI, Kind.TEXT):
                    yield path


def identifiers(data: bytes) -> set[bytes]:
    return set(_IDENTIFIER.findall(data))


def index(tree: SourceTree, families: frozenset[str], near: frozenset[str] = frozenset()) -> dict[str, frozenset[bytes]]:
    """Every source file with its identifiers; equal identifiers share one object, or ten thousand files would not fit in memory."""
    shared: dict[bytes, bytes] = {}
    return {path: frozenset(shared.setdefault(word, word) for word in identifiers(data)) for path, data in tree.sources(families, near)}
