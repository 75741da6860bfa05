from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from perfagent.adapters.trackers import adf, wiki
from perfagent.adapters.trackers.markdown import Code, Heading, Item, List, Paragraph, Quote, Rule, Span, Table, parse

REPORT = """\
<!-- perfagent:shop -->
## `GET /cart` is **slower**

It rose *34 %* ([report](https://ci.example/r_1), see https://ci.example/x_y).
Second line.

| endpoint | p95 |
|:--|--:|
| `GET /a\\|b` | **110 ms** |
| `GET /c` |

- one `a | b`
  more of one
  - inner
- two

1. first
2. second

> quoted
> words

```python
for x in cart:  # **not bold**
    one(x)
```
---
<details><summary>All</summary>
Hidden <b>text</b>
</details>
"""


def test_a_reports_parts_are_found() -> None:
    blocks = parse(REPORT)
    assert [type(b) for b in blocks] == [Heading, Paragraph, Table, List, List, Quote, Code, Rule, Paragraph]
    heading, paragraph, table, bullets, numbers, _, code, *_ = blocks
    assert isinstance(heading, Heading)
    assert heading.spans == (Span(text="GET /cart", code=True), Span(text=" is "), Span(text="slower", strong=True))
    assert isinstance(paragraph, Paragraph)
    assert [(s.text, s.href) for s in paragraph.spans if s.href] == [
        ("report", "https://ci.example/r_1"),
        ("https://ci.example/x_y", "https://ci.example/x_y"),
    ]
    assert isinstance(table, Table)
    assert table.rows[1][0] == (Span(text="GET /a|b", code=True),)
    assert isinstance(bullets, List)
    assert bullets.items[0].spans[-1] == Span(text=" more of one")
    assert bullets.items[0].children == (List(ordered=False, items=(Item(spans=(Span(text="inner"),)),)),)
    assert isinstance(numbers, List)
    assert numbers.ordered
    assert isinstance(code, Code)
    assert (code.language, code.text) == ("python", "for x in cart:  # **not bold**\n    one(x)")


def test_html_and_comments_are_dropped_and_words_kept() -> None:
    words = adf.plain_text(adf.document(REPORT))
    assert "Hidden text" in words
    assert "perfagent:shop" not in words
    assert "<" not in words


def test_a_link_that_is_no_web_address_is_only_words() -> None:
    (paragraph,) = parse("[click](javascript:alert(1)) me")
    assert isinstance(paragraph, Paragraph)
    assert all(span.href is None for span in paragraph.spans)


def test_the_report_is_a_good_document_in_both_forms() -> None:
    document = adf.document(REPORT)
    assert adf.problems(document) == []
    assert [n["type"] for n in document["content"]][:3] == ["heading", "paragraph", "table"]
    text = wiki.document(REPORT)
    assert text.startswith("h2. {{GET /cart}} is *slower*")
    assert "||endpoint||p95||" in text
    assert "[report|https://ci.example/r_1]" in text
    assert "{code:python}\nfor x in cart:" in text
    assert "* one" in text
    assert "** inner" in text
    assert "# first" in text


def test_wiki_marks_in_plain_words_stay_words() -> None:
    assert wiki.document("a {code} [x] and cart_items") == r"a \{code\} \[x\] and cart\_items"


PIECES = st.sampled_from(
    [
        "# ",
        "- ",
        "1. ",
        "> ",
        "```\n",
        "~~~",
        "|",
        "|-|",
        "**",
        "*",
        "_",
        "`",
        "[a](",
        "https://x.y",
        ")",
        "<b>",
        "<!--",
        "-->",
        "\n",
        "  ",
        "w",
    ]
)


@given(st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join))
def test_any_text_makes_a_document_that_jira_takes(text: str) -> None:
    assert adf.problems(adf.document(text)) == []
    assert isinstance(wiki.document(text), str)


def test_bad_documents_are_told_with_their_place() -> None:
    def doc(*content: object) -> dict[str, object]:
        return {"version": 1, "type": "doc", "content": list(content)}

    assert adf.problems({"type": "paragraph"}) != []
    assert "the text is empty" in adf.problems(doc({"type": "paragraph", "content": [{"type": "text", "text": ""}]}))[0]
    assert "is empty" in adf.problems(doc({"type": "bulletList", "content": []}))[0]
    code = {"type": "text", "text": "x", "marks": [{"type": "code"}, {"type": "strong"}]}
    assert "code goes with link only" in adf.problems(doc({"type": "paragraph", "content": [code]}))[0]
    assert "may not stand in" in adf.problems(doc({"type": "listItem", "content": []}))[0]
    assert "level" in adf.problems(doc({"type": "heading", "content": [{"type": "text", "text": "x"}]}))[0]
    marked = {"type": "text", "text": "x", "marks": [{"type": "strong"}]}
    assert "no marks" in adf.problems(doc({"type": "codeBlock", "content": [marked]}))[0]
