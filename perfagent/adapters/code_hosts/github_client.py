"""PyGithub on our own transport: its objects and paging, our time limits, retries, redaction and single host."""

from __future__ import annotations

import threading
from typing import Any, cast

import github
import requests
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.adapters.http import Http
from perfagent.adapters.transport import repeatable

_API_VERSION = "2022-11-28"
_INJECTION = threading.Lock()


def _may_repeat(request: requests.PreparedRequest) -> bool:
    """A check run's update appends annotations, so it is not safe to repeat."""
    return repeatable(request) and not (request.method == "PATCH" and "/check-runs/" in (request.url or ""))


def http_for(access: HostAccess, *, base_url: str | None = None) -> Http:
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": _API_VERSION}
    if access.token:
        headers["Authorization"] = f"Bearer {access.token}"
    return Http(
        base_url or access.api_url or "https://api.github.com",
        service="GitHub",
        headers=headers,
        secrets=[access.token],
        network=access.network,
        limits=access.limits,
        pace=access.pace,
        may_repeat=_may_repeat,
    )


def github_on(http: Http) -> github.Github:
    """Lazy, unthrottled and without retries of its own: the transport does that. The token is in the session's headers."""

    class Connection(HTTPSRequestsConnectionClass):
        """What PyGithub takes for a connection, sending through `http`."""

        def __init__(self, host: str, port: int | None = None, **_options: Any) -> None:
            self.host = host
            self.port = port or 443

        def getresponse(self) -> RequestsResponse:
            scheme, _, rest = http.base_url.partition("://")
            url = f"{scheme}://{rest.partition('/')[0]}{self.url}"
            answer = http.session.request(self.verb, url, headers=self.headers, data=self.input, allow_redirects=False)
            return RequestsResponse(answer)

        def close(self) -> None:
            """The session outlives it."""

    # The classes are read when the client is made and kept by it; other users of PyGithub in this process get their own back.
    with _INJECTION:
        Requester.injectConnectionClasses(cast(type[HTTPRequestsConnectionClass], Connection), Connection)
        try:
            return github.Github(
                base_url=http.base_url,
                user_agent=str(http.session.headers["User-Agent"]),
                per_page=100,
                retry=None,
                seconds_between_requests=None,
                seconds_between_writes=None,
                lazy=True,
                api_version=_API_VERSION,
            )
        finally:
            Requester.resetConnectionClasses()
