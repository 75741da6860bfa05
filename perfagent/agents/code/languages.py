"""Which language a file is in, and what its comments look like."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """`line_comments` open a comment to the end of the line; `family` joins languages that call each other by name."""

    name: str
    family: str
    line_comments: tuple[str, ...]


_C_LIKE = ("//", "/*", "*/", "* ")
_HASH = ("#",)

PYTHON = Language(name="python", family="python", line_comments=_HASH)
JAVASCRIPT = Language(name="javascript", family="js", line_comments=_C_LIKE)
TYPESCRIPT = Language(name="typescript", family="js", line_comments=_C_LIKE)
TSX = Language(name="tsx", family="js", line_comments=_C_LIKE)
GO = Language(name="go", family="go", line_comments=_C_LIKE)
JAVA = Language(name="java", family="jvm", line_comments=_C_LIKE)
KOTLIN = Language(name="kotlin", family="jvm", line_comments=_C_LIKE)
SCALA = Language(name="scala", family="jvm", line_comments=_C_LIKE)
RUBY = Language(name="ruby", family="ruby", line_comments=_HASH)
CSHARP = Language(name="c_sharp", family="dotnet", line_comments=_C_LIKE)
PHP = Language(name="php", family="php", line_comments=("//", "# ", "/*", "*/", "* "))
RUST = Language(name="rust", family="rust", line_comments=_C_LIKE)
ELIXIR = Language(name="elixir", family="elixir", line_comments=_HASH)
SQL = Language(name="sql", family="sql", line_comments=("--", "/*"))
C = Language(name="c", family="c", line_comments=_C_LIKE)

_BY_SUFFIX = {
    ".py": PYTHON,
    ".pyi": PYTHON,
    ".js": JAVASCRIPT,
    ".cjs": JAVASCRIPT,
    ".mjs": JAVASCRIPT,
    ".jsx": JAVASCRIPT,
    ".ts": TYPESCRIPT,
    ".mts": TYPESCRIPT,
    ".cts": TYPESCRIPT,
    ".tsx": TSX,
    ".vue": JAVASCRIPT,
    ".svelte": JAVASCRIPT,
    ".go": GO,
    ".java": JAVA,
    ".kt": KOTLIN,
    ".kts": KOTLIN,
    ".scala": SCALA,
    ".groovy": JAVA,
    ".rb": RUBY,
    ".rake": RUBY,
    ".cs": CSHARP,
    ".php": PHP,
    ".rs": RUST,
    ".ex": ELIXIR,
    ".exs": ELIXIR,
    ".sql": SQL,
    ".c": C,
    ".cc": C,
    ".cpp": C,
    ".h": C,
    ".hpp": C,
}
_DOCSTRING = re.compile(r'^[rbu]?("""|\'\'\')')


def language_of(path: str) -> Language | None:
    return _BY_SUFFIX.get(PurePosixPath(path).suffix.lower())


def is_comment(line: str, language: Language | None) -> bool:
    """Whether the whole line is a comment or blank. Block comments are known by their usual leading star only."""
    stripped = line.strip()
    if not stripped:
        return True
    if language is None:
        return stripped.startswith(("#", "//", "<!--", "--", ";"))
    if language.family == "php" and stripped.startswith("#["):
        return False  # an attribute
    if stripped == "*" or stripped.startswith(language.line_comments):
        return True
    return language is PYTHON and bool(_DOCSTRING.match(stripped)) and (len(stripped) == 3 or stripped[3:].rstrip().endswith(stripped[:3]))


def without_trailing_comment(line: str, language: Language | None) -> str:
    """The line up to a comment that begins after a blank; quotes are not parsed, a mark inside a string may cut it short."""
    marks = ("#",) if language is None else tuple(m for m in language.line_comments if m in ("#", "//", "--"))
    for mark in marks:
        at = line.find(f" {mark} ")
        if at > 0 and line[:at].count('"') % 2 == 0 and line[:at].count("'") % 2 == 0:
            line = line[:at]
    return line
