"""git itself accepts the patches of the analyst on a model, with the source tree at hand and without."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from perfagent.agents.llm.dossier import open_dossier
from perfagent.agents.llm.patching import patched
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.diagnosis import Remediation
from perfagent.ports.analyst import Case
from perfagent.text.diff import parse_diff
from tests.unit.agents.llm.conftest import CART
from tests.unit.agents.llm.conftest import case as shop_case
from tests.unit.agents.llm.conftest import repository as shop_repository

pytestmark = pytest.mark.e2e
LAST = 'def last():\n    return "end"'


def git_applies(root: Path, patch: str) -> str:
    """What git says; empty when it applies."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(root), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CEILING_DIRECTORIES": str(root.parent)}
    done = subprocess.run(
        ["git", "apply", "--check", "-"], cwd=root, env=environment, input=patch, capture_output=True, text=True, check=False
    )
    return done.stderr + (f"exit {done.returncode}" if done.returncode else "")


@pytest.fixture
def case(tmp_path: Path) -> Case:
    return shop_case.__wrapped__(shop_repository.__wrapped__(tmp_path))  # type: ignore[attr-defined,no-any-return]


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize(("first", "last"), [(3, 3), (6, 8), (7, 7), (9, 11)])
def test_git_applies_what_replaces_lines_of_the_hunk(case: Case, first: int, last: int, tree: bool) -> None:
    root = case.repository
    assert root is not None
    candidate = open_dossier(case, RulesAnalyst().explain(case)).candidates[0]
    text = "\n".join([*CART.split("\n")[first - 1 : last], "    # as before", "", "    # and more"])
    fix = patched(candidate, first=first, last=last, replacement=text, summary="s", repository=root if tree else None, redact=str)
    if isinstance(fix, str):  # the hunk's last line, with nothing known of what follows it
        assert (last, tree) == (11, False)
        assert "is not known" in fix
        return
    assert git_applies(root, fix.patch or "") == ""


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize("ending", ["", "\n"])
@pytest.mark.parametrize("carriage", ["", "\r"])
def test_git_applies_at_the_end_of_a_file_whatever_its_line_ends(tmp_path: Path, tree: bool, ending: str, carriage: str) -> None:
    from perfagent.agents.code.kinds import Kind
    from perfagent.agents.llm.dossier import Candidate

    (tmp_path / "a.py").write_bytes((LAST + ending).replace("\n", f"{carriage}\n").encode())
    mark = "" if ending else "\n\\ No newline at end of file"
    end = carriage if ending else ""
    diff = f'--- a/a.py\n+++ b/a.py\n@@ -1,2 +1,2 @@\n def last():{carriage}\n-    return 1{carriage}\n+    return "end"{end}{mark}\n'
    (file,) = parse_diff(diff).files
    candidate = Candidate(id="C1", file=file, hunk=file.hunks[0], kind=Kind.SOURCE, start=2, end=2)
    fix = patched(
        candidate, first=2, last=2, replacement="    return 'fast'", summary="s", repository=tmp_path if tree else None, redact=str
    )
    assert isinstance(fix, Remediation), fix
    assert git_applies(tmp_path, fix.patch or "") == ""
