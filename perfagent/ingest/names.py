"""How a request gets its endpoint's name.

The script's `name` tag is used as it is, with the method in front. A request without one carries its URL as name: it is named by method
and path, without host (both sides differ there) and query, and with the parts that look like identifiers replaced by `{id}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT"})
OTHER = "other"  # where requests go once there are too many endpoints

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_TEMPLATE_HOST = "${}"  # http.url`${BASE}/cart/${id}` reaches the tags as "${}/cart/${}"
_UUID = r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
_WHOLE = re.compile(
    rf"(?:[+-]?\d+(?:[.,:_-]\d+)*"  # 7, 2026-11-25, 12.50
    rf"|{_UUID}"
    r"|(?=[^/]*\d)[0-9A-HJKMNP-TV-Z]{26}"  # ULID
    r"|(?=[^/]*\d)(?=[^/]*[A-Za-z])[A-Za-z0-9_-]{20,}={0,2}"  # random tokens, base64url, KSUID, Mongo's ObjectId
    r"|[^/@]+@[^/@]+\.[^/@]+)"  # e-mail address
)
_WITHIN = re.compile(rf"(?<![A-Za-z0-9])(?:{_UUID}|\d{{3,}}|(?=[0-9a-fA-F]*\d)[0-9a-fA-F]{{8,}})(?![A-Za-z0-9])")


def endpoint_name(tags: Mapping[str, str]) -> tuple[str, bool]:
    """The name, and whether a URL had to be grouped (identifiers or a query taken out) to get it."""
    method = tags.get("method", "")
    name = tags.get("name", "") or tags.get("url", "")
    grouped = False
    match = _URL.match(name)
    if match is not None or name.startswith(_TEMPLATE_HOST + "/"):
        name, grouped = path_pattern(name[match.end() if match else len(_TEMPLATE_HOST) :])
    if not name:
        return method or OTHER, False
    if not method or name.split(None, 1)[0].upper() in METHODS:
        return name, grouped
    return f"{method} {name}", grouped


def path_pattern(path: str) -> tuple[str, bool]:
    """`/users/42/cart?full=1` becomes `/users/{id}/cart`; the flag says whether anything was taken out."""
    bare = path.split("#", 1)[0].split("?", 1)[0] or "/"
    pattern = "/".join("{id}" if _WHOLE.fullmatch(part) else _WITHIN.sub("{id}", part) for part in bare.split("/"))
    return pattern, pattern != (path or "/")
