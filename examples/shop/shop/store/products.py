"""Products: what a page of the catalogue, a product page and a cart show."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

DETAIL = """
SELECT p.id, p.name, p.description, p.price_cents, p.stock, c.slug AS category,
       (SELECT count(*) FROM reviews r WHERE r.product_id = p.id) AS reviews,
       (SELECT avg(r.rating) FROM reviews r WHERE r.product_id = p.id) AS rating
FROM products p JOIN categories c ON c.id = p.category_id
WHERE p.id IN ({ids})
"""


@dataclass(frozen=True, kw_only=True)
class Page:
    total: int
    items: list[dict[str, Any]]


def page_of_category(connection: sqlite3.Connection, slug: str, page: int, size: int) -> Page:
    """The most popular first; pages count from 1."""
    total = connection.execute(
        "SELECT count(*) FROM products p JOIN categories c ON c.id = p.category_id WHERE c.slug = ?", (slug,)
    ).fetchone()[0]
    rows = connection.execute(
        "SELECT p.id, p.name, p.price_cents, p.stock > 0 AS available FROM products p JOIN categories c ON c.id = p.category_id"
        " WHERE c.slug = ? ORDER BY p.popularity DESC LIMIT ? OFFSET ?",
        (slug, size, (page - 1) * size),
    )
    return Page(total=total, items=[dict(row) for row in rows])


def find(connection: sqlite3.Connection, product_id: int) -> dict[str, Any] | None:
    return find_many(connection, [product_id]).get(product_id)


def find_many(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """By id; ids that do not exist are left out."""
    marks = ", ".join("?" * len(ids))
    return {row["id"]: dict(row) for row in connection.execute(DETAIL.format(ids=marks), tuple(ids))}
