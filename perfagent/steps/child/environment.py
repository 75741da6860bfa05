"""The environment a child process gets: named variables only, so that no secret of perfagent's leaks into code under test."""

from __future__ import annotations

from collections.abc import Mapping

_NAMES = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "VIRTUAL_ENV",
        "LD_LIBRARY_PATH",
        "JAVA_HOME",
        "GOPATH",
        "GOROOT",
        "GOCACHE",
        "GOMODCACHE",
        "NODE_PATH",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "NO_PROXY",
        "ALL_PROXY",
        "http_proxy",
        "https_proxy",
        "no_proxy",
        "all_proxy",
    }
)


def explicit(environ: Mapping[str, str], extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The harmless part of `environ` (paths, locale, proxies, certificates), then `extra`, which wins."""
    kept = {name: value for name, value in environ.items() if name in _NAMES}
    kept.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    return kept | dict(extra or {})
