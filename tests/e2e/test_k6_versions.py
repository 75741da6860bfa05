"""The oldest k6 that is accepted, the one of the tests, and the newest, each in all that depends on its version.

Others than the installed one come from `python tests/e2e/other_k6/fetch.py`; their tests are skipped where they are not there.
"""

import asyncio
import http.server
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from perfagent.errors import LoadTestError
from perfagent.model.run import Side
from perfagent.steps.k6 import DuetWay, K6Request, execute, execute_duet, find_k6

pytestmark = pytest.mark.e2e
CACHE = Path(os.environ.get("PERFAGENT_TEST_CACHE") or Path.home() / ".cache" / "perfagent-test")

SCENARIO = """
import http from 'k6/http';
const BASE = __ENV.BASE_URL;
const own = open('./own.txt');
export const options = { scenarios: {
  a: { executor: 'constant-arrival-rate', rate: 40, duration: '10m', preAllocatedVUs: 4, exec: 'browse' } } };
export function setup() { return BASE; }
export function browse(base) {
  if (base !== BASE || !own) throw new Error('mixed sides');
  http.get(`${BASE}/a`, { tags: { name: 'GET /a' } });
}
export function handleSummary() { return { stdout: 'words' }; }
"""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        yield running.server_address[1]
        running.shutdown()
        thread.join()


@pytest.fixture(params=["0.57.0", "installed", "2.2.0"])
def request_for(request, tmp_path, server):
    if request.param == "installed":
        binary = find_k6(path=os.environ["PATH"])
    else:
        path = CACHE / f"k6-{request.param}" / "k6"
        if not path.exists():
            pytest.skip(f"k6 {request.param} is not in {CACHE}; python tests/e2e/other_k6/fetch.py brings it")
        binary = find_k6(configured=str(path), path="")
        assert binary.version_number == request.param
    (tmp_path / "k6").mkdir()
    (tmp_path / "k6" / "own.txt").write_text("x")

    def make(content=SCENARIO):
        script = tmp_path / "k6" / "x.js"
        script.write_text(content)
        return K6Request(
            binary=binary,
            script=script,
            folder=tmp_path / "run",
            side=Side.BASELINE,
            target=f"http://127.0.0.1:{server}",
            environ=os.environ,
            duration=1.0,
            scenario="k6/x.js",
        )

    return make


def test_one_side(request_for):
    run = asyncio.run(execute(request_for())).run
    assert run.usable, run.problems
    assert run.requests == pytest.approx(40, abs=3)
    assert run.open_model is True
    assert run.exit_code == 0
    assert not [note for note in run.notes if "text between the points" in note]


@pytest.mark.parametrize("way", list(DuetWay))
def test_both_sides(request_for, way):
    baseline = request_for()
    candidate = replace(baseline, side=Side.CANDIDATE, target=baseline.target.replace("127.0.0.1", "localhost"))
    for execution in asyncio.run(execute_duet(baseline, candidate, seed=1, way=way)).values():
        assert execution.run.usable, execution.run.problems
        assert execution.run.requests == pytest.approx(40, abs=4)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("export default function () {\n  const a = ;\n}", r"exit code 107\): (GoError: )?k6/x\.js:2:13: Unexpected token"),
        ("const x = undefined;\nx.y();\nexport default function () {}", r"exit code 107\): TypeError.*k6/x\.js:2:"),
        ("export default function () { throw new Error('boom'); }", r"in \d+ of \d+ iterations: Error: boom at default \(k6/x\.js:1:"),
        (
            "export const options = {scenarios: {a: {executor: 'often'}}};\nexport default function () {}",
            r"exit code 104\): unknown executor",
        ),
        ("import exec from 'k6/execution';\nexport default () => exec.test.abort('enough');", "exit code 108.*enough"),
    ],
)
def test_bad_scripts(request_for, content, message):
    with pytest.raises(LoadTestError, match=message):
        asyncio.run(execute(request_for(content)))
