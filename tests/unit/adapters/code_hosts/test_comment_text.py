from __future__ import annotations

import pytest

from perfagent.adapters.code_hosts.comment import fit, same_text

MARKER = "<!-- perfagent:shop -->"


def test_a_text_within_the_limit_stays() -> None:
    assert fit("short", 100, marker=MARKER) == "short"


def test_a_long_text_keeps_its_beginning_its_marker_and_whole_lines() -> None:
    text = "head\n" + "\n".join(f"line {n} 🦊" for n in range(2000)) + f"\n{MARKER}\n"
    cut = fit(text, 5000, marker=MARKER)
    assert len(cut) <= 5000
    assert cut.startswith("head\nline 0 🦊\n")
    assert cut.count(MARKER) == 1
    body = cut.partition("\n\n_…")[0]
    assert text.startswith(body + "\n")


@pytest.mark.parametrize("fence", ["```", "~~~~", "`````"])
def test_an_open_fence_and_fold_are_closed(fence: str) -> None:
    inside = "```inner\n" if fence != "```" else ""
    text = f"<details><summary>all</summary>\n\n{fence}diff\n{inside}" + "x\n" * 5000 + f"{fence}\n</details>"
    cut = fit(text, 2000, marker="")
    lines = cut.splitlines()
    assert [line for line in lines if line.startswith(fence)] == [f"{fence}diff", fence]
    assert cut.count("<details") == cut.count("</details>")
    assert lines.index(fence) < lines.index("</details>")


def test_one_endless_line_is_cut_too() -> None:
    assert len(fit("x" * 100_000, 1000, marker=MARKER)) <= 1000


def test_hosts_line_ends_make_no_difference() -> None:
    assert same_text("a\r\nb\r\n", "a\nb")
    assert not same_text("a", "b")
