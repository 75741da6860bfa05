"""Atlassian Document Format, the only text that Jira Cloud's v3 interface takes, and a check of it before it is sent.

Jira answers a bad document with `INVALID_INPUT` and no word of where: empty text, an empty list, marks on code in a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from perfagent.adapters.trackers.markdown import Block, Code, Heading, Item, List, Paragraph, Quote, Rule, Span, Table, parse

Node = dict[str, Any]

_BLOCKS = frozenset({"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "blockquote", "rule", "table", "panel", "expand"})
_INSIDE = {
    "doc": _BLOCKS,
    "bulletList": {"listItem"},
    "orderedList": {"listItem"},
    "listItem": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "blockquote": {"paragraph", "bulletList", "orderedList", "codeBlock"},
    "panel": {"paragraph", "heading", "bulletList", "orderedList", "codeBlock", "rule"},
    "expand": _BLOCKS - {"expand"},
    "table": {"tableRow"},
    "tableRow": {"tableHeader", "tableCell"},
    "tableHeader": _BLOCKS - {"table", "expand"},
    "tableCell": _BLOCKS - {"table", "expand"},
    "paragraph": {"text", "hardBreak", "mention", "inlineCard", "emoji"},
    "heading": {"text", "hardBreak", "mention", "inlineCard", "emoji"},
    "codeBlock": {"text"},
}
_MAY_BE_EMPTY = frozenset({"paragraph", "codeBlock", "rule", "text", "hardBreak", "mention", "inlineCard", "emoji"})
_MARKS = frozenset({"strong", "em", "code", "strike", "underline", "link", "textColor", "subsup"})


def document(markdown: str) -> Node:
    """A whole document; never empty."""
    content = [node for block in parse(markdown) if (node := _block(block)) is not None]
    return {"version": 1, "type": "doc", "content": content or [{"type": "paragraph", "content": []}]}


def plain_text(node: Node) -> str:
    """The words of a document, to compare two of them."""
    if node.get("type") == "text":
        return str(node.get("text", ""))
    inner = "".join(plain_text(child) for child in node.get("content") or [])
    return inner + ("\n" if node.get("type") in ("paragraph", "heading", "codeBlock", "tableRow") else "")


def problems(node: Any, *, path: str = "doc") -> list[str]:
    """What Jira would refuse, a line each with the place; nothing for a good document."""
    if not isinstance(node, dict):
        return [f"{path}: not an object"]
    kind = node.get("type")
    if path == "doc" and (kind != "doc" or node.get("version") != 1):
        return ["doc: the root is {version: 1, type: doc, content: […]}"]
    found: list[str] = []
    content = node.get("content") or []
    if kind == "text":
        found += _text_problems(node, path)
    elif kind in _INSIDE:
        found += [f"{path}: {child.get('type')!r} may not stand in {kind!r}" for child in content if child.get("type") not in _INSIDE[kind]]
    if not content and kind not in _MAY_BE_EMPTY:
        found.append(f"{path}: {kind!r} is empty")
    if kind == "heading" and node.get("attrs", {}).get("level") not in range(1, 7):
        found.append(f"{path}: a heading's level is 1 to 6")
    if kind == "codeBlock" and any(child.get("marks") for child in content):
        found.append(f"{path}: text in a code block has no marks")
    for n, child in enumerate(content):
        found += problems(child, path=f"{path}/{kind}[{n}]" if path != "doc" else f"content[{n}]")
    return found


def _text_problems(node: Node, path: str) -> list[str]:
    found = [] if node.get("text") else [f"{path}: the text is empty"]
    marks = [m.get("type") for m in node.get("marks") or []]
    found += [f"{path}: no such mark {m!r}" for m in marks if m not in _MARKS]
    if "code" in marks and set(marks) - {"code", "link"}:
        found.append(f"{path}: code goes with link only")
    if len(set(marks)) != len(marks):
        found.append(f"{path}: a mark twice")
    return found


def _block(block: Block) -> Node | None:
    match block:
        case Heading():
            return _with("heading", _inline(block.spans), attrs={"level": block.level}) if block.spans else None
        case Paragraph():
            return _with("paragraph", _inline(block.spans))
        case Quote():
            return _with("blockquote", [_with("paragraph", _inline(block.spans))])
        case Code():
            text = [{"type": "text", "text": block.text}] if block.text else []
            return _with("codeBlock", text, attrs={"language": block.language}) if block.language else _with("codeBlock", text)
        case Rule():
            return {"type": "rule"}
        case Table():
            return _table(block)
        case List():
            return _list(block)


def _table(table: Table) -> Node:
    width = max(len(row) for row in table.rows)
    rows = []
    for n, row in enumerate(table.rows):
        kind = "tableHeader" if n == 0 else "tableCell"
        cells = [_with(kind, [_with("paragraph", _inline(row[at] if at < len(row) else ()))]) for at in range(width)]
        rows.append(_with("tableRow", cells))
    return _with("table", rows)


def _list(given: List) -> Node:
    return _with("orderedList" if given.ordered else "bulletList", [_item(item) for item in given.items])


def _item(item: Item) -> Node:
    return _with("listItem", [_with("paragraph", _inline(item.spans)), *(_list(child) for child in item.children)])


def _inline(given: Sequence[Span]) -> list[Node]:
    return [_text(span) for span in given if span.text]


def _text(span: Span) -> Node:
    marks: list[Node] = []
    if span.code:
        marks.append({"type": "code"})
    else:
        marks += [{"type": "strong"}] if span.strong else []
        marks += [{"type": "em"}] if span.em else []
    if span.href:
        marks.append({"type": "link", "attrs": {"href": span.href}})
    return {"type": "text", "text": span.text, "marks": marks} if marks else {"type": "text", "text": span.text}


def _with(kind: str, content: list[Node], **attributes: Any) -> Node:
    return {"type": kind, **attributes, "content": content}
