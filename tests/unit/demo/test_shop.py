"""The sample shop answers as its README says."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.unit.demo.shop_client import ORDER, REQUESTS, ROOT, shop


def copied(to: Path) -> Path:
    shutil.copytree(ROOT / "examples" / "shop", to, ignore=shutil.ignore_patterns("var", "__pycache__"))
    return to


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with shop(copied(tmp_path_factory.mktemp("shop") / "shop")) as client:
        yield client


@pytest.mark.parametrize("name", REQUESTS)
def test_every_endpoint_answers(client: TestClient, name: str) -> None:
    assert client.get(REQUESTS[name]).status_code == 200


def test_a_page_shows_the_most_popular_of_its_category(client: TestClient) -> None:
    page = client.get("/products?category=games").json()
    assert len(page["products"]) == 24
    assert page["total"] > 500
    assert client.get("/products?category=games&page=2").json()["products"] != page["products"]


def test_a_search_puts_products_with_all_words_first(client: TestClient) -> None:
    found = client.get("/search?q=small+lamp").json()["products"]
    hits = [product["hits"] for product in found]
    assert hits == sorted(hits, reverse=True)
    assert hits[0] == 2
    assert all(product["name"].startswith("small lamp") == (product["hits"] == 2) for product in found)


def test_a_cart_adds_up(client: TestClient) -> None:
    cart = client.get("/cart/6").json()
    assert cart["total_cents"] == sum(item["product"]["price_cents"] * item["quantity"] for item in cart["items"])
    assert len(cart["items"]) >= 40, "every sixth cart is a large one"


def test_an_order_takes_the_stock_and_joins_the_history(client: TestClient) -> None:
    stock = client.get("/products/17").json()["stock"]
    first = client.post("/orders", json=ORDER)
    assert first.status_code == 201
    second = client.post("/orders", json=ORDER).json()
    assert client.get("/products/17").json()["stock"] == stock - 4
    assert second["history"]["orders"] == first.json()["history"]["orders"] + 1


def test_an_order_that_cannot_be_filled_changes_nothing(client: TestClient) -> None:
    stock = client.get("/products/17").json()["stock"]
    refused = client.post("/orders", json={"customer": 7, "lines": [{"product": 17, "quantity": 1}, {"product": 18, "quantity": 10**9}]})
    assert refused.status_code == 409
    assert client.get("/products/17").json()["stock"] == stock


@pytest.mark.parametrize("path", ["/products", "/products?category=games&page=no", "/search?q=", "/recommendations"])
def test_a_bad_parameter_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize("path", ["/products/999999", "/cart/999999"])
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("body", ["", "{}", '{"customer": 1, "lines": []}', '{"customer": 1, "lines": 3}', "[1]"])
def test_a_bad_order_is_refused(client: TestClient, body: str) -> None:
    assert client.post("/orders", content=body).status_code == 400


def test_recommendations_come_from_the_cache(client: TestClient) -> None:
    state = client.app.state  # type: ignore[attr-defined]
    path = "/recommendations?category=games"
    before = client.get(path).json()
    state.cache.put(("trending", "games"), [{"id": 0, "name": "from the cache"}])
    assert client.get(path).json()["products"] == [{"id": 0, "name": "from the cache"}]
    assert before["products"]


def test_each_start_has_the_same_data_and_leaves_no_database_behind(tmp_path: Path) -> None:
    folder = copied(tmp_path / "shop")
    answers = []
    for _ in range(2):
        with shop(folder) as client:
            answers.append([client.get(path).json() for path in REQUESTS.values()])
            client.post("/orders", json=ORDER)
    assert answers[0] == answers[1]
    assert list((folder / "var").glob("shop-*")) == []


def test_the_scenario_names_only_endpoints_that_the_shop_has() -> None:
    script = (ROOT / "k6" / "shop.js").read_text(encoding="utf-8")
    routes = (ROOT / "examples" / "shop" / "shop" / "routes.py").read_text(encoding="utf-8")
    named = set(re.findall(r"'(?:GET|POST) (/[^']*)'", script))
    known = {re.sub(r"\{\w+:int\}", "{id}", path) for path in re.findall(r'Route\("([^"]+)"', routes)}
    assert len(named) >= 6
    assert named <= known
