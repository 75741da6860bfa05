"""Search by words: each product has its terms in `search_terms`."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any


def matching(connection: sqlite3.Connection, words: Sequence[str], limit: int) -> list[dict[str, Any]]:
    """Products that have the words as terms, those that have most of them first."""
    marks = ", ".join("?" * len(words))
    rows = connection.execute(
        "SELECT p.id, p.name, p.price_cents, count(*) AS hits FROM search_terms t JOIN products p ON p.id = t.product_id"
        f" WHERE t.term IN ({marks}) GROUP BY p.id ORDER BY hits DESC, max(t.weight) DESC LIMIT ?",
        (*words, limit),
    )
    return [dict(row) for row in rows]
