"""A known secret leaves a text in every form; unknown ones by their shape; ordinary text stays."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from perfagent.text.redaction import MARK, Redactor

SECRET = "S3cr3t/Value+42=="
B64 = base64.b64encode

FORMS = {
    "plain": f"token is {SECRET} here",
    "base64": B64(SECRET.encode()).decode(),
    "base64 of user:secret": "Basic " + B64(f"bob:{SECRET}".encode()).decode(),
    "base64 shifted by one": B64(f"x{SECRET}tail".encode()).decode(),
    "base64 shifted by two": B64(f"xy{SECRET}tail".encode()).decode(),
    "base64 of the reversed": B64(SECRET[::-1].encode()).decode(),
    "urlsafe base64": base64.urlsafe_b64encode(f"??{SECRET}".encode()).decode(),
    "wrapped base64": "\n".join(B64(SECRET.encode()).decode()[i : i + 8] for i in range(0, 24, 8)),
    "hex": SECRET.encode().hex(),
    "upper hex with colons": SECRET.encode().hex(":").upper(),
    "hex escapes": "".join(f"\\x{b:02x}" for b in SECRET.encode()),
    "reversed": SECRET[::-1],
    "url-encoded": quote(SECRET, safe=""),
    "url-encoded twice": quote(quote(SECRET, safe=""), safe=""),
    "every byte url-encoded": "".join(f"%{b:02X}" for b in SECRET.encode()),
    "split over lines": SECRET[:6] + "\n" + SECRET[6:],
    "split by concatenation": f'"{SECRET[:6]}" + "{SECRET[6:]}"',
    "spaced": " ".join(SECRET),
    "zero-width": "\u200b".join(SECRET),
}


@pytest.mark.parametrize("name", FORMS)
def test_a_known_secret_is_found_in_the_form(name):
    out = Redactor([SECRET]).redact(f"before {FORMS[name]} after")
    assert MARK in out
    assert out.startswith("before ")
    assert out.endswith(" after")
    assert SECRET[:8] not in out


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "a1B2" * 9,
        "github_pat_11ABCDEFG0" + "x" * 30,
        "glpat-" + "abcDEF12_-" * 2,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdef",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "Authorization: Bearer abcdef0123",
        'headers = {"Authorization": "token abcdef0123"}',
        "PRIVATE-TOKEN: abcdef0123",
        "https://user:hunter22@example.net/path",
        "postgres://app:pa55word@db:5432/shop",
        "redis://:hunter22@cache:6379",
        "https://x.example/cb?access_token=abcdef0123",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----",
        'DB_PASSWORD = "correct-horse"',
        "AccountKey=abcdefghijklmnopqrstuvwxyz0123456789+/==",
        "Set-Cookie: session=abcdef0123",
        "ATATT3xFfGF0" + "a" * 40,
    ],
)
def test_a_token_is_known_by_its_shape(text):
    out = Redactor().redact(text)
    assert MARK in out
    for secret in ("abcdef0123", "hunter22", "pa55word", "correct-horse", "MIIE", "a1B2a1B2", "IOSFODNN7"):
        assert secret not in out


@pytest.mark.parametrize(
    "text",
    [
        "p95 of GET /cart went from 41 ms to 96 ms (+134 %)",
        "def authorize(user): return user.token",
        "password=form.password.data",
        "commit 3f786850e387550fdab836ed7e6dc881de23001b",
        "https://example.net/a?page=2",
        "the basic idea of a bearer bond",
        "risk-based ask-me-anything-about-it",
    ],
)
def test_ordinary_text_stays(text):
    assert Redactor([SECRET]).redact(text) == text


def test_short_secrets_are_redacted_only_as_words_and_tiny_ones_not_at_all():
    redactor = Redactor(["abcd", "ab", "", "  "])
    assert redactor.redact("abcd xabcdx ab") == f"{MARK} xabcdx ab"


def test_the_longer_of_two_secrets_wins():
    assert Redactor(["secret12", "secret12-long-one"]).redact("secret12-long-one") == MARK


def test_the_redactor_does_not_print_its_secrets():
    assert SECRET not in repr(Redactor([SECRET]))


@given(st.text(max_size=200))
def test_redacting_twice_changes_nothing_more(text):
    redactor = Redactor([SECRET])
    once = redactor.redact(text)
    assert redactor.redact(once) == once
