"""SQLite behind a pool of connections and a bounded pool of threads, so that a query never blocks the event loop."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class PoolTimeout(Exception):
    """No connection became free in time."""


class Database:
    """`run` and `write` call a function with a pooled connection in a thread; `write` inside one transaction.

    Up to `max_connections` queries run at once. `pool_size` connections stay open between queries; `timeout` is in seconds.
    """

    def __init__(self, path: Path, *, pool_size: int, max_connections: int, timeout: float) -> None:
        self._path = path
        self._pool_size = pool_size
        self._timeout = timeout
        self._free = threading.Semaphore(max_connections)
        # The connection used last comes first: it has the warmest page cache.
        self._idle = [_connect(path) for _ in range(pool_size)]
        self._executor = ThreadPoolExecutor(max_workers=max_connections, thread_name_prefix="query")

    async def run(self, query: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def call() -> T:
            connection = self._acquire()
            try:
                return query(connection, *args, **kwargs)
            finally:
                self._release(connection)

        return await asyncio.get_running_loop().run_in_executor(self._executor, call)

    async def write(self, change: Callable[Concatenate[sqlite3.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        def transaction(connection: sqlite3.Connection) -> T:
            connection.execute("BEGIN IMMEDIATE")
            try:
                result = change(connection, *args, **kwargs)
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            return result

        return await self.run(transaction)

    def close(self) -> None:
        self._executor.shutdown(wait=True)
        for connection in self._idle:
            connection.close()

    def _acquire(self) -> sqlite3.Connection:
        if not self._free.acquire(timeout=self._timeout):
            raise PoolTimeout(f"no connection became free within {self._timeout} s")
        try:
            return self._idle.pop()
        except IndexError:
            return _connect(self._path)

    def _release(self, connection: sqlite3.Connection) -> None:
        if len(self._idle) < self._pool_size:
            self._idle.append(connection)
        else:
            connection.close()
        self._free.release()


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    connection.row_factory = sqlite3.Row
    # A commit in WAL mode with NORMAL waits for no disk; the newest orders may be lost with the power, never the file.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -16000")
    return connection
