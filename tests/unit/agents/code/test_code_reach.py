"""From an endpoint to changed code over a tree of files."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfagent.agents.code.handlers import find_handlers
from perfagent.agents.code.reach import Symbol, reach
from perfagent.agents.code.tree import SourceTree, index

FILES = {
    "app/routes.py": "from app import views\nurlpatterns = [\n    path('cart/', views.cart),\n    path('users/', views.users),\n]\n",
    "app/views.py": "from app import carts\n\ndef cart(request):\n    return carts.load_cart(request)\n\ndef users(request):\n    return []\n",
    "app/carts.py": "from app import prices\n\ndef load_cart(request):\n    return prices.price_of(request)\n",
    "app/prices.py": "def price_of(item):\n    return lookup_rate(item)\n\ndef lookup_rate(item):\n    return 1\n\ndef unused():\n    return 2\n",
}  # fmt: skip


@pytest.fixture
def tree(tmp_path: Path) -> SourceTree:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return SourceTree(tmp_path)


def _reach(tree: SourceTree, *symbols: Symbol):
    sources = index(tree, frozenset({"python"}))
    return reach(tree, sources, find_handlers(tree, sources, ["GET /cart", "GET /users"]), symbols)


def test_the_handler_itself_is_no_hop_away(tree):
    found = _reach(tree, Symbol(key=0, file="app/views.py", name="cart", start=3, end=4))
    assert {name: chain.hops for name, chain in found[0].items()} == {"GET /cart": 0}


def test_a_callee_of_a_callee_is_two_hops_away(tree):
    found = _reach(tree, Symbol(key=7, file="app/prices.py", name="price_of", start=1, end=2))
    assert found[7]["GET /cart"].hops == 2
    assert found[7]["GET /cart"].via == ("cart", "load_cart", "price_of")
    assert "GET /users" not in found[7]


def test_code_that_nothing_calls_is_not_reached(tree):
    assert _reach(tree, Symbol(key=1, file="app/prices.py", name="unused", start=7, end=8)).get(1, {}) == {}


def test_an_everyday_name_needs_its_class_or_module(tmp_path):
    files = {
        "a/views.py": "@app.get('/cart')\ndef cart():\n    return other.get(1)\n",
        "a/accounts.py": "def get(x):\n    return x\n",
    }
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    tree = SourceTree(tmp_path)
    sources = index(tree, frozenset({"python"}))
    handlers = find_handlers(tree, sources, ["GET /cart"])
    assert reach(tree, sources, handlers, [Symbol(key=0, file="a/accounts.py", name="get", start=1, end=2)]).get(0, {}) == {}


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", "link.py", "a\0b", ""])
def test_nothing_outside_the_tree_is_read(tmp_path, path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "outside.py").write_text("secret")
    (root / "link.py").symlink_to(tmp_path / "outside.py")
    assert SourceTree(root).read(path) is None
    assert list(SourceTree(root).sources(frozenset({"python"}))) == []


def test_huge_and_binary_files_are_left_out(tmp_path):
    (tmp_path / "big.py").write_text("x = 1\n" * 100_000)
    (tmp_path / "bin.py").write_bytes(b"\0\1\2")
    assert list(SourceTree(tmp_path).sources(frozenset({"python"}))) == []
