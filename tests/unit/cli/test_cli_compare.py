from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from perfagent import Gate, compare, documents, read_k6
from perfagent.model.comparison import Comparison

Perfagent = Callable[..., Any]
Rounds = Callable[..., list[Path]]


def test_a_regression_gives_3_and_is_at_the_top_of_the_table(perfagent: Perfagent, rounds: Rounds) -> None:
    rounds("base", side="baseline")
    rounds("cand", side="candidate", factor=1.6)
    answer = perfagent("compare", "--baseline", "base", "--candidate", "cand", "--paired")
    assert answer.code == 3
    lines = answer.out.splitlines()
    assert lines[0].split()[:4] == ["ENDPOINT", "METRIC", "BASELINE", "CANDIDATE"]
    assert lines[1].startswith("GET /cart")
    assert lines[1].endswith("REGRESSION")
    assert any(line.startswith("REGRESSION (6 rounds") for line in lines)


def test_the_same_on_both_sides_passes(perfagent: Perfagent, rounds: Rounds) -> None:
    rounds("base", side="baseline", count=8)
    rounds("cand", side="candidate", count=8)
    answer = perfagent("compare", "--baseline", "base", "--candidate", "cand", "--paired", "--max-regression", "30%")
    assert (answer.code, "REGRESSION" in answer.out) == (0, False)


def test_too_little_data_is_inconclusive_and_the_policy_may_let_it_through(perfagent: Perfagent, rounds: Rounds) -> None:
    paths = [str(p) for p in (*rounds("base", side="baseline", count=1), *rounds("cand", side="candidate", count=1))]
    arguments = ("compare", "--baseline", paths[0], "--candidate", paths[1], "--paired")
    assert perfagent(*arguments).code == 4
    let_through = perfagent(*arguments, "--gate-on-inconclusive", "warn")
    assert let_through.code == 0
    assert "warning: the answer is open; let through by gate.on_inconclusive: warn" in let_through.err


def test_several_files_follow_one_option_and_may_be_patterns(perfagent: Perfagent, rounds: Rounds, tmp_path: Path) -> None:
    base = [str(p.relative_to(tmp_path)) for p in rounds("base", side="baseline")]
    rounds("cand", side="candidate", factor=1.6)
    by_files = perfagent("compare", "--baseline", *base, "--candidate", "cand/*.json", "--paired", "--format", "json")
    by_folders = perfagent("compare", "--paired", "--baseline=base", "--candidate=cand", "--format=json")
    assert json.loads(by_files.out) == json.loads(by_folders.out)


def test_rows_are_those_of_the_library(perfagent: Perfagent, rounds: Rounds, tmp_path: Path) -> None:
    base, cand = rounds("base", side="baseline"), rounds("cand", side="candidate", factor=1.2)
    perfagent("compare", "--baseline", "base", "--candidate", "cand", "--paired", "--json", "out/comparison.json")
    written = documents.read(Comparison, tmp_path / "out" / "comparison.json")
    runs = [[read_k6(p, side=side, round=i) for i, p in enumerate(paths, 1)] for side, paths in (("baseline", base), ("candidate", cand))]
    expected = compare(*runs, paired=True, gate=Gate())
    assert written.rows == documents.from_json(Comparison, documents.to_json(expected), name="expected").rows


def test_rounds_are_paired_in_the_order_of_their_numbers(perfagent: Perfagent, rounds: Rounds) -> None:
    """`round-10` comes after `round-2`: else the n-th files of both sides would be different rounds."""
    from perfagent.cli.saved_runs import find_files

    paths = rounds("base", side="baseline", count=11)
    rounds("cand", side="candidate", count=11)
    files = find_files(["base"], ["cand"], cwd=paths[0].parents[1], paired=True)
    assert [p.name for p in files.baseline][:3] == ["round-1.json", "round-2.json", "round-3.json"]
    assert files.baseline[-1].name == "round-11.json"


def test_a_folder_with_both_sides_gives_each_its_own(perfagent: Perfagent, rounds: Rounds) -> None:
    rounds("all", side="baseline", name="baseline-{}.json")
    rounds("all", side="candidate", factor=1.6, name="candidate-{}.json")
    assert perfagent("compare", "--baseline", "all", "--candidate", "all", "--paired").code == 3


def test_a_run_folder_is_compared_with_its_own_settings_and_pairs(perfagent: Perfagent, rounds: Rounds, tmp_path: Path) -> None:
    rounds("run/runs", side="baseline", name="baseline-{}.json")
    rounds("run/runs", side="candidate", factor=1.6, name="candidate-{}.json")
    (tmp_path / "run" / "settings.json").write_text('{"gate": {"max_regression": "900%"}, "scenario": "gone.js"}')
    assert perfagent("compare", "--baseline", "run", "--candidate", "run").code == 0
    (tmp_path / "run" / "settings.json").unlink()
    assert perfagent("compare", "--baseline", "run", "--candidate", "run").code == 3


def test_json_on_stdout_is_only_json(perfagent: Perfagent, rounds: Rounds) -> None:
    rounds("base", side="baseline")
    rounds("cand", side="candidate")
    answer = perfagent("compare", "--baseline", "base", "--candidate", "cand", "--format", "json")
    assert json.loads(answer.out)["schema_version"] == 1


def test_all_that_is_missing_is_told_at_once(perfagent: Perfagent, rounds: Rounds, tmp_path: Path) -> None:
    rounds("base", side="baseline", count=2)
    (tmp_path / "empty").mkdir()
    answer = perfagent("compare", "--baseline", "base/round-3.json", "--candidate", "cand/*.json", "empty")
    assert answer.code == 2
    assert "--baseline base/round-3.json: there is no such file; beside it: round-1.json, round-2.json" in answer.err
    assert "--candidate cand/*.json: no file matches" in answer.err
    assert "--candidate empty: the folder holds none of *.json" in answer.err


def test_files_that_are_no_k6_output_are_told_at_once(perfagent: Perfagent, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "b.csv").write_text("")
    answer = perfagent("compare", "--baseline", "a.json", "--candidate", "b.csv")
    assert answer.code == 2
    assert "2 files cannot be compared" in answer.err
    assert "a.json" in answer.err
    assert "b.csv" in answer.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--baseline", "base", "--candidate", "base/round-1.json", "--paired"), "--baseline has 2, --candidate has 1"),
        (("--baseline", "base", "base/round-1.json", "--candidate", "base"), "round-1.json is given twice"),
        (("--baseline", "base"), "Missing option '--candidate'"),
        (("--baseline", "base", "--candidat", "base"), "--candidat"),
        (
            ("--baseline", "base", "--candidate", "base", "--max-regression", "ten"),
            "--gate-max-regression: gate.max_regression: 'ten' is not",
        ),
        (("--baseline", "base", "--candidate", "base", "--format", "xml"), "'xml'"),
        (("--baseline",), "--baseline"),
    ],
)
def test_a_wrong_command_line_gives_2_and_says_what(perfagent: Perfagent, rounds: Rounds, arguments: tuple[str, ...], told: str) -> None:
    rounds("base", side="baseline", count=2)
    answer = perfagent("compare", *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert answer.out == ""


def test_the_configuration_decides_what_blocks(perfagent: Perfagent, rounds: Rounds, tmp_path: Path) -> None:
    rounds("base", side="baseline")
    rounds("cand", side="candidate", factor=1.6)
    (tmp_path / ".perfagent.yml").write_text("scenario: not/here.js\ngate: {max_regression: 500%}\n")
    arguments = ("compare", "--baseline", "base", "--candidate", "cand", "--paired")
    assert perfagent(*arguments).code == 0
    assert perfagent(*arguments, env={"PERFAGENT_GATE__MAX_REGRESSION": "10%"}).code == 3


def test_rows_that_cannot_block_are_counted_and_shown_on_demand(perfagent: Perfagent, rounds: Rounds) -> None:
    rounds("base", side="baseline")
    rounds("cand", side="candidate")
    arguments = ("compare", "--baseline", "base", "--candidate", "cand", "--paired", "--gate-metrics", "p95")
    short, long = perfagent(*arguments), perfagent(*arguments, "--all")
    assert "rows that cannot block; --all shows them" in short.out
    assert len(long.out.splitlines()) > len(short.out.splitlines())


def test_a_name_from_outside_cannot_act_on_terminal_or_ci(perfagent: Perfagent, tmp_path: Path) -> None:
    from perfagent import Run

    evil = "\x1b[2J::error::pwned ##vso[task.complete]"
    columns = {"endpoint": [evil] * 50, "time": [i / 10 for i in range(50)], "duration": [0.05] * 50, "failed": [False] * 50}
    for side in ("baseline", "candidate"):
        documents.write(tmp_path / f"{side}.json", Run.from_requests(columns, side=side))
    out = perfagent("compare", "--baseline", "baseline.json", "--candidate", "candidate.json").out
    assert "\x1b" not in out
    assert "##vso[" not in out
    assert not any(line.lstrip().startswith("::") for line in out.splitlines())
