"""Words go to stderr: plain dated lines in CI, a line that moves on a terminal. Data goes to stdout. Nothing else in perfagent prints."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import IO

from perfagent.errors import UnavailableError

_CLEAR = "\r\x1b[K"
_BAR = 24
_CI_SECONDS = 15.0  # a log wants to see that something moves, not how


def is_terminal(stream: IO[str], env: Mapping[str, str]) -> bool:
    """A terminal that can move its cursor; CI systems that lend one do not count."""
    ci = env.get("CI", "").lower() in ("true", "1") or env.get("TF_BUILD", "").lower() == "true"
    return not ci and env.get("TERM", "") != "dumb" and stream.isatty()


class Console:
    """`redact` is set once the secrets are known; all words pass through it."""

    def __init__(self, *, out: IO[str], err: IO[str], moving: bool, now: Callable[[], datetime]) -> None:
        self._out = out
        self._err = err
        self._moving = moving
        self._now = now
        self._shown = ""
        self._said_at: datetime | None = None
        self.redact: Callable[[str], str] = _by_shape

    def data(self, text: str) -> None:
        """What the command was asked for. A reader that went away (`| head`) changes no exit code; a full disk is an error."""
        try:
            self._out.write(text if text.endswith("\n") else text + "\n")
            self._out.flush()
        except BrokenPipeError:
            _into_nothing(self._out)
        except OSError as error:
            _into_nothing(self._out)
            raise UnavailableError(f"cannot write to stdout: {error.strerror or error}", hint="free some space") from error

    def table(self, text: str) -> None:
        """Data for people: names in it come from outside and must not act on the terminal."""
        self.data(_harmless(self.redact(text)))

    def say(self, text: str) -> None:
        self._line(text)

    def warn(self, text: str) -> None:
        self._line(f"warning: {text}")

    def error(self, text: str) -> None:
        self._line(f"error: {text}")

    def progress(self, done: float, total: float | None, message: str | None = None) -> None:
        """Moves a bar on a terminal; in CI a line every 15 seconds, and one at the end."""
        share = min(max(done / total, 0.0), 1.0) if total else None
        percent = f"{share * 100:3.0f} %" if share is not None else f"{done:g}"
        label = _harmless(self.redact(message or "")).replace("\n", " ")
        if self._moving:
            bar = "█" * round((share or 0) * _BAR)
            self._shown = f"{bar:·<{_BAR}} {percent} {label}"[:100]
            self._write(_CLEAR + self._shown)
            return
        now = self._now()
        if self._said_at is None or (now - self._said_at).total_seconds() >= _CI_SECONDS or (share == 1.0):
            self._said_at = now
            self._line(f"{percent.strip()} {label}".rstrip())

    def clear(self) -> None:
        """Take the moving line away."""
        if self._shown:
            self._write(_CLEAR)
            self._shown = ""

    def _line(self, text: str) -> None:
        self.clear()
        stamp = "" if self._moving else self._now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ ")
        self._write(stamp + _harmless(self.redact(text)).rstrip("\n") + "\n")

    def _write(self, text: str) -> None:
        """Words that cannot be said (a closed stderr) stop nothing."""
        try:
            self._err.write(text)
            self._err.flush()
        except (OSError, ValueError):
            return


def _harmless(text: str) -> str:
    from perfagent.text.sanitise import for_terminal

    return for_terminal(text, limit=200_000)


def _by_shape(text: str) -> str:
    from perfagent.text.redaction import Redactor

    return Redactor().redact(text)


def _into_nothing(stream: IO[str]) -> None:
    """So that the interpreter's own flush at exit does not fail a second time (which would change the exit code)."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):
        return
