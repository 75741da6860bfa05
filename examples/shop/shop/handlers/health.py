"""GET /healthz"""

from __future__ import annotations

import sqlite3

from starlette.requests import Request
from starlette.responses import JSONResponse


async def healthz(request: Request) -> JSONResponse:
    products = await request.app.state.db.run(_count)
    return JSONResponse({"status": "ok", "products": products})


def _count(connection: sqlite3.Connection) -> int:
    return connection.execute("SELECT count(*) FROM products").fetchone()[0]
