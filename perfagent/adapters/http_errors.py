"""What a request can end with when it did not end well, in words that name the request and never hold a secret."""

from __future__ import annotations

import base64
import email.utils
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from perfagent.errors import OptionalServiceError

Redact = Callable[[str], str]
_SECONDARY = re.compile(r"secondary rate limit|abuse detection|exceeded a rate limit", re.IGNORECASE)


class HttpError(OptionalServiceError):
    """`status` is None when no answer came. `maybe_applied`: a write may have reached the service although its answer did not
    reach us, so look before writing again. `transient`: trying again may help; `retry_after` is what the service asked for (s)."""

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        body: Any = None,
        transient: bool = False,
        maybe_applied: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.body = body
        self.transient = transient
        self.maybe_applied = maybe_applied
        self.retry_after = retry_after


def redactor(secrets: Iterable[str]) -> Redact:
    """Replaces each secret, also as it stands in a Basic header or a URL's user part, by `***`."""
    known = {s for s in secrets if len(s) >= 4}
    known |= {base64.b64encode(s.encode()).decode() for s in set(known)} | {base64.b64encode(f":{s}".encode()).decode() for s in set(known)}
    ordered = sorted(known, key=len, reverse=True)

    def redact(text: str) -> str:
        for secret in ordered:
            text = text.replace(secret, "***")
        text = re.sub(r"(?<=://)[^/\s@]+@", "***@", text)
        return re.sub(r"(?i)\b(bearer|basic|private-token:?|job-token:?)\s+[A-Za-z0-9._~+/=-]{8,}", r"\1 ***", text)

    return redact


def said_by_service(body: Any, *, limit: int = 300) -> str:
    """The service's own words, on one line: GitHub, GitLab, Azure DevOps, Bitbucket and Jira each name the field differently."""
    parts: list[str] = []

    def collect(value: Any, prefix: str = "") -> None:
        if isinstance(value, str):
            parts.append(f"{prefix}{value}")
        elif isinstance(value, Mapping):
            for key in ("message", "error", "error_description", "errorMessages", "errors", "detail", "code", "field"):
                if value.get(key):
                    collect(value[key])
            known = {"message", "error", "error_description", "errorMessages", "errors", "detail", "code", "field"}
            if not known & set(value):
                for key, inner in value.items():
                    collect(inner, prefix=f"{key}: ")
        elif isinstance(value, list):
            for inner in value[:5]:
                collect(inner, prefix)

    collect(body)
    text = re.sub(r"\s+", " ", "; ".join(dict.fromkeys(parts))).strip()
    return text if len(text) <= limit else text[: limit - 1] + "…"


def parsed(content: bytes) -> Any:
    """JSON, else None."""
    try:
        return json.loads(content)
    except ValueError:
        return None


def looks_like_html(content: bytes, content_type: str) -> bool:
    start = content[:200].lstrip().lower()
    return "text/html" in content_type or start.startswith((b"<!doctype", b"<html", b"<head", b"<body"))


def wait_asked_for(headers: Mapping[str, str], *, now: float) -> float | None:
    """Seconds, from `Retry-After` (seconds or a date), else from a used-up quota's reset time; None when nothing is said."""
    milliseconds = headers.get("retry-after-ms", "").strip()  # Azure OpenAI
    if milliseconds.isdigit():
        return int(milliseconds) / 1000
    asked = headers.get("retry-after", "").strip()
    if asked:
        try:
            return max(0.0, float(asked))
        except ValueError:
            date = email.utils.parsedate_tz(asked)
            if date:
                return max(0.0, email.utils.mktime_tz(date) - now)
    if headers.get("x-ratelimit-remaining", headers.get("ratelimit-remaining", "")).strip() == "0":
        reset = headers.get("x-ratelimit-reset", headers.get("ratelimit-reset", "")).strip()
        try:
            return max(0.0, float(reset) - now) + 1
        except ValueError:
            pass
        try:
            return max(0.0, datetime.fromisoformat(reset.replace("Z", "+00:00")).timestamp() - now) + 1
        except ValueError:
            return None
    return None


def is_limited(status: int, headers: Mapping[str, str], text: str) -> bool:
    """Too many requests; GitHub says so with 403 as well."""
    if status == 429:
        return True
    return status == 403 and (
        "retry-after" in headers or headers.get("x-ratelimit-remaining", "").strip() == "0" or bool(_SECONDARY.search(text[:2000]))
    )


def hint_for(error: HttpError, *, service: str, needs: str) -> str | None:
    """What to try. `needs` names the right that the request wants, as the service's own settings name it."""
    match error.status:
        case 401:
            return error.hint or f"the token for {service} is missing, wrong or expired: make a new one with {needs}"
        case 403:
            return error.hint or f"the token for {service} may not do this: give it {needs}"
        case 404:
            return f"it does not exist, or the token for {service} may not see it: check the address, and give the token {needs}"
        case _:
            return error.hint


@contextmanager
def asking(what: str, *, service: str, needs: str, foreign: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Names what was asked in whatever goes wrong inside. `foreign`: an SDK's own exceptions, which end here."""
    not_understood: tuple[type[Exception], ...] = (KeyError, TypeError, ValueError, AttributeError, AssertionError, IndexError, *foreign)
    try:
        yield
    except HttpError as error:
        raise HttpError(
            f"could not {what}: {error.message}",
            hint=hint_for(error, service=service, needs=needs),
            status=error.status,
            body=error.body,
            transient=error.transient,
            maybe_applied=error.maybe_applied,
            retry_after=error.retry_after,
        ) from error
    except OptionalServiceError:
        raise
    except not_understood as error:
        raise HttpError(
            f"could not {what}: {service} answered in a form that is not understood ({type(error).__name__})",
            hint=f"is the address of {service} right, and is its version supported?",
        ) from error
