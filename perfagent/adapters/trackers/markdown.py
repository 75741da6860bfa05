"""The Markdown that reports use, as blocks and spans, from which each tracker's own text is made.

Headings, paragraphs, lists, fenced code, quotes, tables, rules; in a line bold, emphasis, code and links. HTML is dropped: tags and
comments have no place in a tracker. Anything else stays as the text it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    text: str
    strong: bool = False
    em: bool = False
    code: bool = False
    href: str | None = None


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    level: int
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    text: str
    language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    spans: Spans


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The first row is the header."""

    rows: tuple[tuple[Spans, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    spans: Spans
    children: tuple[List, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    ordered: bool
    items: tuple[Item, ...] = field(default_factory=tuple)


Block = Heading | Paragraph | Code | Quote | Rule | Table | List

_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})\s*([\w+-]*)[^`]*$")
_HEADING = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*$")
_RULE = re.compile(r"^ {0,3}([-*_])(?:\s*\1){2,}\s*$")
_ITEM = re.compile(r"^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$")
_DIVIDER = re.compile(r"^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$")
_HTML = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>]*>", re.DOTALL)
_INLINE = re.compile(
    r"(?P<ticks>`+)(?P<code>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\]\n]*)\]\((?P<href>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<url>https?://[^\s<>|)\]]+)"
    r"|\*\*(?P<strong>.+?)\*\*"
    r"|(?<![\w*])\*(?P<em>[^\s*][^*]*?)\*(?![\w*])"
    r"|(?<!\w)_(?P<em2>[^\s_][^_]*?)_(?!\w)"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+.!|<>~-])"
)


def parse(text: str) -> tuple[Block, ...]:
    return tuple(_blocks(text.replace("\r\n", "\n").split("\n")))


def spans(text: str, *, strong: bool = False, em: bool = False, href: str | None = None) -> Spans:
    found: list[Span] = []

    def add(piece: str, *, code: bool = False, link: str | None = None) -> None:
        if piece:
            found.append(Span(text=piece, strong=strong, em=em, code=code, href=link or href))

    at = 0
    for match in _INLINE.finditer(text):
        add(_HTML.sub("", text[at : match.start()]))
        at = match.end()
        if match["code"] is not None:
            add(match["code"].strip() or match["code"], code=True)
        elif match["href"] is not None:
            link = match["href"] if match["href"].startswith(("http://", "https://", "mailto:")) else None
            found += spans(match["label"] or match["href"], strong=strong, em=em, href=link)
        elif match["url"] is not None:
            add(match["url"], link=match["url"])
        elif match["strong"] is not None:
            found += spans(match["strong"], strong=True, em=em, href=href)
        elif match["escaped"] is not None:
            add(match["escaped"])
        else:
            found += spans(match["em"] or match["em2"], strong=strong, em=True, href=href)
    add(_HTML.sub("", text[at:]))
    return tuple(found)


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if fence := _FENCE.match(line):
            at, code = _code(lines, at, fence)
            yield code
        elif heading := _HEADING.match(line):
            at += 1
            yield Heading(level=len(heading[1]), spans=spans(heading[2]))
        elif _RULE.match(line):
            at += 1
            yield Rule()
        elif _ITEM.match(line):
            end = _end_of_list(lines, at)
            yield from _lists(lines[at:end])
            at = end
        elif "|" in line and at + 1 < len(lines) and "|" in lines[at + 1] and _DIVIDER.match(lines[at + 1]):
            end = at + 2
            while end < len(lines) and "|" in lines[end]:
                end += 1
            yield Table(rows=tuple(_cells(row) for row in [line, *lines[at + 2 : end]]))
            at = end
        else:
            at, text, quoted = _paragraph(lines, at)
            content = spans(text)
            if content:
                yield Quote(spans=content) if quoted else Paragraph(spans=content)


def _code(lines: Sequence[str], at: int, fence: re.Match[str]) -> tuple[int, Code]:
    ticks = fence[1]
    end = at + 1
    while end < len(lines) and not re.match(rf"^ {{0,3}}{re.escape(ticks[0])}{{{len(ticks)},}}\s*$", lines[end]):
        end += 1
    return end + 1, Code(text="\n".join(lines[at + 1 : end]), language=fence[2])


def _paragraph(lines: Sequence[str], at: int) -> tuple[int, str, bool]:
    quoted = lines[at].lstrip().startswith(">")
    taken: list[str] = []
    while at < len(lines):
        line = lines[at]
        starts_other = bool(_FENCE.match(line) or _HEADING.match(line) or _ITEM.match(line) or _RULE.match(line))
        if not line.strip() or (taken and starts_other) or line.lstrip().startswith(">") != quoted:
            break
        taken.append(re.sub(r"^\s*>\s?", "", line).strip() if quoted else line.strip())
        at += 1
    if not taken:
        return at + 1, "", False
    return at, _HTML.sub("", " ".join(taken)).strip(), quoted


def _end_of_list(lines: Sequence[str], at: int) -> int:
    while at < len(lines) and (_ITEM.match(lines[at]) or (lines[at].strip() and lines[at].startswith(" "))):
        at += 1
    return at


def _lists(lines: Sequence[str]) -> Iterator[List]:
    """Items of one indent make a list; deeper ones belong to the item above."""
    indent = min(len(m[1]) for line in lines if (m := _ITEM.match(line)))
    groups: list[tuple[bool, str, list[str]]] = []
    for line in lines:
        match = _ITEM.match(line)
        if match and len(match[1]) == indent:
            groups.append((match[2][0].isdigit(), match[3], []))
        elif groups:
            groups[-1][2].append(line)
    items: list[tuple[bool, Item]] = []
    for ordered, text, below in groups:
        first = next((n for n, line in enumerate(below) if _ITEM.match(line)), len(below))
        whole = " ".join([text, *(line.strip() for line in below[:first])])
        children = tuple(_lists(below[first:])) if first < len(below) else ()
        items.append((ordered, Item(spans=spans(whole), children=children)))
    start = 0
    for n in range(1, len(items) + 1):
        if n == len(items) or items[n][0] != items[start][0]:
            yield List(ordered=items[start][0], items=tuple(item for _, item in items[start:n]))
            start = n


def _cells(row: str) -> tuple[Spans, ...]:
    """Split at bars that are neither escaped nor inside code."""
    cells, cell, in_code, at = [], "", False, 0
    row = row.strip().removeprefix("|")
    while at < len(row):
        char = row[at]
        if char == "\\" and row[at + 1 : at + 2] == "|":
            cell += "|"
            at += 2
            continue
        if char == "`":
            in_code = not in_code
        if char == "|" and not in_code:
            cells.append(cell)
            cell = ""
        else:
            cell += char
        at += 1
    if cell.strip():
        cells.append(cell)
    return tuple(spans(c.strip()) for c in cells)
