"""GET /cart/{id}"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.store import carts, products


async def show_cart(request: Request) -> JSONResponse:
    db = request.app.state.db
    cart_id = request.path_params["cart_id"]
    lines = await db.run(carts.lines, cart_id)
    if not lines:
        raise HTTPException(404, "no such cart")
    catalogue = await db.run(products.find_many, [line.product_id for line in lines])
    items = []
    for line in lines:
        product = catalogue[line.product_id]
        items.append({"product": product, "quantity": line.quantity, "price_cents": product["price_cents"] * line.quantity})
    total = sum(item["price_cents"] for item in items)
    return JSONResponse({"id": cart_id, "items": items, "total_cents": total, "currency": request.app.state.settings.currency})
