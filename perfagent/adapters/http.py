"""The one door to HTTP services: base address, credentials, proxy and CA, paging. `transport` carries each request.

    http = Http("https://gitlab.example/api/v4", service="GitLab", headers={"PRIVATE-TOKEN": token}, secrets=[token])
    for note in http.by_link("/projects/7/merge_requests/1/notes"): ...

Every failure is an `HttpError`, which is an `OptionalServiceError`. One client serves one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from perfagent import __version__
from perfagent.adapters.http_errors import HttpError, asking, redactor
from perfagent.adapters.network import Limits, Network, Pace
from perfagent.adapters.transport import Transport, repeatable

__all__ = ["Http", "HttpError", "Limits", "Network", "Pace", "asking"]

_MAX_PAGES = 200


class Http:
    """`headers` go with every request (credentials among them), `secrets` are cut out of every message.

    `session` may be handed to an SDK. `base_url` has no trailing slash; paths begin with one.
    """

    def __init__(
        self,
        base_url: str,
        *,
        service: str,
        headers: Mapping[str, str] | None = None,
        secrets: Iterable[str] = (),
        network: Network | None = None,
        limits: Limits | None = None,
        pace: Pace | None = None,
        may_repeat: Callable[[requests.PreparedRequest], bool] = repeatable,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.service = service
        self.limits = limits or Limits()
        self.pace = pace or Pace()
        self.redact = redactor(secrets)
        network = network or Network()
        parts = urlsplit(self.base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise HttpError(
                self.redact(f"the address of {service}, {base_url!r}, is not an http(s) URL"), hint="give it as https://host/path"
            )
        host = parts.netloc.rpartition("@")[2]
        self._transport = Transport(
            service=service, host=host, limits=self.limits, pace=self.pace, redact=self.redact, may_repeat=may_repeat
        )
        self.session = requests.Session()
        self.session.trust_env = False  # no .netrc, and the environment is read by the caller
        self.session.proxies = network.proxies_for(self.base_url)
        self.session.verify = network.ca_bundle or True
        self.session.headers.update({"User-Agent": f"perfagent/{__version__}", "Accept": "application/json", **(headers or {})})
        self.session.mount("https://", self._transport)
        self.session.mount("http://", self._transport)

    @contextmanager
    def within(self, seconds: float | None = None) -> Iterator[None]:
        """All requests inside end within `seconds` (default: the limits' deadline) together; the outermost one counts."""
        if self._transport.deadline is not None:
            yield
            return
        self._transport.deadline = self.pace.clock() + (seconds or self.limits.deadline)
        try:
            yield
        finally:
            self._transport.deadline = None

    def send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        data: bytes | str | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """`path` is below the base address, or a whole URL of the same host."""
        return self.session.request(
            method,
            self.url(path),
            params=params,
            json=json,
            data=data,
            files=files,
            headers=headers,
            allow_redirects=method == "GET",
        )

    def json(self, method: str, path: str, **options: Any) -> Any:
        """The answer's document; None when the answer is empty."""
        response = self.send(method, path, **options)
        return response.json() if response.content else None

    def text(self, path: str, *, accept: str, **options: Any) -> str:
        response = self.send("GET", path, headers={"Accept": accept}, **options)
        return response.content.decode("utf-8", "replace")

    def by_link(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Any]:
        """Items of all pages, following `Link: <...>; rel="next"` (GitHub, GitLab)."""
        response = self.send("GET", path, params={"per_page": 100, **(params or {})})
        for _ in range(_MAX_PAGES):
            yield from response.json()
            following = response.links.get("next", {}).get("url")
            if not following:
                return
            response = self.send("GET", following)

    def by_body(self, path: str, params: Mapping[str, Any] | None = None, *, items: str, next_key: str = "next") -> Iterator[Any]:
        """Items of all pages, where each answer holds the next page's URL under `next_key` (Bitbucket)."""
        page = self.json("GET", path, params=params)
        for _ in range(_MAX_PAGES):
            yield from page[items]
            if not page.get(next_key):
                return
            page = self.json("GET", page[next_key])

    def url(self, path: str) -> str:
        if path.startswith(("http://", "https://")):
            return path
        return urljoin(self.base_url + "/", path.lstrip("/"))
