"""GET /search"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.handlers import parameters
from shop.store import search


async def search_products(request: Request) -> JSONResponse:
    state = request.app.state
    words = parameters.text(request, "q").lower().split()[:4]
    found = await state.db.run(search.matching, words, state.settings.page_size)
    return JSONResponse({"query": words, "products": found})
