"""How much a diagnosis may cost: calls, tokens, seconds, money; and how much text fits into a context."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from perfagent.ports.language_model import Completion, ModelError, Reason

_BYTES_PER_TOKEN = 3.0  # code and figures in Llama's and OpenAI's tokenisers: 3.2 to 3.9; a smaller guess is the safe side
MARGIN = 200  # tokens for chat templates and for a guess that was too small


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """`calls` counts tool calls, `seconds` the whole diagnosis; `cost` in the currency of the prices, which are per million tokens."""

    calls: int = 12
    tokens: int = 120_000
    seconds: float = 300.0
    cost: float | None = None
    price_prompt: float = 0.0
    price_completion: float = 0.0


def estimate(text: str) -> int:
    """Tokens, rather too many than too few."""
    return math.ceil(len(text.encode()) / _BYTES_PER_TOKEN)


class Meter:
    """Counts what was used. `left` raises ModelError(SPENT) once a limit is reached."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._end = clock() + limits.seconds
        self.calls = 0
        self.tokens = 0
        self.cost = 0.0
        self.notes: list[str] = []

    def left(self, timeout: float, *, tokens: int = 0) -> float:
        """Seconds that the next answer may take, at most `timeout`; `tokens` is what it is expected to use."""
        seconds = self._end - self._clock()
        if seconds <= 1:
            raise ModelError(Reason.SPENT, f"the time for explaining ({self._limits.seconds:g} s) is used up", hint="raise llm.limits.time")
        if self.tokens + tokens > self._limits.tokens:
            raise ModelError(Reason.SPENT, f"{self._limits.tokens} tokens are used up", hint="raise llm.limits.tokens")
        if self._limits.cost is not None and self.cost >= self._limits.cost:
            raise ModelError(Reason.SPENT, f"the cost limit of {self._limits.cost:g} is reached", hint="raise llm.limits.cost")
        return min(timeout, seconds)

    def used(self, completion: Completion, *, prompt: int, answer: int) -> None:
        """`prompt` and `answer` are our own estimates, for models that do not count."""
        asked = completion.prompt_tokens if completion.prompt_tokens is not None else prompt
        said = completion.completion_tokens if completion.completion_tokens is not None else answer
        self.tokens += asked + said
        self.cost += (asked * self._limits.price_prompt + said * self._limits.price_completion) / 1e6
        self.notes += [note for note in completion.notes if note not in self.notes]

    @property
    def calls_left(self) -> bool:
        return self.calls < self._limits.calls

    def may_call(self) -> bool:
        """Counts a tool call; False when there were enough."""
        self.calls += 1
        return self.calls <= self._limits.calls
