"""Write once: after an answer that was lost, look before writing again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from perfagent.adapters.http import HttpError

T = TypeVar("T")


def write_once(write: Callable[[], T], *, already: Callable[[], T | None]) -> T:
    """`already` finds what an earlier `write` left, or None. A second lost answer is looked up too, then given up."""
    try:
        return write()
    except HttpError as error:
        if not error.maybe_applied:
            raise
    found = already()
    if found is not None:
        return found
    try:
        return write()
    except HttpError as error:
        if not error.maybe_applied:
            raise
        found = already()
        if found is None:
            raise
        return found
