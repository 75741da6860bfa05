"""One exception tree; one documented exit code per kind. Nothing else in perfagent chooses an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What the process answers to CI. 1 is never used: an interpreter that cannot start gives it."""

    PASS = 0
    CONFIGURATION = 2
    REGRESSION = 3
    INCONCLUSIVE = 4
    LOAD_TEST_FAILED = 5
    UNAVAILABLE = 6
    BUG = 70


class PerfagentError(Exception):
    """What happened, to what, and what to try. `hint` is shown on its own line."""

    exit_code: ExitCode = ExitCode.BUG

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  hint: {self.hint}" if self.hint else self.message


class ConfigurationError(PerfagentError):
    """The configuration or the command line is wrong. Carries every mistake, not only the first."""

    exit_code = ExitCode.CONFIGURATION

    def __init__(self, message: str, *, mistakes: Sequence[str] = (), hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.mistakes = tuple(mistakes)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  - {m}" for m in self.mistakes)])


class InputError(ConfigurationError):
    """A file named on the command line cannot be read as what it should be."""


class LoadTestError(PerfagentError):
    """The load test did not run or did not end properly: bad script, dead target, starved generator, aborted."""

    exit_code = ExitCode.LOAD_TEST_FAILED


class TargetError(LoadTestError):
    """A target that perfagent starts itself did not become ready, or died."""


class UnavailableError(PerfagentError):
    """Something that was needed is down: cluster, baseline store, the tool server."""

    exit_code = ExitCode.UNAVAILABLE


class OptionalServiceError(PerfagentError):
    """A monitoring backend, model, code host or tracker failed. Callers turn it into a warning: it moves no verdict."""

    exit_code = ExitCode.UNAVAILABLE
