"""What is asked of k6, and what comes back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfagent.model.run import Run, Side
from perfagent.steps.k6.binary import K6Binary


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Request:
    """One round of one side. Times in seconds.

    `target` reaches the script as `__ENV.BASE_URL`, beside `env`, which wins. `environ` is perfagent's own environment, of which only
    paths, proxies and certificates reach k6, and nothing the script. `duration`: the scenario's timeline is scaled to it (None: left as
    written); the first `warmup` seconds of it are not measured. Files go into `folder`.
    """

    binary: K6Binary
    script: Path
    folder: Path
    side: Side
    target: str
    environ: Mapping[str, str]
    env: Mapping[str, str] = field(default_factory=dict)
    round: int = 1
    duration: float | None = None
    warmup: float = 0.0
    revision: str = ""
    scenario: str = ""
    keep_raw: bool = True
    redact: Callable[[str], str] = str

    @property
    def script_env(self) -> dict[str, str]:
        return {"BASE_URL": self.target, **self.env}

    @property
    def shown(self) -> Path:
        """The script as the user named it, for messages."""
        return Path(self.scenario) if self.scenario and self.script.as_posix().endswith("/" + self.scenario) else self.script

    @property
    def label(self) -> str:
        return f"{self.side}-{self.round}"


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Progress:
    """`elapsed` and `total` in seconds (`total` is how long k6 plans to take at most); counts so far, warm-up included."""

    side: Side | None
    """None: one k6 that plays both sides."""
    round: int
    elapsed: float
    total: float
    requests: int
    failed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class K6Execution:
    """`run` is also on disk at `document`. `raw` is None when it was not kept. `warnings` are sentences for the report."""

    run: Run
    document: Path
    log: Path
    raw: Path | None = None
    warnings: tuple[str, ...] = ()


OnProgress = Callable[[K6Progress], Awaitable[None]]
Watch = Callable[[], None]
"""Called once a second while k6 runs; whatever it raises (a dead target's TargetError) stops k6 and is raised."""
