"""Unified diffs put together from what hosts give in pieces, and the lines that say what is missing."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

NOTE = "# perfagent:"
_SHOWN = 20


def quoted(path: str) -> str:
    """As git writes a name: in C style where it holds quotes, backslashes or control characters."""
    if not any(c in '"\\' or ord(c) < 32 or ord(c) == 127 for c in path):
        return path
    names = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\"}
    return '"' + "".join(names.get(c) or (f"\\{ord(c):03o}" if ord(c) < 32 or ord(c) == 127 else c) for c in path) + '"'


def file_patch(*, old_path: str | None, new_path: str | None, hunks: str) -> str:
    """One file's part of a diff. A path of None: the file is not there on that side. `hunks` begin with `@@`, or are empty."""
    old_name, new_name = old_path or new_path or "", new_path or old_path or ""
    lines = [f"diff --git {quoted('a/' + old_name)} {quoted('b/' + new_name)}"]
    if old_path is None:
        lines.append("new file mode 100644")
    elif new_path is None:
        lines.append("deleted file mode 100644")
    elif old_path != new_path:
        lines += [f"rename from {quoted(old_path)}", f"rename to {quoted(new_path)}"]
    if hunks.strip():
        lines.append(f"--- {quoted('a/' + old_path) if old_path is not None else '/dev/null'}")
        lines.append(f"+++ {quoted('b/' + new_path) if new_path is not None else '/dev/null'}")
        lines.append(hunks.rstrip("\n"))
    return "\n".join(lines) + "\n"


def left_out(reason: str, paths: Sequence[str]) -> str:
    """One head line naming the files, at most twenty of them."""
    names = ", ".join(quoted(p) for p in paths[:_SHOWN])
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return f"{NOTE} {reason}: {names}{more}"


def with_notes(notes: Sequence[str], diff: str) -> str:
    return "".join(f"{note}\n" for note in notes) + diff


def hunks_between(old: str, new: str) -> str:
    """The hunks of a unified diff of two texts, with git's mark for a missing last line end."""
    body: list[str] = []
    for line in list(difflib.unified_diff(_lines(old), _lines(new), n=3))[2:]:
        body.append(line if line.endswith("\n") else line + "\n\\ No newline at end of file\n")
    return "".join(body)


def _lines(text: str) -> list[str]:
    """Split at line feeds only: a form feed or a lone carriage return is part of its line."""
    pieces = text.split("\n")
    return [p + "\n" for p in pieces[:-1]] + ([pieces[-1]] if pieces[-1] else [])
