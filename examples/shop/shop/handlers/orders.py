"""POST /orders"""

from __future__ import annotations

import json
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.store import orders


async def place_order(request: Request) -> JSONResponse:
    state = request.app.state
    customer_id, lines = _order(await request.body(), max_lines=state.settings.max_lines)
    try:
        order = await state.db.write(orders.place, customer_id, lines)
    except orders.OutOfStock as error:
        raise HTTPException(409, str(error)) from error
    history = await state.db.run(orders.history, customer_id)
    receipt = {"id": order.id, "total_cents": order.total_cents, "currency": state.settings.currency, "history": history}
    return JSONResponse(receipt, status_code=201)


def _order(body: bytes, *, max_lines: int) -> tuple[int, list[tuple[int, int]]]:
    """The customer and (product, quantity) pairs, or an answer that says what is wrong."""
    try:
        document: dict[str, Any] = json.loads(body)
        customer_id = int(document["customer"])
        lines = [(int(line["product"]), int(line["quantity"])) for line in document["lines"]]
    except (ValueError, KeyError, TypeError) as error:
        raise HTTPException(400, "an order is {customer, lines: [{product, quantity}]}") from error
    if not 1 <= len(lines) <= max_lines:
        raise HTTPException(400, f"an order has 1 to {max_lines} lines, not {len(lines)}")
    return customer_id, lines
