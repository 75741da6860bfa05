"""The rules analyst from a case to a diagnosis."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.diagnosis.cases import all_cases
from benchmarks.diagnosis.evaluate import evaluate, scores
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.comparison import Comparison, Row
from perfagent.model.diagnosis import Cause
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case

LOOP = """diff --git a/app/queries.py b/app/queries.py
--- a/app/queries.py
+++ b/app/queries.py
@@ -1,3 +1,6 @@
 def cart_items(user):
-    rows = db.execute("select * from cart join product").fetchall()
+    rows = db.execute("select * from cart").fetchall()
+    for row in rows:
+        row.product = db.execute("select * from product where id = ?", row.product_id).fetchone()
     return rows
+
"""
DOCS = "diff --git a/README.md b/README.md\n--- a/README.md\n+++ b/README.md\n@@ -1 +1 @@\n-GET /cart\n+GET /cart sleeps in a loop\n"


def _comparison(**ratios: float) -> Comparison:
    return Comparison(rows=tuple(Row(endpoint=f"GET /{n}", metric="p95", baseline=0.041, candidate=0.041 * r) for n, r in ratios.items()))


def _explain(diff: str, comparison: Comparison, evidence: tuple[Evidence, ...] = (), repository: Path | None = None):
    return RulesAnalyst().explain(Case(comparison=comparison, diff=diff, evidence=evidence, repository=repository))


def test_the_line_the_figures_and_the_evidence_are_named():
    diagnosis = _explain(LOOP + DOCS, _comparison(cart=2.34, users=1.0))
    assert diagnosis.cause is Cause.CODE
    suspect = diagnosis.suspects[0]
    assert (suspect.file, suspect.start_line) == ("app/queries.py", 4)
    assert "41 ms to 95.9 ms (+134 %)" in suspect.mechanism
    assert "k6:GET /cart:p95" in suspect.evidence
    assert {i for s in diagnosis.suspects for i in s.evidence} <= {e.id for e in diagnosis.evidence}
    assert diagnosis.remediation is not None
    assert diagnosis.remediation.measured is False


def test_the_same_case_gives_the_same_diagnosis():
    case = Case(comparison=_comparison(cart=2.0, users=1.0), diff=LOOP + DOCS)
    assert RulesAnalyst().explain(case) == RulesAnalyst().explain(case)


def test_documentation_is_never_a_suspect():
    diagnosis = _explain(DOCS, _comparison(cart=2.0, users=1.0))
    assert diagnosis.cause is Cause.UNKNOWN
    assert diagnosis.suspects == ()
    assert diagnosis.remediation is None


def test_nothing_slower_means_nothing_to_explain():
    assert _explain(LOOP, _comparison(cart=1.0, users=0.98)).suspects == ()


def test_a_baseline_that_drifted_clears_the_code():
    drift = Evidence(id="history:p95", source="history", name="baseline against its own history", baseline=0.04, candidate=0.07)
    diagnosis = _explain(DOCS, _comparison(a=1.6, b=1.62, health=1.61), (drift,))
    assert diagnosis.cause is Cause.ENVIRONMENT
    assert diagnosis.suspects == ()
    assert "history:p95" in diagnosis.summary


def test_a_starved_generator_clears_the_code():
    starved = Evidence(id="k6:cpu", source="k6", name="load generator CPU", baseline=0.5, candidate=0.99)
    assert _explain(DOCS, _comparison(a=1.6, b=1.5, c=1.7), (starved,)).cause is Cause.ENVIRONMENT


def test_the_symptom_chooses_the_setting_that_shares_no_word_with_any_endpoint():
    values = "diff --git a/helm/values.yaml b/helm/values.yaml\n--- a/helm/values.yaml\n+++ b/helm/values.yaml\n@@ -1,2 +1,2 @@\n database:\n-  poolSize: 30\n+  poolSize: 3\n"
    renamed = "diff --git a/app/cart.py b/app/cart.py\n--- a/app/cart.py\n+++ b/app/cart.py\n@@ -1,2 +1,2 @@\n def cart(request):\n-    return show(request)\n+    return show_cart(request)\n"
    waiting = Evidence(id="prometheus:wait", source="prometheus", name="db_pool_wait_seconds", baseline=0.001, candidate=0.4)
    diagnosis = _explain(values + renamed, _comparison(cart=3.0, users=2.1, orders=4.0), (waiting,))
    assert diagnosis.cause is Cause.CONFIGURATION
    assert diagnosis.suspects[0].file == "helm/values.yaml"
    assert "poolSize from 30 to 3" in diagnosis.suspects[0].mechanism
    assert "prometheus:wait" in diagnosis.suspects[0].evidence


def test_a_new_file_that_nothing_calls_is_not_blamed(tmp_path):
    (tmp_path / "app").mkdir()
    (tmp_path / "app/views.py").write_text("@app.get('/cart')\ndef cart():\n    return []\n")
    body = "def export(db):\n    for i in db.ids():\n        db.execute('select', i)\n"
    (tmp_path / "app/export.py").write_text(body)
    added = "".join(f"+{line}\n" for line in body.splitlines())
    diff = f"diff --git a/app/export.py b/app/export.py\nnew file mode 100644\n--- /dev/null\n+++ b/app/export.py\n@@ -0,0 +1,3 @@\n{added}"
    assert _explain(diff, _comparison(cart=2.0, users=1.0), repository=tmp_path).suspects == ()


@pytest.mark.parametrize("diff", ["", "garbage", "diff --git a/x b/x\n@@ -1 +1 @@\n", "@@ -1,9 +1,9 @@\n+\n", LOOP[:150]])
def test_hostile_and_broken_diffs_are_survived(diff):
    assert _explain(diff, _comparison(cart=2.0)).analyst == "rules"


def test_what_the_host_left_out_is_a_warning():
    assert any("3 files" in w for w in _explain("# perfagent: 3 files left out\n" + LOOP, _comparison(cart=2.0, b=1.0)).warnings)


@pytest.fixture(scope="module")
def results():
    return evaluate(RulesAnalyst(), list(all_cases()))


def test_the_bars_hold_on_the_projects_own_cases(results):
    assert len(results) >= 160
    found = scores(results)
    assert found["code: file first"] >= 0.9
    assert found["code: file among three"] >= 0.94
    assert found["code: line"] >= 0.9
    assert found["configuration and dependency: file first"] >= 0.9
    assert found["class, balanced"] >= 0.9
    assert found["innocent accused"] <= 0.03


def test_scores_and_confidences_are_fractions_and_ranked(results):
    for result in results:
        scores_of = [s.score for s in result.diagnosis.suspects]
        assert all(0 <= value <= 1 for value in scores_of)
        assert 0 <= result.diagnosis.confidence <= 1


def test_every_cited_evidence_exists(results):
    for result in results:
        known = {e.id for e in result.diagnosis.evidence}
        assert all(i in known for s in result.diagnosis.suspects for i in s.evidence)


def test_remedies_touch_only_files_of_the_diff(results):
    for result in results:
        remedy = result.diagnosis.remediation
        if remedy is not None and remedy.patch is not None:
            assert f"+++ b/{remedy.file}" in result.case.diff
            assert f"--- a/{remedy.file}\n+++ b/{remedy.file}\n" in remedy.patch
