"""What a run decided, `compare` decides again from what the run left behind."""

import json

import pytest

from tests.e2e import gate

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def test_saved_documents_and_saved_raw_outputs_give_the_same_rows_as_the_run_did(tmp_path):
    where = gate.repository(tmp_path / "repo")
    gate.perfagent(where, "run")
    folder = gate.run_folder(where)
    decided = json.loads((folder / "comparison.json").read_text())
    sides = {
        "documents": (str(folder), str(folder)),
        "raw outputs": (f"{folder}/raw/raw-baseline-*.json.gz", f"{folder}/raw/raw-candidate-*.json.gz"),
    }
    for name, (baseline, candidate) in sides.items():
        done = gate.perfagent(where, "compare", "--baseline", baseline, "--candidate", candidate, "--format", "json")
        again = json.loads(done.stdout)
        assert again["rows"] == decided["rows"], name
        assert (again["verdict"], again["p_value"]) == (decided["verdict"], decided["p_value"]), name
    assert len(decided["rows"]) > 5
