from __future__ import annotations

import pytest

from perfagent.ingest.names import endpoint_name, path_pattern


@pytest.mark.parametrize(
    ("name", "method", "endpoint"),
    [
        ("GET /cart", "GET", "GET /cart"),
        ("/cart", "POST", "POST /cart"),
        ("checkout", "POST", "POST checkout"),
        ("get the cart", "GET", "get the cart"),
        ("http://shop:8080/users/42/cart?full=1", "GET", "GET /users/{id}/cart"),
        ("https://shop", "GET", "GET /"),
        ("http://shop/a#top", "GET", "GET /a"),
        ("${}/cart/${}", "POST", "POST /cart/${}"),
        ("http://shop/items/${}", "GET", "GET /items/${}"),
        ("cart", "", "cart"),
        ("", "GET", "GET"),
        ("", "", "other"),
    ],
)
def test_name_of_the_endpoint(name: str, method: str, endpoint: str) -> None:
    assert endpoint_name({"name": name, "method": method, "url": name})[0] == endpoint


def test_the_url_stands_in_for_a_missing_name() -> None:
    assert endpoint_name({"method": "GET", "url": "http://shop/x/7"}) == ("GET /x/{id}", True)


@pytest.mark.parametrize(
    "part",
    [
        "42",
        "-7",
        "2026-11-25",
        "550e8400-e29b-41d4-a716-446655440000",
        "507f1f77bcf86cd799439011",
        "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "dGhpcyBpcyBhIHRva2VuMTIz",
        "alice@example.com",
        "3f2a1b9c4d5e",
    ],
)
def test_identifiers_are_taken_out(part: str) -> None:
    assert path_pattern(f"/a/{part}/b") == ("/a/{id}/b", True)


@pytest.mark.parametrize("part", ["v1", "oauth2", "cart", "top-10", "checkout-page", "deadbeef", "index.html", "{id}"])
def test_words_stay(part: str) -> None:
    assert path_pattern(f"/a/{part}") == (f"/a/{part}", False)


@pytest.mark.parametrize(
    ("path", "pattern"), [("/order-12345", "/order-{id}"), ("/a.3f2a1b9c.js", "/a.{id}.js"), ("/img_2048.png", "/img_{id}.png")]
)
def test_identifiers_within_a_part_are_taken_out(path: str, pattern: str) -> None:
    assert path_pattern(path) == (pattern, True)
