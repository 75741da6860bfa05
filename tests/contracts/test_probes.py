"""What `doctor` asks of services, against a loopback server that answers as each service documents."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from perfagent.adapters import probes
from perfagent.adapters.http import HttpError, Network

NET = Network()


class Service(ThreadingHTTPServer):
    """`answers` maps a path (without query) to (status, headers, body); `asked` are the requests' paths and headers."""

    daemon_threads = True

    def __init__(self, answers: dict[str, tuple[int, dict[str, str], Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, body = self.server.answers.get(self.path.partition("?")[0], (404, {}, {"message": "Not Found"}))
        data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_arguments: Any) -> None:
        """Quiet."""


@pytest.fixture
def service() -> Iterator[Callable[[dict[str, Any]], Service]]:
    running: list[Service] = []

    def start(answers: dict[str, Any]) -> Service:
        server = Service({path: a if isinstance(a, tuple) else (200, {}, a) for path, a in answers.items()})
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


Start = Callable[[dict[str, Any]], Service]


@pytest.mark.parametrize(
    ("scopes", "private", "missing"),
    [("repo, gist", True, False), ("public_repo", False, False), ("public_repo", True, True), ("gist", False, True), ("", True, False)],
)
def test_github_tells_a_classic_tokens_scopes(service: Start, scopes: str, private: bool, missing: bool) -> None:
    server = service({"/repos/acme/shop": (200, {"X-OAuth-Scopes": scopes} if scopes else {}, {"private": private})})
    access = probes.github(server.url, "acme/shop", "t0ken", NET)
    assert bool(access.missing) is missing
    assert server.asked[0][1]["Authorization"] == "Bearer t0ken"


def test_a_refused_token_is_an_error_that_does_not_show_it(service: Start) -> None:
    server = service({"/repos/acme/shop": (401, {}, {"message": "Bad credentials s3cret-token"})})
    with pytest.raises(HttpError) as caught:
        probes.github(server.url, "acme/shop", "s3cret-token", NET)
    assert "401" in str(caught.value)
    assert "s3cret-token" not in str(caught.value)


def test_gitlab_tells_scopes_role_and_expiry(service: Start) -> None:
    server = service(
        {
            "/projects/acme%2Fshop": {
                "path_with_namespace": "acme/shop",
                "permissions": {"project_access": {"access_level": 20}, "group_access": None},
            },
            "/personal_access_tokens/self": {"scopes": ["read_api"], "expires_at": "2027-01-01"},
        }
    )
    access = probes.gitlab(server.url, "acme/shop", "t", NET)
    assert access.missing == ("the scope api (comment, status)", "the role developer (status)")
    assert "as reporter; scopes read_api, until 2027-01-01" in access.detail


def test_azure_is_asked_for_the_repository_by_id(service: Start) -> None:
    server = service({"/p-1/_apis/git/repositories/r-1": {"name": "shop"}})
    assert probes.azure_devops(server.url, "p-1", "r-1", "t", NET).detail.startswith("reads shop")
    assert "api-version=7.1" in server.asked[0][0]


def test_azures_sign_in_page_is_no_success(service: Start) -> None:
    server = service({"/p-1/_apis/git/repositories/r-1": (203, {"Content-Type": "text/html"}, "<html>Sign in</html>")})
    with pytest.raises(HttpError):
        probes.azure_devops(server.url, "p-1", "r-1", "t", NET)


def test_bitbucket_tells_scopes(service: Start) -> None:
    server = service({"/repositories/acme/shop": (200, {"X-OAuth-Scopes": "repository"}, {})})
    assert probes.bitbucket(server.url, "acme/shop", "t", NET).missing == ("the scope pullrequest:write",)


def test_jira_tells_who_we_are_and_which_right_is_missing(service: Start) -> None:
    server = service(
        {
            "/rest/api/3/myself": {"displayName": "Bot"},
            "/rest/api/3/mypermissions": {
                "permissions": {"CREATE_ISSUES": {"havePermission": True}, "ADD_COMMENTS": {"havePermission": False}}
            },
        }
    )
    access = probes.jira(server.url, flavor="cloud", email="bot@acme.example", project="PERF", token="t", network=NET)
    assert access == probes.Access(detail="is Bot; project PERF", missing=("ADD_COMMENTS", "CREATE_ATTACHMENTS"))
    assert server.asked[0][1]["Authorization"] == "Basic " + base64.b64encode(b"bot@acme.example:t").decode()
    assert "projectKey=PERF" in server.asked[1][0]


def test_jira_data_center_takes_a_bearer_token_and_the_older_api(service: Start) -> None:
    server = service({"/rest/api/2/myself": {"name": "bot"}, "/rest/api/2/mypermissions": {"permissions": {}}})
    assert probes.jira(server.url, flavor="datacenter", email="", project="P", token="pat", network=NET).detail == "is bot; project P"
    assert server.asked[0][1]["Authorization"] == "Bearer pat"


def test_prometheus_and_loki_are_asked_with_their_tenant(service: Start) -> None:
    server = service({"/api/v1/status/buildinfo": {"data": {"version": "3.6.0"}}, "/loki/api/v1/labels": {"data": ["app", "level"]}})
    assert probes.prometheus(server.url, "team-a", NET).detail == "version 3.6.0"
    assert probes.loki(server.url, "team-a", NET).detail == "2 labels in the last hours"
    assert [headers["X-Scope-OrgID"] for _, headers in server.asked] == ["team-a", "team-a"]


def test_ollama_tells_whether_the_model_is_pulled(service: Start) -> None:
    server = service({"/api/tags": {"models": [{"name": "llama3.1:latest"}]}})
    assert probes.ollama(server.url, "llama3.1", NET).missing == ()
    assert probes.ollama(server.url, "qwen3", NET).missing == ("the model qwen3 (`ollama pull qwen3`)",)


def test_a_compatible_endpoint_that_does_not_list_the_model_is_only_told(service: Start) -> None:
    server = service({"/models": {"data": [{"id": "gpt-x"}]}})
    assert probes.openai(server.url, "gpt-x", "k", NET) == probes.Access(detail="answers")
    other = probes.openai(server.url, "my-deployment", "k", NET)
    assert "my-deployment is not among the 1 that it lists" in other.detail
    assert other.missing == ()


@pytest.mark.parametrize("body", ["[]", '"text"', "null", '{"permissions": []}'])
def test_an_answer_of_another_shape_breaks_nothing(service: Start, body: str) -> None:
    server = service({"/repos/a/b": (200, {}, body)})
    assert probes.github(server.url, "a/b", "t", NET).detail.startswith("reads a/b")
