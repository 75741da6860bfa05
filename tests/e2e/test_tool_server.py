"""The embedded server as a process: spoken to by a client that is not the SDK's, timed out, and killed."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.e2e import gate

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

TOOLS = {
    "run_test",
    "get_summary",
    "fetch_metrics",
    "query_logs",
    "get_diff",
    "get_acceptances",
    "search_history",
    "comment_pr",
    "create_issue",
    "set_status",
    "render_summary",
    "export_run",
}


class PlainClient:
    """MCP over stdio with nothing but the standard library, so that no bug of the SDK can hide on both sides."""

    def __init__(self, where):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "perfagent", "mcp"],
            cwd=where,
            env=gate.environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.number = 0
        hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "plain", "version": "1"}}
        self.server = self.ask("initialize", hello)["serverInfo"]
        self.send({"method": "notifications/initialized"})

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method, params=None):
        self.number += 1
        self.send({"id": self.number, "method": method, "params": params or {}})
        while True:
            answer = json.loads(self.process.stdout.readline())
            if answer.get("id") == self.number:
                return answer["result"]

    def call(self, name, **arguments):
        return self.ask("tools/call", {"name": name, "arguments": arguments})

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(timeout=20)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


@pytest.fixture
def where(tmp_path):
    return gate.repository(tmp_path / "repo")


@pytest.fixture
def client(where):
    client = PlainClient(where)
    yield client
    if client.process.poll() is None:
        client.close()


def test_the_tools_are_listed_with_schemas_and_annotations(client):
    tools = {tool["name"]: tool for tool in client.ask("tools/list")["tools"]}
    assert set(tools) == TOOLS
    assert all(tool["description"] and tool["inputSchema"] and tool["outputSchema"] for tool in tools.values())
    assert tools["get_summary"]["annotations"]["readOnlyHint"] is True
    assert tools["comment_pr"]["annotations"] | {"readOnlyHint": False, "idempotentHint": True} == tools["comment_pr"]["annotations"]
    assert tools["run_test"]["inputSchema"]["required"] == ["script_path"]


def test_each_tool_answers_on_its_own(client, where):
    measured = client.call("run_test", script_path="k6/visit.js")["structuredContent"]
    assert measured["runs"][0]["side"] == "candidate"
    assert measured["runs"][0]["requests"] > 40
    assert measured["runs"][0]["p95"]["GET /sum"] > 0
    diff = client.call("get_diff", pr_number=0)["structuredContent"]
    assert diff["source"] == "checkout"
    assert "+It adds." in diff["diff"]
    assert client.call("search_history", query="sum")["structuredContent"]["items"] == []
    assert client.call("comment_pr", message="hello")["structuredContent"]["where"] == "local"
    assert client.call("create_issue", summary="slow", description="it is", severity="minor")["structuredContent"]["created"] is True
    assert client.call("set_status", state="success", description="fine")["structuredContent"]["where"] == "local"
    assert client.close() == 0
    assert gate.left_behind(where) == []


def test_a_finished_run_can_be_read_drawn_and_exported(where):
    assert gate.perfagent(where, "run").returncode in (0, 3, 4)
    client = PlainClient(where)
    summary = client.call("get_summary", run_id="latest")["structuredContent"]
    assert summary["mode"] == "duet"
    metrics = client.call("fetch_metrics", service_id="adder", timeframe="run")["structuredContent"]
    assert {e["name"] for e in metrics["evidence"]} >= {"process_cpu_usage", "process_threads"}
    drawn = client.call("render_summary", run_id=summary["run_id"])
    assert [c["type"] for c in drawn["content"]] == ["text", "image", "resource_link"]
    assert client.call("export_run", run_id="latest", format="csv")["structuredContent"]["content"].startswith("run_id,")
    client.close()


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("get_summary", {"run_id": "nope"}, "known runs"),
        ("get_summary", {}, "run_id"),
        ("export_run", {"run_id": "latest", "format": "xml"}, "format"),
        ("fetch_metrics", {"service_id": "x", "timeframe": "yesterday"}, "15m"),
        ("run_test", {"script_path": "k6/none.js"}, "k6/none.js does not exist"),
        ("run_test", {"script_path": "k6/visit.js", "targets": {"both": "http://x"}}, "baseline"),
        ("create_issue", {"summary": "s", "description": "d", "severity": "huge"}, "severity"),
        ("no_such_tool", {}, "no_such_tool"),
    ],
)
def test_a_wrong_argument_is_a_clear_tool_error(client, tool, arguments, said):
    answer = client.call(tool, **arguments)
    assert answer["isError"] is True
    assert said in answer["content"][0]["text"]
    assert "structuredContent" not in answer


def test_a_timeout_really_ends_k6(client, where):
    began = time.monotonic()
    answer = client.call("run_test", script_path="k6/visit.js", timeout_seconds=1.5)
    assert answer["isError"] is True
    assert "1.5 s" in answer["content"][0]["text"]
    assert time.monotonic() - began < 15
    client.close()
    assert gate.left_behind(where) == []


def test_a_killed_server_is_reported_and_everything_measured_stays(where):
    process = gate.start(where, "run")
    try:
        gate.wait_for(lambda: list((where / ".perfagent/runs").glob("*/runs/candidate-01.json")))
        (server,) = [p for p in psutil.Process(process.pid).children() if "mcp" in p.cmdline()]
        os.kill(server.pid, signal.SIGKILL)
        _, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 6, err
    assert "tool server" in err
    assert gate.left_behind(where) == []
    folder = gate.run_folder(where)
    assert (folder / "runs" / "candidate-01.json").is_file()
    assert json.loads((folder / "outcome.json").read_text())["exit_code"] == 6


def test_the_inspector_agrees(where):
    """Someone else's client, which checks answers against the schemas."""
    inspector = os.environ.get("MCP_INSPECTOR") or shutil.which("mcp-inspector")
    if not inspector:
        pytest.skip("the MCP inspector (npm @modelcontextprotocol/inspector) is not installed")
    command = [inspector, "--cli", sys.executable, "-m", "perfagent", "mcp"]

    def ask(*arguments):
        done = subprocess.run([*command, *arguments], cwd=where, env=gate.environment(), capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert {tool["name"] for tool in ask("--method", "tools/list")["tools"]} == TOOLS
    refused = ask("--method", "tools/call", "--tool-name", "get_summary", "--tool-arg", "run_id=nope")
    assert refused["isError"] is True
    diff = ask("--method", "tools/call", "--tool-name", "get_diff", "--tool-arg", "pr_number=0")
    assert "+It adds." in diff["structuredContent"]["diff"]
