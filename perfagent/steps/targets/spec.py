"""What a target is, as configured."""

from __future__ import annotations

import shlex
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfagent.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSpec:
    """Either `url`, or `command` (an argument list, or one string split as a shell would, but run without a shell).

    In the command and in `env`, `$PORT` stands for the port (`port`, or a free one). `ready` is a path that answers 2xx or 3xx once the
    target can be loaded; for a `url` without it any answer will do, except 502, 503 and 504. Timeouts in seconds.
    """

    url: str | None = None
    command: str | tuple[str, ...] | None = None
    cwd: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    port: int | None = None
    ready: str | None = None
    ready_timeout: float = 60.0
    stop_timeout: float = 10.0

    def __post_init__(self) -> None:
        if (self.url is None) == (self.command is None):
            raise ConfigurationError(
                "a target needs either a url or a command",
                hint='for example {url: "http://127.0.0.1:8000"} or {command: "python app.py --port $PORT", ready: /healthz}',
            )
        if self.command is not None and not self.arguments():
            raise ConfigurationError("the target's command is empty", hint='for example command: "python app.py --port $PORT"')

    def arguments(self, variables: Mapping[str, str] | None = None) -> list[str]:
        """The command as an argument list, with `$NAME` replaced from `variables`; unknown names stay as they are.

        Raises ConfigurationError when the string has an open quote.
        """
        if self.command is None:
            return []
        if isinstance(self.command, str):
            try:
                words = shlex.split(self.command)
            except ValueError as error:
                raise ConfigurationError(f"the target's command {self.command!r} cannot be split into arguments: {error}") from error
        else:
            words = list(self.command)
        return [string.Template(word).safe_substitute(variables or {}) for word in words]
