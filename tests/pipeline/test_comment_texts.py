"""The comment after a fix and after an acceptance, word for word."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from tests.pipeline import shop
from tests.pipeline.conftest import Shop
from tests.pipeline.test_pull_request_accepted import label

GOLDEN = Path(__file__).parent / "golden"


def steady(text: str) -> str:
    """Without what differs from run to run (run ids, ports, the block for the next run) and without the statistics' figures and
    rows, which have tests of their own: a sharper interval must not look like a changed text."""
    text = re.sub(r"\d{8}T\d{6}Z-[0-9a-f]{8}-[0-9a-f]{4}", "RUN", text)
    text = re.sub(r"127\.0\.0\.1:\d+", "HOST", text)
    text = re.sub(r"[−+]?\d+(?:\.\d+)?(?= %| ms| s\b|/s| µs|,| \]|\]| and| points| kB| bytes)|(?<=\[)[−+]?\d+(?:\.\d+)?", "#", text)
    text = "\n".join(line for line in text.splitlines() if not line.startswith(("| ", "- "))) + "\n"
    return re.sub(r"perfagent-state:\S+", "perfagent-state:…", text)


def assert_golden(name: str, text: str) -> None:
    """To accept a change, move `NAME.actual` over `NAME`."""
    expected = GOLDEN / name
    if expected.is_file() and expected.read_text(encoding="utf-8") == text:
        return
    (GOLDEN / f"{name}.actual").write_text(text, encoding="utf-8")
    raise AssertionError(f"{expected} differs from {name}.actual; diff them")


def test_after_a_fix(pull_request: Callable[..., Shop]) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    one.job()
    one.push(shop.FIXED, factor=1.0)
    one.job()
    assert_golden("resolved.md", steady(one.comment))


def test_after_an_acceptance(pull_request: Callable[..., Shop]) -> None:
    one = pull_request("github")
    one.push(shop.SLOW, factor=1.5)
    label(one)
    one.job()
    assert_golden("accepted.md", steady(one.comment))
