"""Near misses: what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def near_miss(word: str, known: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The known word that `word` probably means."""
    names = {name.lower().replace("-", "_"): name for name in known}
    found = get_close_matches(word.lower().replace("-", "_"), names, n=1, cutoff=cutoff)
    return names[found[0]] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean X?`, or nothing."""
    match = near_miss(word, known)
    return f"; did you mean {match}?" if match else ""
