"""A loopback HTTP server that routes to a fake's methods, remembers every request, and breaks when told to."""

from __future__ import annotations

import json
import re
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.contracts.fakes.openapi import Contract


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body) if self.body else None


@dataclass
class Answer:
    status: int = 200
    json: Any = None
    text: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    unchecked: bool = False
    data: bytes | None = None

    def encoded(self) -> tuple[bytes, str]:
        if self.data is not None:
            return self.data, self.headers.pop("Content-Type", "application/octet-stream")
        if self.text is not None:
            return self.text.encode(), self.headers.pop("Content-Type", "text/plain; charset=utf-8")
        return (b"" if self.json is None else json.dumps(self.json).encode()), "application/json; charset=utf-8"


@dataclass
class Fault:
    """`kind`: `reset` (before the request is applied), `lost` (applied, then the connection breaks), `half` (applied, half an answer),
    `silence` (not applied, no answer), `late` (applied, no answer), `truncated` (applied, JSON cut off), or `answer` (`answer` instead)."""

    method: str
    path: str
    kind: str
    times: int = 1
    answer: Answer | None = None

    def meets(self, request: Request) -> bool:
        return self.times > 0 and self.method == request.method and re.search(self.path, request.path) is not None


Route = Callable[..., Answer]


def route(method: str, pattern: str) -> Callable[[Route], Route]:
    """The pattern's groups become the method's arguments, after the request."""

    def mark(function: Route) -> Route:
        function.route = (method, re.compile(pattern + "$"))  # type: ignore[attr-defined]
        return function

    return mark


class FakeService:
    """Subclasses have methods marked with `route`. `violations` collects what breaks the contract, on either side."""

    contract: Contract | None = None
    unchecked: tuple[str, ...] = ()
    """Patterns of paths that the contract document does not have although the service does."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.faults: list[Fault] = []
        self.violations: list[str] = []
        self.released = threading.Event()
        self._lock = threading.RLock()
        self._routes = [getattr(self, name) for name in dir(type(self)) if hasattr(getattr(type(self), name), "route")]
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._serving = threading.Thread(target=lambda: self._server.serve_forever(poll_interval=0.01), daemon=True)
        self._serving.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._serving.join(5)

    def before(self, request: Request) -> Answer | None:
        """Who asks, and may they? None to go on."""
        return None

    def count(self, method: str, path: str) -> int:
        return sum(1 for r in self.requests if r.method == method and re.search(path, r.path))

    def fault_for(self, request: Request) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.meets(request):
                    fault.times -= 1
                    return fault
        return None

    def handle(self, request: Request) -> Answer:
        with self._lock:
            try:
                wrong = self._wrong(request)
                if wrong:
                    self.violations += wrong
                    return Answer(status=422, json={"message": "; ".join(wrong)})
                answer = self._answer(request)
                self._judge(request, answer)
            except Exception as error:  # a fault of the fake, which must not look like one of the service
                self.violations.append(f"{request.method} {request.path}: the fake failed: {error!r}")
                raise
            return answer

    def _answer(self, request: Request) -> Answer:
        refused = self.before(request)
        if refused is not None:
            return refused
        for method in self._routes:
            verb, pattern = method.route
            found = pattern.match(request.path)
            if found and verb == request.method:
                return method(request, *(unquote(g) for g in found.groups()))
        return Answer(status=404, json={"message": "Not Found"}, unchecked=True)

    def _outside(self, request: Request) -> bool:
        return self.contract is None or any(re.search(pattern, request.path) for pattern in self.unchecked)

    def _wrong(self, request: Request) -> list[str]:
        if self.contract is None or self._outside(request):
            return []
        is_json = "json" in request.headers.get("content-type", "")
        return self.contract.request_problems(request.method, request.path, request.query, request.json if is_json else None)

    def _judge(self, request: Request, answer: Answer) -> None:
        if self.contract is None or self._outside(request) or answer.unchecked:
            return
        if answer.text is None and answer.json is not None:
            self.violations += self.contract.answer_problems(request.method, request.path, answer.status, answer.json)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is part of the tests."""


def _handler(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {k.lower(): v for k, v in self.headers.items()}
            request = Request(self.command, parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers, body)
            service.requests.append(request)
            fault = service.fault_for(request)
            if fault is None:
                self.answer(service.handle(request))
            else:
                self.fail(fault, request)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do  # noqa: N815

        def fail(self, fault: Fault, request: Request) -> None:
            if fault.kind == "answer":
                assert fault.answer is not None
                return self.answer(Answer(**vars(fault.answer)))
            answer = service.handle(request) if fault.kind in ("lost", "half", "late", "truncated") else None
            if fault.kind in ("reset", "lost"):
                return self.reset()
            if fault.kind in ("silence", "late"):
                service.released.wait(20)
                return self.reset()
            assert answer is not None
            content, kind = answer.encoded()
            cut = content[: len(content) // 2]
            self.start(answer, kind, len(content) if fault.kind == "half" else len(cut))
            self.wfile.write(cut)
            self.wfile.flush()
            if fault.kind == "half":
                self.reset()
            return None

        def answer(self, answer: Answer) -> None:
            content, kind = answer.encoded()
            self.start(answer, kind, len(content))
            self.wfile.write(content)

        def start(self, answer: Answer, kind: str, length: int) -> None:
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(length))
            self.end_headers()

        def reset(self) -> None:
            """RST, not FIN: as when a load balancer drops the connection."""
            self.close_connection = True
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    return Handler
