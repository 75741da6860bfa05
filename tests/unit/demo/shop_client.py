"""The shop of any folder, in this process: no port, no second process."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from starlette.testclient import TestClient

ROOT = Path(__file__).parents[3]

REQUESTS = {
    "GET /healthz": "/healthz",
    "GET /products": "/products?category=games&page=2",
    "GET /products/{id}": "/products/17",
    "GET /search": "/search?q=small+lamp",
    "GET /recommendations": "/recommendations?category=games",
    "GET /cart/{id}": "/cart/6",
}
ORDER = {"customer": 7, "lines": [{"product": 17, "quantity": 2}, {"product": 18, "quantity": 1}]}


@contextmanager
def shop(folder: Path) -> Iterator[TestClient]:
    """Modules of another folder's shop are forgotten before and after."""
    _forget()
    sys.path.insert(0, str(folder))
    try:
        from shop.app import app  # type: ignore[import-not-found]

        with TestClient(app) as client:
            yield client
    finally:
        sys.path.remove(str(folder))
        _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name == "shop" or name.startswith("shop.")]:
        del sys.modules[name]
