"""Orders: placing one, and what a customer ordered before."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


class OutOfStock(Exception):
    """A product that is not there, or not in that quantity."""


@dataclass(frozen=True, kw_only=True)
class Order:
    id: int
    total_cents: int


def place(connection: sqlite3.Connection, customer_id: int, lines: Sequence[tuple[int, int]]) -> Order:
    """Take the stock and write the order; all or nothing, by the caller's transaction."""
    priced = []
    for product_id, quantity in lines:
        taken = connection.execute(
            "UPDATE products SET stock = stock - ? WHERE id = ? AND stock >= ? RETURNING price_cents", (quantity, product_id, quantity)
        ).fetchall()
        if not taken:
            raise OutOfStock(f"product {product_id} is not available {quantity} times")
        priced.append((product_id, quantity, taken[0]["price_cents"]))
    total = sum(quantity * price for _, quantity, price in priced)
    order_id: int = connection.execute(
        "INSERT INTO orders (customer_id, placed_on, total_cents) VALUES (?, date('now'), ?) RETURNING id", (customer_id, total)
    ).fetchall()[0]["id"]
    connection.executemany("INSERT INTO order_lines VALUES (?, ?, ?, ?)", [(order_id, *line) for line in priced])
    return Order(id=order_id, total_cents=total)


def history(connection: sqlite3.Connection, customer_id: int) -> dict[str, Any]:
    row = connection.execute(
        "SELECT count(*) AS orders, coalesce(sum(total_cents), 0) AS spent_cents FROM orders WHERE customer_id = ?", (customer_id,)
    ).fetchone()
    return dict(row)
