"""Jira's wiki text, which Data Center's v2 interface takes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from perfagent.adapters.trackers.markdown import Block, Code, Heading, List, Paragraph, Quote, Rule, Span, Spans, Table, parse


def document(markdown: str) -> str:
    return "\n\n".join(_block(block) for block in parse(markdown))


def _block(block: Block) -> str:
    match block:
        case Heading():
            return f"h{block.level}. {_inline(block.spans)}"
        case Paragraph():
            return _inline(block.spans)
        case Quote():
            return f"bq. {_inline(block.spans)}"
        case Code():
            language = f":{block.language}" if block.language else ""
            return f"{{code{language}}}\n{block.text.replace('{code', '{ code')}\n{{code}}"
        case Rule():
            return "----"
        case Table():
            head, *rows = block.rows
            return "\n".join([_row(head, "||"), *(_row(row, "|") for row in rows)])
        case List():
            return "\n".join(_list(block, ""))


def _row(cells: Sequence[Spans], bar: str) -> str:
    return bar + bar.join(_inline(cell) or " " for cell in cells) + bar


def _list(given: List, above: str) -> list[str]:
    sign = above + ("#" if given.ordered else "*")
    lines: list[str] = []
    for item in given.items:
        lines.append(f"{sign} {_inline(item.spans)}")
        for child in item.children:
            lines += _list(child, sign)
    return lines


def _inline(given: Sequence[Span]) -> str:
    return "".join(_span(span) for span in given)


def _span(span: Span) -> str:
    text = _escaped(span.text)
    if span.href:
        text = span.href if span.text == span.href else f"[{text}|{span.href}]"
    if span.code:
        return f"{{{{{text}}}}}"
    inner = text.strip()
    for mark in ("*" if span.strong else "", "_" if span.em else ""):
        inner = f"{mark}{inner}{mark}" if mark else inner
    return text.replace(text.strip(), inner, 1) if inner != text.strip() else text


def _escaped(text: str) -> str:
    """Wiki marks in plain words are words: `{`, `[`, `|`, `*`, `_`, `!`, and signs that open a list or a heading."""
    return re.sub(r"([{}\[\]|*_!^~+?\\])", r"\\\1", text)
