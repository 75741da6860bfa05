"""k6's log (JSON lines on stderr), counted while it is written: an exception in the default function changes no exit code, only the log."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from perfagent.model.run import Side
from perfagent.text.sanitise import for_terminal

_KEPT_BYTES = 5_000_000  # a script that logs each iteration would fill a disk
_QUOTED = 600  # characters of a message that is quoted in an error
_DISTINCT = 20
_PREAMBLE = re.compile(r"^could not initialize '[^']*': could not load JS test '[^']*': ")  # both name the generated module
_LINE = re.compile(r": Line (\d+):(\d+) ")  # of a syntax error; elsewhere k6 writes file:line:column
# What a connection to nothing looks like. Time-outs are not among them: a slow target is slow, not dead.
_DEAD = ("connection refused", "no such host", "no route to host", "network is unreachable", "connection reset", "EOF", "broken pipe")


@dataclass(slots=True)
class LogTally:
    """`exceptions` and `dead` (requests that reached nobody) are counted by side, None where a line does not tell which."""

    exceptions: Counter[Side | None] = field(default_factory=Counter)
    dead: Counter[Side | None] = field(default_factory=Counter)
    request_failures: int = 0
    warnings: int = 0
    first_exception: str = ""
    first_error: str = ""
    first_dead: str = ""
    crossed: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    """The first distinct warnings of k6 itself."""

    def of(self, counts: Counter[Side | None], side: Side) -> int:
        return counts[side] + counts[None]


class LogReader:
    """`marks` tells which side a line speaks of: pieces of text (a target's address, a module's path) found in it."""

    def __init__(
        self, path: Path, *, redact: Callable[[str], str], marks: Mapping[Side, tuple[str, ...]], shorten: Mapping[str, str]
    ) -> None:
        self.tally = LogTally()
        self.incomplete = ""
        """Why the file does not hold the whole log; empty when it does."""
        self._redact = redact
        # the longest first: http://host:80 is also the beginning of http://host:8080
        self._marks = sorted(((mark, side) for side, own in marks.items() for mark in own), key=lambda m: -len(m[0]))
        self._shorten = shorten
        self._left = _KEPT_BYTES
        self._file: IO[str] | None = None
        try:
            self._file = path.open("w", encoding="utf-8")
        except OSError as error:
            self.incomplete = f"the log could not be written: {error.strerror}"

    def line(self, raw: bytes) -> None:
        text = raw.decode(errors="replace").rstrip("\n")
        self._keep(text)
        try:
            entry = json.loads(text)
            level, message, source = str(entry.get("level", "")), str(entry.get("msg", "")), entry.get("source")
        except (ValueError, AttributeError):
            # a panic, or an error from before the logger was set up
            level, message, source, entry = "error" if text.strip() else "", text, None, {}
        if level in ("error", "fatal", "panic"):
            self._error(message, source)
        elif level == "warning":
            self._warning(message, source, str(entry.get("error", "")))

    def close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self.incomplete = f"the log could not be written: {error.strerror}"
            self._file = None

    def _error(self, message: str, source: object) -> None:
        tally = self.tally
        if source == "stacktrace":
            tally.exceptions[self._side(message)] += 1
            tally.first_exception = tally.first_exception or self._quote(message)
        elif message.startswith("thresholds on metrics"):
            tally.crossed.append(self._quote(message))
        elif source != "console":
            tally.first_error = tally.first_error or self._quote(message)

    def _warning(self, message: str, source: object, error: str) -> None:
        tally = self.tally
        if message == "Request Failed":
            tally.request_failures += 1
            if any(sign in error for sign in _DEAD):
                tally.dead[self._side(error)] += 1
                tally.first_dead = tally.first_dead or self._quote(error)
        elif source != "console":
            tally.warnings += 1
            if len(tally.messages) < _DISTINCT:
                quoted = self._quote(message)
                if quoted not in tally.messages:
                    tally.messages.append(quoted)

    def _side(self, text: str) -> Side | None:
        return next((side for mark, side in self._marks if mark in text), None)

    def _quote(self, message: str) -> str:
        text = _LINE.sub(r":\1:\2: ", _PREAMBLE.sub("", unquote(message)).replace("file://", ""))
        for long, short in self._shorten.items():
            text = text.replace(long, short)
        return for_terminal(self._redact(" ".join(text.split())), limit=_QUOTED)

    def _keep(self, text: str) -> None:
        if self._file is None:
            return
        try:
            if self._left > 0:
                self._left -= len(text) + 1
                self._file.write(self._redact(text) + "\n")
            elif not self.incomplete:
                self.incomplete = f"the log was cut off after {_KEPT_BYTES // 1_000_000} MB"
        except OSError as error:
            self.incomplete = f"the log could not be written: {error.strerror}"
            self._file = None
