"""GET /recommendations"""

from __future__ import annotations

from typing import Any

from starlette.datastructures import State
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop.cache import cached
from shop.handlers import parameters
from shop.seed import CATEGORIES
from shop.store import sales


@cached
async def trending(state: State, category: str) -> list[dict[str, Any]]:
    """What sells best in a category. Orders change it slowly, so minutes-old is fine."""
    return await state.db.run(sales.trending, category)


async def list_recommendations(request: Request) -> JSONResponse:
    category = parameters.text(request, "category")
    return JSONResponse({"category": category, "products": await trending(request.app.state, category)})


async def warm(state: State) -> None:
    """Load every category before the first visitor asks."""
    for category in CATEGORIES:
        await trending(state, category)
