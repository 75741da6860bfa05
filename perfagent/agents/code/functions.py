"""The functions of a file: with tree-sitter where its grammar is installed, from headers and indentation otherwise."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from perfagent.agents.code.blocks import indentation, is_function
from perfagent.agents.code.languages import Language

if TYPE_CHECKING:
    from tree_sitter import Node, Parser, Query

MAX_BYTES = 1_000_000  # a source file above this is generated or data


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """Lines 1-based and inclusive, decorators and attributes included; `owner` is the class (or Go receiver, Rails controller) around it."""

    name: str
    start: int
    end: int
    owner: str = ""
    header: int = 0
    """The line that carries the name."""


_GRAMMARS = {
    "python": ("tree_sitter_python", "language"),
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "java": ("tree_sitter_java", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "c_sharp": ("tree_sitter_c_sharp", "language"),
    "php": ("tree_sitter_php", "language_php"),
}
_FUNCTION_NODES = {
    "python": ("function_definition",),
    "javascript": ("function_declaration", "method_definition", "generator_function_declaration"),
    "typescript": ("function_declaration", "method_definition", "generator_function_declaration"),
    "tsx": ("function_declaration", "method_definition", "generator_function_declaration"),
    "go": ("function_declaration", "method_declaration"),
    "java": ("method_declaration", "constructor_declaration"),
    "ruby": ("method", "singleton_method"),
    "c_sharp": ("method_declaration", "constructor_declaration", "local_function_statement"),
    "php": ("function_definition", "method_declaration"),
}
# `const load = async () => {}`: a function that a variable, property or field names.
_NAMED_VALUES = """
(variable_declarator value: [(arrow_function) (function_expression)]) @function
(pair value: [(arrow_function) (function_expression)]) @function
(assignment_expression right: [(arrow_function) (function_expression)]) @function
"""
_FIELDS = {"javascript": "field_definition", "typescript": "public_field_definition", "tsx": "public_field_definition"}
_CLASS_NODES = frozenset({
    "class_definition", "class_declaration", "class", "interface_declaration", "module", "enum_declaration", "struct_declaration",
    "record_declaration", "trait_declaration", "abstract_class_declaration",
})  # fmt: skip


@lru_cache(maxsize=512)
def functions_in(text: str, language: Language | None) -> tuple[Function, ...]:
    """Outer functions before the ones inside them. An unreadable file gives none."""
    if language is None or len(text) > MAX_BYTES:
        return ()
    grammar = _grammar(language.name)
    if grammar is None:
        return tuple(_by_headers(text.split("\n")))
    return tuple(sorted(_by_tree(grammar, text.encode("utf-8", "replace")), key=lambda f: (f.start, -f.end)))


def function_at(functions: Sequence[Function], line: int) -> Function | None:
    """The innermost function around a line."""
    around = [f for f in functions if f.start <= line <= f.end]
    return min(around, key=lambda f: f.end - f.start, default=None)


@cache
def _grammar(name: str) -> tuple[Parser, Query] | None:
    """None where the `code` extra is not installed."""
    if name not in _GRAMMARS:
        return None
    package, function = _GRAMMARS[name]
    try:
        tree_sitter = importlib.import_module("tree_sitter")
        language = tree_sitter.Language(getattr(importlib.import_module(package), function)())
        wanted = "\n".join(f"({node}) @function" for node in _FUNCTION_NODES[name])
        if name in _FIELDS:
            wanted += _NAMED_VALUES + f"({_FIELDS[name]} value: [(arrow_function) (function_expression)]) @function"
        return tree_sitter.Parser(language), tree_sitter.Query(language, wanted)
    except (ImportError, AttributeError, ValueError):
        return None


def _by_tree(grammar: tuple[Parser, Query], source: bytes) -> Iterator[Function]:
    parser, query = grammar
    cursor = importlib.import_module("tree_sitter").QueryCursor(query)
    for node in cursor.captures(parser.parse(source).root_node).get("function", ()):
        name = _function_name(node)
        if not name:
            continue
        outer = node.parent if node.parent is not None and node.parent.type == "decorated_definition" else node
        yield Function(
            name=name,
            start=_first_line(outer),
            end=node.end_point[0] + 1,
            owner=_receiver(node) or _owner(node),
            header=node.start_point[0] + 1,
        )


def _owner(node: Node) -> str:
    around = node.parent
    while around is not None:
        if around.type in _CLASS_NODES:
            return _text(around.child_by_field_name("name"))
        around = around.parent
    return ""


def _first_line(node: Node) -> int:
    """Decorators of JavaScript methods are siblings before the method."""
    start = node
    while start.prev_named_sibling is not None and start.prev_named_sibling.type in ("decorator", "attribute_list"):
        start = start.prev_named_sibling
    return start.start_point[0] + 1


def _function_name(node: Node) -> str:
    for field in ("name", "key", "left", "property"):
        name = _text(node.child_by_field_name(field))
        if name:
            return name.strip("'\"").rsplit(".", 1)[-1]
    return ""


def _receiver(node: Node) -> str:
    """The type a Go method belongs to."""
    receiver = node.child_by_field_name("receiver")
    if receiver is None or receiver.type != "parameter_list":
        return ""
    words = re.findall(r"\w+", _text(receiver))
    return words[-1] if words else ""


def _text(node: Node | None) -> str:
    return node.text.decode("utf-8", "replace") if node is not None and node.text is not None else ""


_HEADER_NAME = re.compile(
    r"\b(?:def|func|fn|fun|function)\s+(?:\([^)]*\)\s*)?(?:self\.)?([A-Za-z_]\w*[?!]?)|([A-Za-z_$]\w*)\s*[=:]\s*(?:async\s*)?(?:function\b|\([^()]*\)\s*(?::[^=]+)?=>|\w+\s*=>)"
    r"|([A-Za-z_]\w*)\s*(?:<[^>()]*>)?\s*\("
)
_CLASS_NAME = re.compile(
    r"^\s*(?:(?:export|public|private|abstract|final|static|internal|sealed|partial|default|data|open)\s+)*(?:class|module|interface|trait|object|struct|impl)\s+([A-Z]\w*)"
)


def _by_headers(lines: Sequence[str]) -> Iterator[Function]:
    owners: list[tuple[int, str]] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        width = indentation(line)
        owners = [owner for owner in owners if owner[0] < width]
        if match := _CLASS_NAME.match(line):
            owners.append((width, match[1]))
        elif is_function(line) and (match := _HEADER_NAME.search(line)):
            yield Function(
                name=next(group for group in match.groups() if group),
                start=at + 1,
                end=_end_of_block(lines, at, width),
                owner=owners[-1][1] if owners else "",
                header=at + 1,
            )


def _end_of_block(lines: Sequence[str], at: int, width: int) -> int:
    last = at
    for below in range(at + 1, len(lines)):
        if not lines[below].strip():
            continue
        if indentation(lines[below]) <= width:
            return below + 1 if lines[below].strip().startswith(("}", "end", ")")) else last + 1
        last = below
    return last + 1
