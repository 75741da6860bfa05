"""llama.cpp's own HTTP server, ready built (`xllamacpp`), in a process of its own: python llama_server.py MODEL.gguf CONTEXT KEY

Prints its address, and ends with its standard input. `AzurePaths` puts Azure's v1 paths and `api-key` header before it.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = "local-key-123456"


@contextmanager
def llama_server(model: Path, *, context: int = 8192) -> Iterator[str]:
    """The base address, without `/v1`."""
    command = ["nice", sys.executable, __file__, str(model), str(context), KEY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            address = next((line.split()[1] for line in process.stdout if line.startswith("listening ")), None)
            assert address is not None, f"the server ended with {process.wait()}"
            yield address
        finally:
            process.kill()


class AzurePaths(ThreadingHTTPServer):
    """`/openai/v1/X` with `api-key` becomes `/v1/X` with a bearer token; without the key it is 401."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Azure)
        self.target = target
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Azure(BaseHTTPRequestHandler):
    server: AzurePaths

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers.get("api-key") != KEY or not self.path.startswith("/openai/v1/"):
            self.answer(401, b'{"error": {"code": "401", "message": "Access denied due to invalid subscription key."}}')
            return
        url = self.server.target + self.path.removeprefix("/openai")
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
        try:
            with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as reply:  # noqa: S310 - loopback
                self.answer(reply.status, reply.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def _serve(model: str, context: int, key: str) -> None:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = model
    params.n_ctx = context
    params.n_parallel = 1
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [key]
    params.warmup = False
    server = xllamacpp.Server(params)
    print("listening", server.listening_address, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _serve(sys.argv[1], int(sys.argv[2]), sys.argv[3])
