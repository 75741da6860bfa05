"""Both sides at once with one unchanged script, by two k6 and by one."""

import asyncio
import gzip
import http.server
import json
import os
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace

import psutil
import pytest

from perfagent.errors import ConfigurationError, LoadTestError, TargetError
from perfagent.ingest.k6 import read_k6
from perfagent.model.run import Side
from perfagent.steps.k6 import DuetWay, K6Request, execute_duet, find_k6

pytestmark = pytest.mark.e2e
WAYS = list(DuetWay)

SCENARIO = """
import http from 'k6/http';
import { group } from 'k6';
import { where } from './lib/where.js';
import { Counter } from 'k6/metrics';
const BASE = __ENV.BASE_URL;
const LABEL = __ENV.LABEL;
const own = JSON.parse(open('./data.json'));
const mine = new Counter('mine');
export const options = { scenarios: {
  browse: { executor: 'constant-arrival-rate', rate: 30, duration: '5m', preAllocatedVUs: 4, exec: 'browse' },
  buy: { executor: 'constant-arrival-rate', rate: 10, duration: '5m', preAllocatedVUs: 4, exec: 'buy', env: { ITEM: 'tea' } },
} };
export function setup() {
  const token = http.get(`${__ENV.BASE_URL}/login`).body;
  return { base: BASE, token };
}
function alike(d) {
  if (d.base !== BASE || where() !== BASE || __ENV.BASE_URL !== BASE || __ENV.LABEL !== LABEL) throw new Error('mixed sides');
}
export function browse(d) {
  alike(d);
  group('shop', () => http.get(`${BASE}/a?key=${own.key}`, { headers: { token: d.token, label: LABEL }, tags: { name: 'GET /a' } }));
  mine.add(1);
}
export async function buy(d) {
  alike(d);
  await http.asyncRequest('GET', `${BASE}/b/${__ENV.ITEM}`, null, { headers: { token: d.token, label: LABEL }, tags: { name: 'GET /b' } });
  alike(d);
}
export function teardown(d) { alike(d); http.get(`${BASE}/logout?${d.token}`); }
"""


@contextmanager
def serving(name):
    seen = Counter()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def do_GET(self):
            seen[(self.path, self.headers.get("token"), self.headers.get("label"))] += 1
            body = f"token-of-{name}".encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
        server.shutdown()
        thread.join()


@pytest.fixture
def servers():
    with serving("baseline") as baseline, serving("candidate") as candidate:
        yield {Side.BASELINE: baseline, Side.CANDIDATE: candidate}


@pytest.fixture
def requests(tmp_path, servers):
    folder = tmp_path / "re po" / "k6"
    (folder / "lib").mkdir(parents=True)
    (folder / "lib" / "where.js").write_text("const BASE = __ENV.BASE_URL;\nexport function where() { return BASE; }\n")
    (folder / "data.json").write_text('{"key": 7}')
    (folder / "shop.js").write_text(SCENARIO)
    one = K6Request(
        binary=find_k6(path=os.environ["PATH"]),
        script=folder / "shop.js",
        folder=tmp_path / "run",
        side=Side.BASELINE,
        target=servers[Side.BASELINE][0],
        env={"LABEL": "old"},
        environ=os.environ,
        duration=2.0,
        scenario="k6/shop.js",
    )
    return one, replace(one, side=Side.CANDIDATE, target=servers[Side.CANDIDATE][0], env={"LABEL": "new"})


def play(requests, way, **more):
    return asyncio.run(execute_duet(*requests, seed=1, way=way, **more))


def nothing_left():
    return [p for p in psutil.Process().children(recursive=True) if p.status() != psutil.STATUS_ZOMBIE] == []


@pytest.mark.parametrize("way", WAYS)
def test_each_side_gets_the_scripts_load_with_its_own_values(requests, servers, way):
    done = play(requests, way)
    for side, label in ((Side.BASELINE, "old"), (Side.CANDIDATE, "new")):
        run, (_, seen) = done[side].run, servers[side]
        assert run.usable, run.problems
        assert run.side is side
        counts = {e.endpoint: e.requests for e in run.endpoints}
        assert counts["GET /a"] == pytest.approx(60, abs=3)
        assert counts["GET /b"] == pytest.approx(20, abs=2)
        assert run.health.exceptions == 0
        assert run.health.iterations == counts["GET /a"] + counts["GET /b"]
        assert run.open_model is True
        token = f"token-of-{side}"
        assert seen[("/a?key=7", token, label)] == counts["GET /a"]
        assert seen[("/b/tea", token, label)] == counts["GET /b"]
        assert seen[("/login", None, None)] == 1
        assert seen[(f"/logout?{token}", None, None)] == 1
        assert len(seen) == 4
        assert read_k6(done[side].raw, side=side, only_side=side).requests == run.requests
    environments = {done[side].run.environment.options_hash for side in Side}
    assert len(environments) == 1
    assert nothing_left()


def test_both_ways_have_the_same_fingerprint(requests):
    one, other = (play(requests, way)[Side.BASELINE].run.environment for way in WAYS)
    assert one == other


def test_the_coin_is_fair_in_number_and_random_in_order(requests, tmp_path):
    done = play(requests, DuetWay.ITERATIONS)
    counts = [done[side].run.requests for side in Side]
    assert abs(counts[0] - counts[1]) <= 4
    with gzip.open(done[Side.BASELINE].raw) as lines:
        points = [point for point in map(json.loads, lines) if point["type"] == "Point" and point["metric"] == "http_reqs"]
    order = [p["data"]["tags"]["side"] for p in points if p["data"]["tags"]["name"] == "GET /a"]
    firsts = Counter(order[::2])
    assert min(firsts.values()) >= 10, "one side is nearly always the first of a pair"


@pytest.mark.parametrize("way", WAYS)
def test_a_dead_side_is_the_one_that_is_named(requests, way):
    baseline, candidate = requests
    script = "import http from 'k6/http';\nexport const options = {vus: 2};\nexport default () => { http.get(`${__ENV.BASE_URL}/a`); };"
    (baseline.script.parent / "plain.js").write_text(script)
    plain = [replace(r, script=baseline.script.parent / "plain.js", duration=1.0) for r in (baseline, candidate)]
    with pytest.raises(LoadTestError, match=r"the candidate target at http://127\.0\.0\.1:9 is dead"):
        play((plain[0], replace(plain[1], target="http://127.0.0.1:9")), way)
    assert nothing_left()


@pytest.mark.parametrize("way", WAYS)
def test_an_exception_is_told_with_the_users_own_path(requests, way):
    requests[0].script.write_text("import http from 'k6/http';\nexport default () => {\n  http.get(__ENV.BASE_URL);\n  null.x;\n};")
    with pytest.raises(LoadTestError, match=r"k6/shop\.js threw an exception in \d+ of \d+ iterations: TypeError.*\(k6/shop\.js:4:"):
        play([replace(r, duration=1.0) for r in requests], way)


@pytest.mark.parametrize("way", WAYS)
def test_a_watch_that_raises_stops_both(requests, way):
    def watch():
        raise TargetError("the baseline target exited with code 1")

    with pytest.raises(TargetError, match="baseline target exited"):
        play([replace(r, duration=60.0) for r in requests], way, watch=watch)
    assert nothing_left()


def test_one_k6_cannot_play_two_scripts(requests, tmp_path):
    baseline, candidate = requests
    with pytest.raises(ConfigurationError, match="one k6 for both sides plays one script"):
        play((baseline, replace(candidate, script=tmp_path / "other.js")), DuetWay.ITERATIONS)
