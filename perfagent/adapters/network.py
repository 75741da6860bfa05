"""How far a request may go and how long it may take: addresses, proxies, certificates, time limits, clock."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

_CA_VARIABLES = ("perfagent_ca_bundle", "requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """`proxies` maps a scheme (`http`, `https`) to a proxy address; `no_proxy` is the usual comma-separated list; `ca_bundle` a file."""

    proxies: Mapping[str, str] = field(default_factory=dict)
    no_proxy: str = ""
    ca_bundle: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Network:
        """From the variables that curl, git and requests read (`HTTPS_PROXY`, `NO_PROXY`, `REQUESTS_CA_BUNDLE`, ...)."""
        found = {k.lower(): v for k, v in environ.items() if v}
        everything = found.get("all_proxy")
        proxies = {scheme: found.get(f"{scheme}_proxy") or everything for scheme in ("http", "https")}
        return cls(
            proxies={scheme: proxy for scheme, proxy in proxies.items() if proxy},
            no_proxy=found.get("no_proxy", ""),
            ca_bundle=next(
                (found[n] for n in ("perfagent_ca_bundle", "requests_ca_bundle", "curl_ca_bundle", "ssl_cert_file") if n in found), None
            ),
        )

    def proxies_for(self, url: str) -> dict[str, str]:
        """Empty where `no_proxy` names the host, a domain it lies in, or `*`."""
        host = (urlsplit(url).hostname or "").lower()
        for entry in self.no_proxy.replace(" ", ",").split(","):
            name = entry.strip().lower().split(":")[0].removeprefix("*").removeprefix(".")
            if entry.strip() == "*" or (name and (host == name or host.endswith("." + name))):
                return {}
        return dict(self.proxies)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Seconds, attempts and bytes. `deadline` covers one whole operation (all pages, all attempts, all waiting).

    150 s leaves room for one wait of a minute, which is what GitHub's secondary limit and GitLab's note limit ask for.
    A service that asks for a pause longer than `longest_wait` is not asked again.
    """

    connect: float = 6.0
    read: float = 30.0
    deadline: float = 150.0
    attempts: int = 5
    write_spacing: float = 0.0
    longest_wait: float = float("inf")
    max_bytes: int = 64 * 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """The clock, replaced in tests. `clock` is monotonic seconds, `now` seconds since 1970, `jitter` uniform in [0, 1)."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    jitter: Callable[[], float] = random.random
