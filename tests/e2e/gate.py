"""A small real repository to gate: a service, a k6 script, a configuration, two revisions. And the gate as a process."""

import contextlib
import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil

SERVER = textwrap.dedent(
    """
    import http.server, os, sys, time

    WORK = 2000

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            if self.path == "/die":
                os._exit(9)
            total = sum(i * i for i in range(WORK if self.path != "/healthz" else 1))
            body = str(total).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
    """
)
SCRIPT = textwrap.dedent(
    """
    import http from 'k6/http';
    const BASE = __ENV.BASE_URL;
    export const options = {
      scenarios: {
        visit: { executor: 'constant-arrival-rate', rate: 40, timeUnit: '1s', duration: '30s', preAllocatedVUs: 10, maxVUs: 20 },
      },
    };
    export default function () {
      http.get(`${BASE}/sum`, { tags: { name: 'GET /sum' } });
    }
    """
)
CONFIGURATION = """\
service: adder
scenario: k6/visit.js
target:
  candidate: {command: "PYTHON app.py", ready: /healthz, timeout: 20s}
  baseline: {ref: main}
rounds: {min: 2, max: 3, duration: 3s, warmup: 1s, budget: 2m}
"""


def git(where: Path, *arguments: str) -> None:
    environment = {"PATH": os.environ["PATH"], "HOME": str(where), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", "-C", str(where), *identity, *arguments], check=True, capture_output=True, env=environment)


def repository(where: Path, *, script: str = SCRIPT, configuration: str = CONFIGURATION) -> Path:
    """On branch `change`, one commit ahead of `main`."""
    where.mkdir(parents=True)
    write(where, {"app.py": SERVER, "k6/visit.js": script, ".perfagent.yml": configured(configuration), ".gitignore": ".perfagent/\n"})
    git(where, "init", "--quiet")
    commit(where, "Add a service that adds")
    git(where, "checkout", "--quiet", "-b", "change")
    write(where, {"README.md": "It adds.\n"})
    commit(where, "Say what it does")
    return where


def configured(text: str) -> str:
    return text.replace("PYTHON", sys.executable)


def write(where: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (where / name).parent.mkdir(parents=True, exist_ok=True)
        (where / name).write_text(text)


def commit(where: Path, message: str) -> None:
    git(where, "add", "--all")
    git(where, "commit", "--quiet", "--message", message)


def environment(**more: str) -> dict[str, str]:
    """Nothing of the CI that runs these tests: they are about one repository on a laptop."""
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", **more}


def perfagent(where: Path, *arguments: str, python: str = sys.executable, timeout: float = 120, **more: str):
    return subprocess.run(
        [python, "-m", "perfagent", *arguments], cwd=where, env=environment(**more), capture_output=True, text=True, timeout=timeout
    )


def start(where: Path, *arguments: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "perfagent", *arguments],
        cwd=where,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def left_behind(where: Path, patience: float = 10.0) -> list[str]:
    """Command lines of processes that still work in or on the repository, after giving them a moment to be reaped."""
    deadline = time.monotonic() + patience
    while True:
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):
                line = " ".join(process.cmdline())
                if str(where) in line or str(where) in process.cwd():
                    found.append(line)
        if not found or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def run_folder(where: Path) -> Path:
    (folder,) = (where / ".perfagent" / "runs").iterdir()
    return folder


def wait_for(condition, patience: float = 60.0) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
