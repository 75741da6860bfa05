"""Whether a target answers. Nothing secret is sent and nothing of the answer is used but its status, so certificates are not checked."""

from __future__ import annotations

import http.client
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any

_PROBE_TIMEOUT = 5.0
_GATEWAY_ERRORS = frozenset({502, 503, 504})  # a proxy that answers for a service which is not there


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


class Probe:
    """Asks `url` once per call; `proxies` are the proxy variables of the environment (none for a target on this machine)."""

    def __init__(self, url: str, *, any_answer: bool, proxies: Mapping[str, str] | None = None) -> None:
        self._url = url
        self._any_answer = any_answer
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        chosen = _proxies(proxies or {}, url)
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(chosen), urllib.request.HTTPSHandler(context=context), _NoRedirect
        )

    def __call__(self) -> str | None:
        """None when it is ready, else why not. Blocks for a few seconds at most."""
        request = urllib.request.Request(self._url, headers={"User-Agent": "perfagent-readiness"})  # noqa: S310 - http(s) by configuration
        try:
            with self._opener.open(request, timeout=_PROBE_TIMEOUT) as response:
                status = int(response.status)
        except urllib.error.HTTPError as error:
            status = error.code
            error.close()
        except urllib.error.URLError as error:
            return str(getattr(error.reason, "strerror", None) or error.reason)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return str(error) or type(error).__name__
        ready = status not in _GATEWAY_ERRORS if self._any_answer else 200 <= status < 400
        return None if ready else f"HTTP status {status}"


def _proxies(environ: Mapping[str, str], url: str) -> dict[str, str]:
    lower = {name.lower(): value for name, value in environ.items() if name.lower().endswith("_proxy") and value}
    proxies = {name.removesuffix("_proxy"): value for name, value in lower.items()}
    host = urllib.parse.urlsplit(url).netloc.rpartition("@")[2]
    bypass = urllib.request.proxy_bypass_environment(host, proxies)  # type: ignore[attr-defined]
    return {} if bypass else {scheme: address for scheme, address in proxies.items() if scheme in ("http", "https")}
