"""The little that a baseline store asks of a place to keep bytes in: a folder, a bucket, a container."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


class ConflictError(Exception):
    """A conditional write met another version than it expected: somebody else wrote in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """`version` is opaque and changes with every write."""

    data: bytes
    version: str


class Blobs(Protocol):
    """Names are relative, with `/`. Each method raises UnavailableError when the place cannot be reached, read or written."""

    where: str
    """For people: the folder or address."""

    def get(self, name: str) -> Blob | None:
        """None when there is no such blob."""
        ...

    def put(self, name: str, data: bytes) -> None:
        """Whole or not at all, whatever was there."""
        ...

    def swap(self, name: str, data: bytes, *, expected: str | None) -> None:
        """As put, but only while the version is `expected` (None: while there is none); else ConflictError."""
        ...

    def names(self, prefix: str) -> Iterator[str]: ...

    def delete(self, names: Sequence[str]) -> None:
        """Those that are not there are no error."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Keeps other writers out where the place can; where it cannot, `swap` alone tells that one came."""
        ...
