"""The application: `python -m uvicorn shop.app:app`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from shop import seed, settings
from shop.cache import Cache
from shop.db import Database, PoolTimeout
from shop.handlers import recommendations
from shop.routes import ROUTES


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    config = settings.load()
    path = seed.prepare(config.folder)
    app.state.settings = config
    app.state.cache = Cache(ttl=config.cache_ttl, max_entries=config.cache_entries)
    app.state.db = Database(path, pool_size=config.pool_size, max_connections=config.max_connections, timeout=config.pool_timeout)
    try:
        await recommendations.warm(app.state)
        yield
    finally:
        app.state.db.close()
        seed.discard(path)


async def busy(_request: Request, error: Exception) -> JSONResponse:
    return JSONResponse({"error": str(error)}, status_code=503)


app = Starlette(routes=ROUTES, lifespan=lifespan, exception_handlers={PoolTimeout: busy})
