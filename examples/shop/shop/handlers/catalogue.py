"""GET /products and GET /products/{id}"""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.handlers import parameters
from shop.store import products


async def list_products(request: Request) -> JSONResponse:
    state = request.app.state
    category = parameters.text(request, "category")
    page = parameters.number(request, "page", default=1, low=1, high=1000)
    found = await state.db.run(products.page_of_category, category, page, state.settings.page_size)
    return JSONResponse({"category": category, "page": page, "total": found.total, "products": found.items})


async def show_product(request: Request) -> JSONResponse:
    product = await request.app.state.db.run(products.find, request.path_params["product_id"])
    if product is None:
        raise HTTPException(404, "no such product")
    return JSONResponse(product)
