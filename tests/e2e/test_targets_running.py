"""Real servers as child processes: started, found ready, stopped with all they started."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from perfagent.errors import TargetError
from perfagent.model.run import Side
from perfagent.steps.process_metrics import ProcessSampler, read_process_metrics
from perfagent.steps.targets import TargetSpec, running

pytestmark = pytest.mark.e2e
PYTHON = sys.executable

SERVER = textwrap.dedent(
    """
    import http.server, os, subprocess, sys
    if "--grandchild" in sys.argv:
        for new in (False, True):
            p = subprocess.Popen(["sleep", "300"], start_new_session=new)
            print("grandchild", p.pid, flush=True)
    if "--daemon" in sys.argv:
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", "301"])
            os._exit(0)
    if "--stubborn" in sys.argv:
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    class H(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path == "/die":
                print("dying now", flush=True); os._exit(7)
            body = repr(sorted(os.environ)).encode()
            self.send_response(200 if self.path in ("/", "/healthz") else 404)
            self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
        def log_message(self, *a): pass
    http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), H).serve_forever()
    """
)


def environ():
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "SECRET_TOKEN": "hush"}


@pytest.fixture
def app(tmp_path):
    (tmp_path / "app.py").write_text(SERVER)
    return tmp_path


def spec(app, *flags, **more):
    return TargetSpec(command=(PYTHON, "app.py", *flags), cwd=app, **{"ready": "/healthz", "ready_timeout": 20, "stop_timeout": 2, **more})


def get(url):
    import urllib.request

    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=5) as answer:
        return answer.read().decode()


def alive(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_target_is_ready_inside_and_gone_after(app):
    async def main():
        async with running(spec(app), side=Side.CANDIDATE, log_dir=app, environ=environ()) as target:
            names = get(target.url + "/")
            assert target.poll() is None
            assert alive(target.pid)
        return target, names

    target, names = asyncio.run(main())
    assert not alive(target.pid)
    assert "SECRET_TOKEN" not in names
    assert "'PORT'" in names
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", target.port)) != 0


@pytest.mark.parametrize("flag", ["--grandchild", "--daemon", "--stubborn"])
def test_everything_it_started_is_gone_after(app, flag):
    async def main():
        async with running(spec(app, flag, stop_timeout=0.5), side=Side.BASELINE, log_dir=app, environ=environ()) as target:
            supervisor = psutil.Process(target.pid).parent()
            started = [target.pid, *(p.pid for p in supervisor.children(recursive=True))]
            assert flag == "--stubborn" or len(started) > 2
            return started

    started = asyncio.run(main())
    assert [pid for pid in started if alive(pid)] == []


def test_death_in_the_middle_is_said_with_its_last_lines(app):
    async def main():
        async with running(spec(app), side=Side.CANDIDATE, log_dir=app, environ=environ()) as target:
            with pytest.raises(ConnectionError):
                get(target.url + "/die")
            while target.poll() is None:
                await asyncio.sleep(0.02)
            with pytest.raises(TargetError) as caught:
                target.check()
            return str(caught.value)

    message = asyncio.run(main())
    assert "candidate target exited with code 7" in message
    assert "dying now" in message


def test_a_target_that_exits_before_it_is_ready(app):
    (app / "app.py").write_text("import sys; print('no database at db:5432', file=sys.stderr); sys.exit(3)")

    async def main():
        async with running(spec(app), side=Side.BASELINE, log_dir=app, environ=environ()):
            raise AssertionError("never ready")

    with pytest.raises(TargetError, match=r"(?s)baseline target exited with code 3.*no database at db:5432"):
        asyncio.run(main())


def test_a_target_that_never_becomes_ready(app):
    async def main():
        async with running(spec(app, ready="/nowhere", ready_timeout=0.6), side=Side.BASELINE, log_dir=app, environ=environ()):
            raise AssertionError("never ready")

    before = {p.pid for p in psutil.Process().children(recursive=True)}
    with pytest.raises(TargetError, match=r"did not become ready within 0\.6 s: HTTP status 404"):
        asyncio.run(main())
    assert {p.pid for p in psutil.Process().children(recursive=True)} <= before


def test_a_port_in_use_is_named_with_its_holder(app):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        async def main():
            async with running(spec(app, port=port), side=Side.CANDIDATE, log_dir=app, environ=environ()):
                raise AssertionError("the port is taken")

        with pytest.raises(TargetError, match=rf"port {port} of the candidate target.*process {os.getpid()}"):
            asyncio.run(main())


def test_a_command_that_does_not_exist(app):
    async def main():
        async with running(TargetSpec(command="no-such-server $PORT", cwd=app), side=Side.CANDIDATE, log_dir=app, environ=environ()):
            raise AssertionError("cannot start")

    with pytest.raises(TargetError, match="could not be started: no-such-server: No such file"):
        asyncio.run(main())


def test_a_url_must_answer(app):
    async def main(url):
        async with running(TargetSpec(url=url, ready_timeout=0.3), side=Side.CANDIDATE, log_dir=app, environ=environ()) as target:
            return target.url

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        dead = f"http://user:hush@127.0.0.1:{probe.getsockname()[1]}/"
        with pytest.raises(TargetError, match="did not become ready") as caught:
            asyncio.run(main(dead))
        assert "hush" not in str(caught.value)

    async def both():
        async with running(spec(app), side=Side.BASELINE, log_dir=app, environ=environ()) as target:
            return await main(target.url + "/404")

    assert asyncio.run(both()).endswith("/404")


def test_cancelling_stops_the_target(app):
    async def main():
        pids = []

        async def hold():
            async with running(spec(app), side=Side.BASELINE, log_dir=app, environ=environ()) as target:
                pids.append(target.pid)
                await asyncio.sleep(60)

        task = asyncio.create_task(hold())
        while not pids:
            await asyncio.sleep(0.02)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return pids[0]

    assert not alive(asyncio.run(main()))


def test_a_killed_parent_leaves_nothing_behind(app):
    parent = textwrap.dedent(
        f"""
        import asyncio, os, sys
        from pathlib import Path
        from perfagent.model.run import Side
        from perfagent.steps.targets import TargetSpec, running
        async def main():
            spec = TargetSpec(command=({PYTHON!r}, "app.py", "--grandchild", "--daemon", "--stubborn"), cwd=Path({str(app)!r}),
                              ready="/healthz", stop_timeout=0.3)
            async with running(spec, side=Side.BASELINE, log_dir=Path({str(app)!r}), environ=dict(os.environ)) as target:
                print(target.pid, flush=True)
                await asyncio.sleep(60)
        asyncio.run(main())
        """
    )
    process = subprocess.Popen([PYTHON, "-c", parent], stdout=subprocess.PIPE)
    pid = int(process.stdout.readline())
    supervisor = psutil.Process(pid).parent()
    tree = [supervisor, *supervisor.children(recursive=True)]
    assert len(tree) >= 4
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    deadline = time.monotonic() + 10
    while any(alive(p.pid) for p in tree) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [p.pid for p in tree if alive(p.pid)] == []


def test_process_metrics_of_a_busy_target(app):
    busy = "import threading\nt = threading.Thread(target=lambda: [sum(range(1000)) for _ in iter(int, 1)], daemon=True); t.start()\n"
    (app / "app.py").write_text(busy + SERVER)

    async def main():
        async with running(spec(app), side=Side.CANDIDATE, log_dir=app, environ=environ()) as target:
            with ProcessSampler(target.pid, app / "process.jsonl", side=Side.CANDIDATE, round=1, interval=0.1):
                await asyncio.sleep(0.8)

    asyncio.run(main())
    found = {e.name: e for e in read_process_metrics(app / "process.jsonl")}
    assert found["process_cpu_usage"].candidate[0] > 0.05
    assert found["process_resident_memory_bytes"].candidate[0] > 1_000_000
    assert found["process_threads"].candidate[0] >= 2
    assert found["process_open_fds"].candidate[0] >= 3
    assert found["process_cpu_usage"].baseline is None
