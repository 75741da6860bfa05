"""A cache for results of async functions: least recently used goes first, and nothing lives longer than its time."""

from __future__ import annotations

import functools
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class Cache:
    def __init__(self, *, ttl: float, max_entries: int) -> None:
        self._ttl = ttl
        self._max_entries = max_entries
        self._entries: OrderedDict[Hashable, tuple[float, Any]] = OrderedDict()

    def get(self, key: Hashable) -> Any | None:
        found = self._entries.get(key)
        if found is None or found[0] < time.monotonic():
            return None
        self._entries.move_to_end(key)
        return found[1]

    def put(self, key: Hashable, value: Any) -> None:
        self._entries[key] = (time.monotonic() + self._ttl, value)
        self._entries.move_to_end(key)
        while len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)


def cached(function: Callable[..., Awaitable[T]]) -> Callable[..., Awaitable[T]]:
    """For `async def f(state, *key)`: the result is kept in `state.cache` under the function's name and its key."""

    @functools.wraps(function)
    async def wrapper(state: Any, *key: Hashable) -> T:
        full_key = (function.__qualname__, *key)
        value = state.cache.get(full_key)
        if value is None:
            value = await function(state, *key)
            state.cache.put(full_key, value)
        return value

    return wrapper
