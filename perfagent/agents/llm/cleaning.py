"""Text on its way into a prompt, and on its way out of a model into a document."""

from __future__ import annotations

import re
from collections.abc import Callable

from perfagent.text.sanitise import for_comment, for_prompt, for_terminal, visible

Redact = Callable[[str], str]
LEFT_OUT = "[left out: it holds a secret]"
_MARKS = re.compile(r"<(?=/?\s*data\b)", re.IGNORECASE)
_BREAK = re.compile(r"[\r\n]")


def into_prompt(text: str, limit: int, redact: Redact) -> str:
    """Redacted before it is cut, since half a secret is not recognised, and again after what hid it was taken away."""
    return _MARKS.sub("‹", redact(for_prompt(redact(text), limit)))


def name_into_prompt(text: str, limit: int, redact: Redact) -> str:
    """A file, endpoint or metric name: one line."""
    return " ".join(into_prompt(text, limit, redact).split())


def code_into_prompt(lines: list[str], redact: Redact) -> list[str] | None:
    """Line by line as numbered; None where a secret goes over several of them."""
    whole = "\n".join(_BREAK.sub(" ", line) for line in lines)
    redacted = redact(whole)
    parts = redacted.split("\n")
    if redacted != whole and len(parts) != len(lines):
        return None
    return [" ".join(into_prompt(part, 300, redact).split("\n")) for part in parts]


def out_of_model(text: str, limit: int, redact: Redact) -> str:
    """One line without Markdown that acts, mentions, links, markup or secrets. `<` and `>` become look-alikes, so that no renderer that
    comes later can find a tag; cleaning twice changes nothing."""
    flat = " ".join(redact(visible(text)).split())
    safe = for_comment(flat, limit=limit, inline=True)
    safe = safe.replace("&lt;", "‹").replace("&gt;", "›").replace("&amp;", "&").replace("\\|", "¦")
    return redact(for_terminal(safe, limit=limit)).strip()


def carries_hidden(text: str) -> bool:
    """Characters that a reader of the patch would not see."""
    return visible(text) != text.replace("\r\n", "\n")
