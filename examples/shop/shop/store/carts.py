"""Carts."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CartLine:
    product_id: int
    quantity: int


def lines(connection: sqlite3.Connection, cart_id: int) -> list[CartLine]:
    rows = connection.execute("SELECT product_id, quantity FROM cart_lines WHERE cart_id = ? ORDER BY product_id", (cart_id,))
    return [CartLine(product_id=row["product_id"], quantity=row["quantity"]) for row in rows]
