"""Every patch the rules analyst offers applies with git to the candidate it was made for."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from benchmarks.diagnosis.cases import all_cases
from perfagent.agents.rules import RulesAnalyst
from perfagent.ports.analyst import Case

pytestmark = pytest.mark.e2e


def test_the_offered_patches_apply(tmp_path: Path) -> None:
    offered = 0
    for number, case in enumerate(all_cases()):
        remedy = RulesAnalyst().explain(Case(comparison=case.comparison, diff=case.diff, evidence=case.evidence)).remediation
        if remedy is None or remedy.patch is None:
            continue
        offered += 1
        folder = tmp_path / str(number)
        for path, text in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        answer = subprocess.run(
            ["git", "apply", "--check", "-"],
            cwd=folder,
            input=remedy.patch.encode(),
            capture_output=True,
            check=False,
            env={"PATH": "/usr/bin:/bin"},
        )
        assert answer.returncode == 0, f"{case.name}: {answer.stderr.decode()}\n{remedy.patch}"
    assert offered > 50
