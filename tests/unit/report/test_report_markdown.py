from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.report import markdown as md

hostile_text = st.text(alphabet=st.sampled_from("ab `|\\\n\t<>*_~@#[]()!-/:\u202e\u200b\x1b🚀"), max_size=60)


@given(hostile_text)
def test_a_code_span_is_one_line_and_closes_only_at_its_end(text: str) -> None:
    span = md.code(text)
    assert "\n" not in span
    fence = re.match(r"`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert all(run != fence[0] for run in re.findall(r"`+", inner))
    assert inner.strip()


@given(hostile_text)
def test_a_cell_has_no_pipe_that_ends_it(text: str) -> None:
    escaped = False
    for char in md.cell(md.code(text)):
        assert not (char == "|" and not escaped)
        escaped = char == "\\" and not escaped


@given(hostile_text)
def test_a_fence_is_longer_than_any_inside(text: str) -> None:
    first, *_, last = md.fence(text).split("\n")
    assert first == last
    assert all(len(run) < len(last) for run in re.findall(r"`+", text))


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://x.example/a b)c", "https://x.example/a%20b%29c"),
        ("https://x.example/%20", "https://x.example/%20"),
        ("javascript:alert(1)", ""),
        ("data:image/png;base64,AA", ""),
        ("https://user:secret@x.example/", ""),
        ("//x.example/", ""),
        ("https://", ""),
        ("https://[::1/", ""),
        ("", ""),
    ],
)
def test_only_plain_web_addresses_become_links(address: str, safe: str) -> None:
    assert md.safe_address(address) == safe


def test_a_fix_with_backticks_gets_a_longer_fence() -> None:
    assert md.suggestion("a = '````'", "github") == "`````suggestion\na = '````'\n`````"


def test_long_names_are_cut_in_the_middle() -> None:
    assert md.shorten("GET /a/very/long/path/to/some/thing/end", 20) == "GET /a/very…hing/end"
    assert len(md.shorten("x" * 500, 21)) == 21


def test_words_that_a_host_would_act_on_lose_their_power() -> None:
    said = md.prose("@octocat see #12 <b>x</b> [link](https://evil.example) \n/approve")
    assert "@octocat" not in said
    assert "#12" not in said
    assert "<b>" not in said
    assert "](https" not in said
    assert "\n" not in said
