"""Words of the slow endpoints against words of the changes: BM25 over the sites of one diff."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from perfagent.agents.code.endpoints import words
from perfagent.agents.rules.changes import Site

_K1, _B = 1.2, 0.6  # lengths differ by a hundred; full normalisation would favour one-line hunks
_PATH, _NAME, _CHANGED, _CONTEXT = 2.0, 2.5, 1.0, 0.3


def document(site: Site) -> Counter[str]:
    """Weighted words of a site: where it is says more than what it says."""
    out: Counter[str] = Counter()

    def add(text: str, weight: float) -> None:
        for word in words(text):
            out[word] += weight  # type: ignore[assignment]

    add(site.path.rsplit(".", 1)[0], _PATH)
    add(f"{site.name} {site.function.owner if site.function else ''} {site.hunk.section[:200]}", _NAME)
    for line in site.lines:
        if not line.moved:
            add(line.text[:300], _CHANGED)
    for context in site.hunk.lines[:200]:
        if context.kind == " ":
            add(context.text[:200], _CONTEXT)
    return out


def query(weights: Mapping[str, float], unaffected: Sequence[str]) -> dict[str, float]:
    """Weighted words of texts (endpoints, handlers); words that unaffected endpoints share tell less."""
    common = {word for name in unaffected for word in words(name)}
    out: dict[str, float] = {}
    for text, weight in weights.items():
        for word in words(text):
            out[word] = max(out.get(word, 0.0), weight * (0.3 if word in common else 1.0))
    return out


def similarity(documents: Sequence[Counter[str]], wanted: Mapping[str, float]) -> list[float]:
    """For each document, the share in [0, 1] of the query it answers, rare words counting more."""
    if not wanted or not documents:
        return [0.0] * len(documents)
    count = len(documents)
    frequency = Counter(word for d in documents for word in d.keys() & wanted.keys())
    rarity = {word: math.log(1 + (count - frequency[word] + 0.5) / (frequency[word] + 0.5)) + 0.15 for word in wanted}
    mean = sum(math.fsum(d.values()) for d in documents) / count or 1.0
    best = sum(weight * rarity[word] for word, weight in wanted.items() if frequency[word]) or 1.0
    out = []
    for d in documents:
        length = math.fsum(d.values()) / mean
        score = 0.0
        for word in d.keys() & wanted.keys():
            tf = d[word]
            score += wanted[word] * rarity[word] * tf * (_K1 + 1) / (tf + _K1 * (1 - _B + _B * length)) / (_K1 + 1)
        out.append(min(1.0, 1.25 * score / best))
    return out
