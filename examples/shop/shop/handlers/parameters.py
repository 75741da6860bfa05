"""Query parameters with a clear answer when they are wrong."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request


def text(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if not value:
        raise HTTPException(400, f"the parameter {name!r} is missing")
    return value


def number(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    value = request.query_params.get(name)
    if value is None:
        return default
    if not value.isdigit() or not low <= int(value) <= high:
        raise HTTPException(400, f"the parameter {name!r} must be a number from {low} to {high}, not {value!r}")
    return int(value)
