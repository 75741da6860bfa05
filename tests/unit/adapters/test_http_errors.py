from __future__ import annotations

import base64

import pytest

from perfagent.adapters.http_errors import HttpError, asking, is_limited, redactor, said_by_service, wait_asked_for
from perfagent.errors import OptionalServiceError

NOW = 1_800_000_000.0


@pytest.mark.parametrize(
    "text",
    [
        "token s3cret-token-value sent",
        f"Authorization: Basic {base64.b64encode(b'bot@acme.example:s3cret-token-value').decode()}",
        f"Authorization: Basic {base64.b64encode(b':s3cret-token-value').decode()}",
        "https://user:s3cret-token-value@host/path",
        "Authorization: Bearer another-token-entirely",
        "private-token: another-token-entirely",
    ],
)
def test_no_secret_is_left(text: str) -> None:
    clean = redactor(["s3cret-token-value", "bot@acme.example:s3cret-token-value"])(text)
    assert "s3cret-token-value" not in clean
    assert "another-token-entirely" not in clean
    assert "***" in clean
    assert base64.b64encode(b"bot@acme.example:s3cret-token-value").decode() not in clean


def test_text_without_secrets_stays() -> None:
    assert redactor(["", "abc"])("abc at https://host/path is fine") == "abc at https://host/path is fine"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"message": "Validation Failed", "errors": [{"field": "body", "code": "too_long"}]}, "Validation Failed; too_long; body"),
        ({"message": {"description": ["is too long"]}}, "description: is too long"),
        ({"error": "insufficient_scope", "error_description": "needs api"}, "insufficient_scope; needs api"),
        ({"type": "error", "error": {"message": "Token is invalid"}}, "Token is invalid"),
        ({"errorMessages": ["gone"], "errors": {"summary": "is required"}}, "gone; summary: is required"),
        (None, ""),
        ([], ""),
    ],
)
def test_each_services_words_are_found(body: object, words: str) -> None:
    assert said_by_service(body) == words


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "12"}, 12.0),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "tomorrow"}, None),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW) + 30)}, 31.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2027-01-15T08:00:10Z"}, 11.0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "?"}, None),
        ({"x-ratelimit-remaining": "7", "x-ratelimit-reset": str(int(NOW) + 30)}, None),
        ({}, None),
    ],
)
def test_the_wait_that_is_asked_for(headers: dict[str, str], seconds: float | None) -> None:
    assert wait_asked_for(headers, now=NOW) == seconds


def test_a_403_is_a_limit_only_when_it_says_so() -> None:
    assert is_limited(403, {}, "You have exceeded a secondary rate limit")
    assert is_limited(403, {"x-ratelimit-remaining": "0"}, "")
    assert is_limited(403, {"retry-after": "5"}, "")
    assert not is_limited(403, {"x-ratelimit-remaining": "55"}, "Resource not accessible by integration")
    assert is_limited(429, {}, "")


def test_what_was_asked_and_the_missing_right_are_named() -> None:
    with pytest.raises(OptionalServiceError) as caught, asking("post", service="GitHub", needs="`issues: write`"):
        raise HttpError("GitHub: POST /x: 403", status=403)
    assert caught.value.message == "could not post: GitHub: POST /x: 403"
    assert "`issues: write`" in str(caught.value.hint)


def test_an_sdks_own_exception_ends_at_the_edge() -> None:
    class SdkError(Exception):
        pass

    with (
        pytest.raises(OptionalServiceError, match=r"not understood \(SdkError\)"),
        asking("post", service="X", needs="y", foreign=(SdkError,)),
    ):
        raise SdkError("with a secret inside")
    with pytest.raises(ZeroDivisionError), asking("post", service="X", needs="y"):
        _ = 1 / 0
