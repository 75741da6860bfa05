"""How one request is carried: bounded in time and attempts, polite to rate limits, and never a write sent twice blindly.

It is a transport adapter of `requests`, so that SDKs which take a session share it with our own REST calls.
Waits, limits and what is retried are in one place; no exception of requests or urllib3 leaves it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from perfagent.adapters.http_errors import HttpError, Redact, is_limited, looks_like_html, parsed, said_by_service, wait_asked_for
from perfagent.adapters.network import Limits, Pace

_REPEATABLE = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"})
# 520-524: the same faults, said by a proxy in front of the service.
_TRANSIENT = frozenset({408, 500, 502, 503, 504, 520, 521, 522, 523, 524})
# GitHub: at least one minute after a secondary limit that names no time.
_UNSAID_LIMIT_WAIT = 60.0


def repeatable(request: requests.PreparedRequest) -> bool:
    """May be sent again although the first one may have been applied."""
    return (request.method or "") in _REPEATABLE


class Transport(HTTPAdapter):
    """`host` is the only host it will talk to: tokens go nowhere else, whatever a link or a redirect says."""

    def __init__(
        self,
        *,
        service: str,
        host: str,
        limits: Limits,
        pace: Pace,
        redact: Redact,
        may_repeat: Callable[[requests.PreparedRequest], bool] = repeatable,
    ) -> None:
        super().__init__(max_retries=0)
        self._service = service
        self._host = host
        self._limits = limits
        self._pace = pace
        self._redact = redact
        self._may_repeat = may_repeat
        self._last_write: float | None = None
        self.deadline: float | None = None
        """Set by whoever starts an operation of several requests; in `pace.clock` seconds."""

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002  the body is always read here, under the deadline
        timeout: Any = None,  # noqa: ARG002  limits decide
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        self._refuse_other_hosts(request.url or "")
        end = self.deadline if self.deadline is not None else self._pace.clock() + self._limits.deadline
        options = {"verify": verify, "cert": cert, "proxies": proxies}
        for attempt in range(1, self._limits.attempts + 1):
            self._space_writes(request)
            try:
                return self._once(request, end, options)
            except HttpError as error:
                if not error.transient or (error.maybe_applied and not self._may_repeat(request)):
                    raise
                self._wait(error, attempt, end)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, request: requests.PreparedRequest, end: float, options: Mapping[str, Any]) -> requests.Response:
        left = end - self._pace.clock()
        if left <= 0:
            raise HttpError(f"{self._named(request)}: no time left", hint=f"{self._service} is slow or keeps failing; try again later")
        timeout = (min(self._limits.connect, left), min(self._limits.read, left))
        try:
            response = super().send(request, stream=True, timeout=timeout, **options)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise self._not_sent_or_lost(request, error) from None
        try:
            body = self._read(response, end)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise self._not_sent_or_lost(request, error) from None
        finally:
            response.close()
        response.raw = io.BytesIO(body)
        self._judge(request, response, body)
        return response

    def _read(self, response: requests.Response, end: float) -> bytes:
        chunks = bytearray()
        for chunk in response.raw.stream(65536, decode_content=True):
            chunks += chunk
            if len(chunks) > self._limits.max_bytes:
                raise HttpError(f"{self._named(response.request)}: the answer is larger than {self._limits.max_bytes} bytes")
            if self._pace.clock() > end:
                raise HttpError(f"{self._named(response.request)}: the answer came too slowly", maybe_applied=True)
        return bytes(chunks)

    def _judge(self, request: requests.PreparedRequest, response: requests.Response, body: bytes) -> None:
        """Returns for a good answer, or a redirect within the host; raises for everything else."""
        status, headers = response.status_code, {k.lower(): v for k, v in response.headers.items()}
        html = looks_like_html(body, headers.get("content-type", ""))
        if status == 203 or (300 <= status < 400 and self._leads_away(response)):
            raise self._sign_in_page(request, 401)
        if 300 <= status < 400:
            return
        if status < 300 and status != 202:
            self._judge_body(request, body, html=html)
            return
        if status == 202 and request.method != "GET":
            return
        document = parsed(body)
        words = said_by_service(document) or ("" if html else said_by_service(body[:300].decode("utf-8", "replace")))
        limited = is_limited(status, headers, body[:4000].decode("utf-8", "replace"))
        asked = wait_asked_for(headers, now=self._pace.now()) if limited or status == 503 else None
        refused_before_applying = limited or (status == 503 and asked is not None)
        reason = f" {response.reason}" if response.reason else ""
        raise HttpError(
            self._redact(f"{self._named(request)}: {status}{reason}{': ' + words if words else ''}"),
            status=status,
            body=document,
            transient=limited or status in _TRANSIENT or status == 202,
            maybe_applied=not refused_before_applying and status in _TRANSIENT,
            retry_after=_UNSAID_LIMIT_WAIT if limited and asked is None and status == 403 else asked,
            hint=f"{self._service} limits how often it may be asked; run again later, or with fewer jobs at once" if limited else None,
        )

    def _judge_body(self, request: requests.PreparedRequest, body: bytes, *, html: bool) -> None:
        accept = request.headers.get("Accept") or ""
        if "json" not in accept or not body or request.method == "HEAD":
            return
        if parsed(body) is not None or body.strip() == b"null":
            return
        if html:
            raise self._sign_in_page(request, 401)
        raise HttpError(
            f"{self._named(request)}: the answer is cut off, or not JSON",
            transient=True,
            maybe_applied=True,
            hint=f"something between here and {self._service} breaks its answers",
        )

    def _sign_in_page(self, request: requests.PreparedRequest, status: int) -> HttpError:
        return HttpError(
            f"{self._named(request)}: a web page came instead of JSON (a sign-in page?)",
            status=status,
            hint=f"the token for {self._service} is missing, wrong or expired, or the address is a web page's and not the API's",
        )

    def _leads_away(self, response: requests.Response) -> bool:
        target = urlsplit(response.headers.get("location", ""))
        other_host = bool(target.netloc) and target.netloc != self._host
        return other_host or any(word in target.path.lower() for word in ("sign_in", "signin", "login"))

    def _not_sent_or_lost(self, request: requests.PreparedRequest, error: Exception) -> HttpError:
        if isinstance(error, requests.exceptions.SSLError):
            return HttpError(
                f"{self._named(request)}: the certificate of {self._service} is not trusted",
                hint="set the CA bundle (REQUESTS_CA_BUNDLE) to a file that holds your own authority's certificate",
            )
        if isinstance(error, requests.exceptions.ProxyError):
            return HttpError(f"{self._named(request)}: the proxy does not answer", transient=True, hint="check HTTPS_PROXY and NO_PROXY")
        inner = error.args[0] if error.args else None
        reason = getattr(inner, "reason", inner)
        unsent = isinstance(error, requests.exceptions.ConnectTimeout) or isinstance(reason, urllib3.exceptions.NewConnectionError)
        if unsent:
            cause = "no connection"
        elif isinstance(error, (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError)):
            cause = f"no answer within {self._limits.read:g} s"
        else:
            cause = "the connection broke before the answer was complete"
        hint = f"is {self._host} up, and reachable from this job (proxy, firewall)?"
        return HttpError(f"{self._named(request)}: {cause}", transient=True, maybe_applied=not unsent, hint=hint)

    def _wait(self, error: HttpError, attempt: int, end: float) -> None:
        """Returns after the pause before the next attempt; raises when there is none, or no time for it."""
        if attempt >= self._limits.attempts:
            raise error
        pause = 0.5 * 2 ** (attempt - 1) * (0.5 + self._pace.jitter())
        if error.retry_after is not None:
            pause = error.retry_after + self._pace.jitter()
        left = end - self._pace.clock()
        if pause >= left or pause > self._limits.longest_wait:
            error.hint = f"{error.hint or ''} (it would have to wait {pause:.0f} s, with {max(left, 0):.0f} s left)".strip()
            raise error
        self._pace.sleep(pause)

    def _space_writes(self, request: requests.PreparedRequest) -> None:
        """GitHub asks for a second between writes."""
        if not self._limits.write_spacing or request.method in ("GET", "HEAD"):
            return
        now = self._pace.clock()
        if self._last_write is not None and now - self._last_write < self._limits.write_spacing:
            self._pace.sleep(self._limits.write_spacing - (now - self._last_write))
        self._last_write = self._pace.clock()

    def _refuse_other_hosts(self, url: str) -> None:
        netloc = urlsplit(url).netloc.rpartition("@")[2]
        if netloc != self._host:
            raise HttpError(
                self._redact(f"{self._service} pointed to another host, {netloc}, which is not asked"),
                hint=f"set the API address of {self._service} as the service itself names it",
            )

    def _named(self, request: requests.PreparedRequest) -> str:
        return self._redact(f"{self._service}: {request.method} {urlsplit(request.url or '').path}")
