"""Real k6 against small real servers."""

import asyncio
import http.server
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import psutil
import pytest

from perfagent import documents
from perfagent.errors import LoadTestError, TargetError, UnavailableError
from perfagent.ingest.k6 import read_k6
from perfagent.model.run import Run, Side
from perfagent.steps.k6 import K6Request, execute, find_k6

pytestmark = pytest.mark.e2e

SCENARIO = """
import http from 'k6/http';
import { check, group } from 'k6';
import { same } from './lib/same.js';
const BASE = __ENV.BASE_URL;
const data = JSON.parse(open('./data.json'));
export const options = {
  tags: { team: 'shop' },
  thresholds: { http_req_duration: [{ threshold: 'max<0', abortOnFail: true }] },
  scenarios: {
    browse: { executor: 'constant-arrival-rate', rate: 40, timeUnit: '1s', duration: '10m', preAllocatedVUs: 5, exec: 'browse' },
    buy: { executor: 'ramping-arrival-rate', startRate: 10, timeUnit: '1s', preAllocatedVUs: 5, exec: 'buy',
           stages: [{ duration: '5m', target: 20 }, { duration: '5m', target: 10 }] },
  },
};
export function setup() { return { base: BASE, key: data.key }; }
export function browse(d) {
  group('shop', () => check(http.get(`${BASE}/a`, { tags: { name: 'GET /a' } }), { ok: (r) => r.status === 200 }));
  same(d.base, BASE);
}
export function buy(d) { http.post(`${BASE}/b`, d.key, { tags: { name: 'POST /b' } }); }
export function teardown(d) { same(d.base, BASE); }
export function handleSummary(d) { return { stdout: '{"not": "a sample"}\\n', 'mine.txt': 'kept' }; }
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer; two would meet delayed acknowledgements

    def _answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200 if self.path in ("/a", "/b") else 404)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def binary():
    return find_k6(path=os.environ["PATH"])


@pytest.fixture
def repository(tmp_path):
    root = tmp_path / "re po 100%"
    (root / "k6" / "lib").mkdir(parents=True)
    (root / "k6" / "lib" / "same.js").write_text(
        "const again = open('../data.json');\n"
        "export function same(a, b) { if (a !== b || !again) throw new Error(`setup data of the wrong side: ${a} ${b}`); }\n"
    )
    (root / "k6" / "data.json").write_text('{"key": "value"}')
    (root / "k6" / "shop.js").write_text(SCENARIO)
    return root


@pytest.fixture
def request_for(binary, repository, tmp_path, server):
    def make(script="shop.js", content=None, **more):
        path = repository / "k6" / script
        if content is not None:
            path.write_text(content)
        settings = {"side": Side.CANDIDATE, "target": server, "duration": 1.0, "environ": {**os.environ, "MY_TOKEN": "hush"}}
        return K6Request(**{"binary": binary, "script": path, "folder": tmp_path / "run", "scenario": f"k6/{script}", **settings, **more})

    return make


def play(request, **more):
    return asyncio.run(execute(request, **more))


def nothing_left():
    return [p for p in psutil.Process().children(recursive=True) if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []


def test_a_script_is_played_unchanged_and_becomes_a_run(request_for, tmp_path):
    seen = []

    async def on_progress(progress):
        seen.append(progress)

    done = play(request_for(duration=2.2, warmup=0.2, revision="abc", round=3), on_progress=on_progress)
    run = done.run
    counts = {e.endpoint: e.requests for e in run.endpoints}
    assert counts["GET /a"] == pytest.approx(80, abs=6)
    assert counts["POST /b"] == pytest.approx(30, abs=6)
    assert sum(e.failed for e in run.endpoints) == 0
    assert (run.side, run.round, run.revision, run.open_model, run.warmup) == (Side.CANDIDATE, 3, "abc", True, 0.2)
    assert run.usable, run.problems
    assert run.exit_code == 99
    assert any("thresholds on metrics 'http_req_duration' have been crossed" in note for note in run.notes)
    assert run.health.exceptions == 0
    assert run.health.cpu > 0
    assert run.environment.k6_version == "1.1.0"
    assert len(run.environment.scenario_hash) == len(run.environment.options_hash) == 64
    assert run.environment.cores >= 1
    assert done.raw.name == "raw-candidate-3.json.gz"
    assert read_k6(done.raw, side=Side.CANDIDATE, warmup=0.2).requests == run.requests
    assert documents.read(Run, done.document) == run
    assert (tmp_path / "run" / "k6-candidate-3" / "mine.txt").read_text() == "kept"
    assert seen[-1].requests > 0
    assert seen[-1].elapsed >= 1
    assert nothing_left()


def test_the_script_sees_the_configured_values_and_no_secret(request_for):
    content = """
    import http from 'k6/http';
    export default function () {
      http.get(`${__ENV.BASE_URL}/a`);
      console.log(JSON.stringify(__ENV));
    }
    """
    done = play(request_for("env.js", content, duration=1.0, env={"CART": "7"}))
    log = done.log.read_text()
    assert '\\"CART\\":\\"7\\"' in log
    assert "hush" not in log
    assert "PATH" not in log


def test_typescript_and_commonjs_scripts_are_played(request_for):
    typed = "import http from 'k6/http';\nexport default async function (): Promise<void> { http.get(`${__ENV.BASE_URL}/a`); }"
    assert play(request_for("typed.ts", typed, duration=1.0)).run.requests > 0
    common = "const http = require('k6/http');\nmodule.exports.default = () => { http.get(__ENV.BASE_URL + '/a'); };"
    assert play(request_for("common.js", common, duration=1.0)).run.requests > 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("export default function () {\n  const a = ;\n}", r"k6/bad\.js:2:13: Unexpected token"),
        ("const x = undefined;\nx.y();\nexport default function () {}", r"TypeError.*k6/bad\.js:2:"),
        ("import './missing.js';\nexport default function () {}", r"missing\.js.*couldn't be found"),
        ("export const options = {scenarios: {a: {executor: 'often'}}};\nexport default function () {}", "unknown executor type 'often'"),
        (
            "export function setup() { throw new Error('no login'); }\nexport default function () {}",
            r"Error: no login at setup \(k6/bad\.js:1:",
        ),
        ("import exec from 'k6/execution';\nexport default () => exec.test.abort('enough');", "aborted the test.*exit code 108.*enough"),
        ("export default function () { throw new Error('boom'); }", r"threw an exception in \d+ of \d+ iterations: Error: boom"),
        ("import {sleep} from 'k6';\nexport default () => sleep(0.1);", r"k6/bad\.js made no request in \d+ iterations"),
        (
            "export const options = {thresholds: {checks: ['rate>>1']}};\nexport default function () {}",
            "the options are invalid, exit code 104",
        ),
    ],
)
def test_a_bad_script_is_one_clear_error(request_for, content, message):
    with pytest.raises(LoadTestError, match=f"(?s){message}"):
        play(request_for("bad.js", content, duration=1.0))
    assert nothing_left()


def test_a_missing_script_is_named(request_for):
    with pytest.raises(LoadTestError, match=r"nowhere\.js does not exist"):
        play(request_for("nowhere.js"))


def test_a_dead_target_is_an_error_that_keeps_what_was_measured(request_for, tmp_path):
    with pytest.raises(LoadTestError, match=r"candidate target at http://127\.0\.0\.1:9 is dead.*connection refused"):
        play(request_for(target="http://127.0.0.1:9"))
    kept = documents.read(Run, tmp_path / "run" / "run-candidate-1.json")
    assert not kept.usable
    assert kept.requests > 0


def test_dropped_iterations_make_the_run_unusable_not_slow(request_for):
    content = """
    import http from 'k6/http';
    import { sleep } from 'k6';
    const a = { executor: 'constant-arrival-rate', rate: 50, duration: '1m', preAllocatedVUs: 2, maxVUs: 2 };
    export const options = { scenarios: { a } };
    export default function () { http.get(`${__ENV.BASE_URL}/a`); sleep(0.3); }
    """
    run = play(request_for("starved.js", content, duration=1.5)).run
    assert not run.usable
    assert "load generator starved" in run.problems[0]
    assert run.health.dropped > 20


def test_a_watch_that_raises_stops_k6(request_for):
    def watch():
        raise TargetError("the candidate target exited with code 7")

    began = time.monotonic()
    with pytest.raises(TargetError, match="exited with code 7"):
        play(request_for(duration=60), watch=watch)
    assert time.monotonic() - began < 20
    assert nothing_left()


def test_cancelling_ends_k6(request_for):
    async def main():
        task = asyncio.create_task(execute(request_for(duration=60)))
        while not any("k6" in p.name() for p in psutil.Process().children(recursive=True)):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert nothing_left()


def test_death_by_a_signal_is_an_error(request_for):
    def kill_k6():
        for process in psutil.Process().children(recursive=True):
            if process.name() == "k6":
                process.send_signal(signal.SIGKILL)

    with pytest.raises(LoadTestError, match="killed by SIGKILL"):
        play(request_for(duration=30), watch=kill_k6)


def test_a_killed_parent_leaves_no_k6(request_for, tmp_path):
    request = request_for(duration=60)
    parent = textwrap.dedent(
        f"""
        import asyncio, os
        from pathlib import Path
        from perfagent.model.run import Side
        from perfagent.steps.k6 import K6Request, execute, find_k6
        request = K6Request(binary=find_k6(path=os.environ["PATH"]), side=Side.BASELINE, environ=dict(os.environ), duration=60,
                            script=Path({str(request.script)!r}), folder=Path({str(request.folder)!r}), target={request.target!r})
        asyncio.run(execute(request))
        """
    )
    process = subprocess.Popen([sys.executable, "-c", parent], cwd=Path(__file__).parents[2])
    try:
        tree = []
        while not any(p.name() == "k6" for p in tree):
            time.sleep(0.05)
            assert process.poll() is None
            tree = psutil.Process(process.pid).children(recursive=True)
        time.sleep(0.5)
        tree = psutil.Process(process.pid).children(recursive=True)
    finally:
        process.kill()
        process.wait()
    gone, alive = psutil.wait_procs(tree, timeout=15)
    assert alive == []
    assert len(gone) >= 2


def test_a_full_disk_ends_the_raw_output_not_the_measurement(request_for, tmp_path):
    """A limit on file size, which is an OSError in write() as ENOSPC is."""
    content = """
    import http from 'k6/http';
    const a = { executor: 'constant-arrival-rate', rate: 200, duration: '1m', preAllocatedVUs: 10 };
    export const options = { scenarios: { a } };
    export default function () { http.get(`${__ENV.BASE_URL}/a`); }
    """
    request = request_for("many.js", content)
    code = textwrap.dedent(
        f"""
        import asyncio, os, resource, signal
        from pathlib import Path
        from perfagent.model.run import Side
        from perfagent.steps.k6 import K6Request, execute, find_k6
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        request = K6Request(binary=find_k6(path=os.environ["PATH"]), side=Side.BASELINE, environ=dict(os.environ), duration=2.0,
                            script=Path({str(request.script)!r}), folder=Path({str(request.folder)!r}), target={request.target!r})
        done = asyncio.run(execute(request))
        print(done.raw, done.run.requests > 50, [n for n in done.run.notes if "raw output" in n])
        """
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    assert done.stdout == "None True ['the raw output could not be kept: File too large']\n", done.stderr
    assert not (tmp_path / "run" / "raw-baseline-1.json.gz").exists()
    assert documents.read(Run, tmp_path / "run" / "run-baseline-1.json").requests > 50


def test_a_run_folder_that_cannot_be_written_is_said(request_for, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"run folder .*/file/run cannot be written: Not a directory"):
        play(request_for(folder=tmp_path / "file" / "run"))
