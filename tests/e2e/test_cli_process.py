"""The command line as a process: streams, signals, exit codes as a CI system sees them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

PERFAGENT = [sys.executable, "-m", "perfagent"]


def run(*arguments: str, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PERFAGENT, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, **more)  # type: ignore[call-overload, no-any-return]


def test_data_and_words_are_on_their_own_streams(tmp_path: Path) -> None:
    done = run("schema", "run", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["title"] == "perfagent run"
    wrong = run("schema", "nothing", cwd=tmp_path)
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_a_reader_that_goes_away_leaves_the_code_as_it_is(tmp_path: Path) -> None:
    script = f"{' '.join(PERFAGENT)} schema configuration | head -c 10 > /dev/null; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_under_stdout_is_told_and_not_passed_over(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([*PERFAGENT, "schema", "run"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 6
    assert "No space left on device" in done.stderr


IN_THE_MIDDLE = """
import time
import perfagent.cli.compare as compare
from perfagent.__main__ import main

def search(*_arguments, **_options):
    print("up", flush=True)
    time.sleep(60)

compare.find_files = search
main(["compare", "--baseline", "a.json", "--candidate", "b.json"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_job_that_is_cancelled_ends_with_5(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", IN_THE_MIDDLE], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    _, words = process.communicate(timeout=30)
    assert process.returncode == 5
    assert "stopped before the end" in words
    assert "Traceback" not in words


def test_an_ascii_locale_stops_no_output(tmp_path: Path) -> None:
    done = run("init", cwd=tmp_path, env={"PATH": os.environ["PATH"], "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert done.returncode == 0
    shown = run("doctor", "--offline", cwd=tmp_path, env={"PATH": "", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})
    assert shown.returncode == 2
    assert "UnicodeEncodeError" not in shown.stderr


def test_doctor_finds_git_base_and_k6_in_a_real_checkout(tmp_path: Path) -> None:
    (tmp_path / "k6").mkdir()
    (tmp_path / "k6" / "load.js").write_text("import http from 'k6/http'")
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.net", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    assert run("init", "--ci", "none", cwd=tmp_path).returncode == 0
    done = run("doctor", "--offline", "--format", "json", "--target-candidate-command", f"{sys.executable} app.py", cwd=tmp_path)
    found = {check["name"]: check for check in json.loads(done.stdout)}
    assert {name: found[name]["state"] for name in ("configuration", "git", "base", "k6", "scenario")} == dict.fromkeys(
        ("configuration", "git", "base", "k6", "scenario"), "ok"
    )
    assert done.returncode == 0
