"""The carrying of requests itself: bounded, to one host only, nothing secret in a message."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from perfagent.adapters.http import Http, HttpError, Limits, Network
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.server import Answer, FakeService, Fault, Request, route

TOKEN = "very-secret-token-0123456789"


class Plain(FakeService):
    def __init__(self) -> None:
        self.pages = 3
        super().__init__()

    @route("GET", "/items")
    def items(self, request: Request) -> Answer:
        page = int(request.query.get("page", "1"))
        more = {"Link": f'<{self.url}/items?page={page + 1}>; rel="next"'} if page < self.pages else {}
        return Answer(json=[page], headers=more)

    @route("POST", "/items")
    def add(self, request: Request) -> Answer:
        return Answer(status=201, json={"ok": True})


@pytest.fixture
def plain() -> Iterator[Plain]:
    fake = Plain()
    yield fake
    fake.close()


def client(fake: FakeService, clock: FakeClock, **changes: Any) -> Http:
    limits = changes.pop("limits", Limits(connect=1, read=0.15, deadline=60, attempts=4))
    headers = {"Authorization": f"Bearer {TOKEN}"}
    return Http(fake.url, service="Plain", headers=headers, secrets=[TOKEN], limits=limits, pace=clock.pace(), **changes)


def test_all_pages_are_read(plain: Plain) -> None:
    assert list(client(plain, FakeClock()).by_link("/items")) == [1, 2, 3]


def test_a_link_or_redirect_to_another_host_gets_no_request_and_no_token(plain: Plain) -> None:
    other = Plain()
    try:
        link = {"Link": f'<{other.url}/items>; rel="next"'}
        plain.faults.append(Fault("GET", "/items", "answer", 1, Answer(json=[1], headers=link)))
        with pytest.raises(HttpError, match="another host"):
            list(client(plain, FakeClock()).by_link("/items"))
        plain.faults.append(Fault("GET", "/items", "answer", 1, Answer(status=302, text="", headers={"Location": f"{other.url}/items"})))
        with pytest.raises(HttpError):
            client(plain, FakeClock()).json("GET", "/items")
        assert other.requests == []
    finally:
        other.close()


@pytest.mark.parametrize(
    ("method", "kind", "sent"), [("GET", "lost", 2), ("POST", "lost", 1), ("POST", "silence", 1), ("POST", "truncated", 1)]
)
def test_only_what_may_be_repeated_is_repeated(plain: Plain, method: str, kind: str, sent: int) -> None:
    plain.faults.append(Fault(method, "/items", kind))
    http = client(plain, FakeClock())
    if method == "GET":
        http.json("GET", "/items")
    else:
        with pytest.raises(HttpError) as caught:
            http.json("POST", "/items", json={})
        assert caught.value.maybe_applied
    assert len(plain.requests) == sent


def test_a_post_that_was_refused_before_it_was_applied_is_repeated(plain: Plain) -> None:
    plain.faults.append(Fault("POST", "/items", "answer", 2, Answer(status=429, json={}, headers={"Retry-After": "3"})))
    clock = FakeClock()
    assert client(plain, clock).json("POST", "/items", json={}) == {"ok": True}
    assert clock.slept == [3.5, 3.5]


def test_retry_after_as_a_date_is_obeyed(plain: Plain) -> None:
    clock = FakeClock()
    clock.time = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT
    headers = {"Retry-After": "Fri, 15 Jan 2027 08:00:20 GMT"}
    plain.faults.append(Fault("GET", "/items", "answer", 1, Answer(status=503, text="", headers=headers)))
    client(plain, clock).json("GET", "/items")
    assert clock.slept == [20.5]


def test_pauses_grow_and_the_operation_ends_at_its_deadline(plain: Plain) -> None:
    plain.faults.append(Fault("GET", "/items", "answer", 1000, Answer(status=500, text="oops")))
    clock = FakeClock()
    http = client(plain, clock, limits=Limits(connect=1, read=0.15, deadline=30, attempts=50))
    with http.within(), pytest.raises(HttpError, match="500"):
        http.json("GET", "/items")
    assert clock.slept == sorted(clock.slept)
    assert sum(clock.slept) <= 30
    with http.within(5), pytest.raises(HttpError):
        http.json("GET", "/items")


def test_one_deadline_covers_all_requests_of_an_operation(plain: Plain) -> None:
    clock = FakeClock()
    http = client(plain, clock)
    with http.within(10):
        http.json("GET", "/items")
        clock.time += 11
        with pytest.raises(HttpError, match="no time left"):
            http.json("GET", "/items")
    assert http.json("GET", "/items") == [1]


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    """Each byte comes within the read time-out, so only the deadline ends it."""
    clock = FakeClock()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000000\r\n\r\n")
                try:
                    while True:
                        connection.sendall(b" " * 70_000)
                        clock.time += 7
                except OSError:
                    return

        thread = threading.Thread(target=drip)
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        http = Http(url, service="Plain", limits=Limits(connect=1, read=5, deadline=20, attempts=1), pace=clock.pace())
        with pytest.raises(HttpError, match="too slowly"):
            http.json("GET", "/x")
        thread.join(10)


def test_an_answer_beyond_the_limit_is_not_kept(plain: Plain) -> None:
    plain.faults.append(Fault("GET", "/items", "answer", 1, Answer(text="[" + "1," * 5000 + "1]")))
    http = client(plain, FakeClock(), limits=Limits(max_bytes=1000))
    with pytest.raises(HttpError, match="larger than 1000 bytes"):
        http.json("GET", "/items")


def test_the_services_words_are_kept_short_on_one_line_and_without_the_token(plain: Plain) -> None:
    words = f"no\n access\twith {TOKEN} " + "x" * 1000
    plain.faults.append(Fault("GET", "/items", "answer", 1, Answer(status=403, json={"message": words})))
    with pytest.raises(HttpError) as caught:
        client(plain, FakeClock()).json("GET", "/items")
    assert "no access with ***" in caught.value.message
    assert len(caught.value.message) < 420
    assert "\n" not in caught.value.message


def test_a_proxy_is_used_unless_the_host_is_exempt(plain: Plain) -> None:
    network = Network(proxies={"http": "http://user:proxy-secret@127.0.0.1:9"}, no_proxy="")
    with pytest.raises(HttpError, match="proxy") as caught:
        client(plain, FakeClock(), network=network, limits=Limits(connect=1, attempts=1)).json("GET", "/items")
    assert "proxy-secret" not in str(caught.value)
    exempt = Network(proxies=network.proxies, no_proxy="localhost,127.0.0.1")
    assert client(plain, FakeClock(), network=exempt).json("GET", "/items") == [1]


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(HttpError, match="not an http"):
        Http("gitlab.example/api", service="GitLab")


def test_a_certificate_of_an_unknown_authority_is_named(tmp_path: Any) -> None:
    """A plain-text server where TLS is expected stands in for any handshake that fails."""
    fake = Plain()
    try:
        http = Http(fake.url.replace("http://", "https://"), service="Plain", limits=Limits(connect=1, read=1, attempts=1))
        with pytest.raises(HttpError, match="certificate"):
            http.json("GET", "/items")
    finally:
        fake.close()
