"""Golden files: what a reader gets, kept beside the tests. On a mismatch the new text is written next to the expected file."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def assert_golden(name: str, text: str) -> None:
    """To accept a change, move `NAME.actual` over `NAME`."""
    expected = FOLDER / name
    if expected.is_file() and expected.read_bytes() == text.encode():
        return
    actual = FOLDER / f"{name}.actual"
    actual.write_bytes(text.encode())
    raise AssertionError(f"{expected} {'differs from' if expected.is_file() else 'does not exist beside'} {actual.name}; diff them")
