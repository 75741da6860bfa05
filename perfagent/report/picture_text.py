"""Text that the fonts shipped with matplotlib can draw: nothing invisible, no mathematics, no missing glyphs."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from textwrap import wrap

from perfagent.report.markdown import plain, shorten


@cache
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    fonts = (FT2Font(findfont(FontProperties(family="DejaVu Sans", weight=weight))) for weight in ("normal", "bold"))
    return frozenset.intersection(*(frozenset(font.get_charmap()) for font in fonts))


def drawable(text: str, longest: int = 300) -> str:
    """A character without a glyph is written by name: `:rocket:`, `U+65E5`."""
    return "".join(c if ord(c) in _glyphs() else _named(c) for c in plain(text, longest))


def _named(char: str) -> str:
    name = unicodedata.name(char, "")
    if unicodedata.category(char) == "So" and name:
        return f":{name.lower().replace(' ', '_')}:"
    return f"U+{ord(char):04X}"


def label(text: str, longest: int) -> str:
    return shorten(drawable(text), longest)


def labels(names: Sequence[str], longest: int) -> list[str]:
    """Cut to `longest` so that different names stay different: in the middle where that does, else where the names part."""
    full = [drawable(name) for name in names]
    for share in (0.6, 0.3, 0.85):
        cut = [_cut_at(name, longest, share) for name in full]
        if len(set(cut)) == len(set(full)):
            return cut
    common = sum(1 for _ in takewhile(lambda chars: len(set(chars)) == 1, zip(*full, strict=False)))
    tails = ["…" + shorten_end(name[max(0, common - 6) :], longest - 1) if len(name) > longest else name for name in full]
    if len(set(tails)) == len(set(full)):
        return tails
    numbers = {name: i for i, name in enumerate(dict.fromkeys(full), start=1)}
    return [f"{shorten(name, longest - 4)} ({numbers[name]})" for name in full]


def _cut_at(name: str, longest: int, share: float) -> str:
    if len(name) <= longest:
        return name
    head = int((longest - 1) * share)
    return f"{name[:head]}…{name[len(name) - (longest - 1 - head) :]}"


def wrapped(text: str, width: int, lines: int) -> str:
    """At most `lines` lines of `width` characters; the last ends with … when there was more."""
    out = wrap(drawable(text, width * lines * 2), width, break_on_hyphens=False) or [""]
    if len(out) > lines:
        out = [*out[: lines - 1], shorten_end(" ".join(out[lines - 1 :]), width)]
    return "\n".join(out)


def shorten_end(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"
