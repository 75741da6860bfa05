from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "verdict.md"


def test_the_example_of_the_documentation_runs_and_finds_its_regression(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("pandas")
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    names: dict[str, object] = {}
    exec(compile(block.group(1), str(PAGE), "exec"), names)  # noqa: S102
    assert "regression duet" in capsys.readouterr().out
    assert names["worst"].effect > 0.1  # type: ignore[attr-defined]
