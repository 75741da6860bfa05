"""What was sold: the bestsellers of a category."""

from __future__ import annotations

import sqlite3
from typing import Any

TRENDING = """
SELECT p.id, p.name, p.price_cents, sum(l.quantity) AS sold
FROM products p
JOIN categories c ON c.id = p.category_id
JOIN order_lines l ON l.product_id = p.id
WHERE c.slug = ?
GROUP BY p.id ORDER BY sold DESC, p.id LIMIT 12
"""


def trending(connection: sqlite3.Connection, category: str) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(TRENDING, (category,))]
