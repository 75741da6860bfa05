"""Settings of the measurement and of the verdict: targets, rounds, gate, baseline store, k6."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from perfagent.config.fields import (
    Confidence,
    Fraction,
    Fractions,
    PositiveSeconds,
    Seconds,
    SecondsWithUnit,
    Section,
    TextMap,
    Texts,
    Url,
)
from perfagent.config.objectives import METRIC_NAMES, Objective, is_metric, parse_objective
from perfagent.config.suggestions import did_you_mean

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class OnDoubt(StrEnum):
    FAIL = "fail"
    WARN = "warn"


class SideTarget(Section):
    """One side: an address that is already up, or a command that starts it."""

    url: Url | None = Field(default=None, description="Address of a side that is already up.")
    command: str | None = Field(
        default=None,
        min_length=1,
        description="Starts this side in its own checkout; `$PORT` is the port to listen on. Ended with all its children.",
    )
    ref: str | None = Field(
        default=None, min_length=1, description="Git revision of this side; by default as CI says, else `HEAD` and its base."
    )
    ready: str | None = Field(
        default=None, pattern=r"^/\S*$", description="Path that answers 2xx or 3xx once the side is ready; by default any answer will do."
    )
    env: TextMap = Field(default_factory=dict, description="Variables that the command gets.")
    pass_env: Texts = Field(default=(), description="Names of variables of perfagent's own environment that the command gets too.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Port for `$PORT`; by default one that is free.")
    timeout: PositiveSeconds = Field(default=60.0, description="How long the side may take until it is ready.")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.url and self.command:
            raise ValueError(
                "has both url and command, which contradict each other; keep url (already up) or command (perfagent starts it)"
            )
        if self.url and self.port:
            raise ValueError("has both url and port; write the port into the url")
        _check_variables(self.env, self.pass_env)
        return self

    @property
    def given(self) -> bool:
        """Whether there is any way to reach this side."""
        return bool(self.url or self.command)


class Target(Section):
    candidate: SideTarget = Field(default_factory=SideTarget, description="The change.")
    baseline: SideTarget = Field(default_factory=SideTarget, description="What the change is compared with.")


class Rounds(Section):
    """How long and how often is measured."""

    min: int = Field(default=4, ge=1, le=1000, description="Rounds that are measured in any case.")
    max: int = Field(default=12, ge=1, le=1000, description="Rounds after which no more are measured, even if the answer is open.")
    duration: PositiveSeconds = Field(default=30.0, description="Length of one round.")
    budget: PositiveSeconds = Field(default=900.0, description="Time for all rounds; none is begun that would not end within it.")
    warmup: Seconds = Field(default=5.0, description="Time at the beginning of each round that is not counted.")
    seed: int | None = Field(default=None, ge=0, description="Makes the order of sides repeatable; by default drawn from the run's id.")
    duet: Literal["processes", "iterations"] = Field(
        default="processes", description="Both sides at once: a k6 process per side, or one process whose virtual users are split."
    )
    keep_raw: bool = Field(default=True, description="Keep k6's raw output (compressed) in the run folder.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.min > self.max:
            raise ValueError(f"min ({self.min}) is more than max ({self.max}); lower min or raise max")
        if self.warmup >= self.duration:
            raise ValueError(
                f"warmup ({self.warmup:g}s) leaves nothing of a round of {self.duration:g}s; shorten warmup or lengthen duration"
            )
        return self


class GatePolicy(Section):
    """When a difference blocks the merge. In a pull request it is read from the base revision."""

    max_regression: Fraction = Field(default=0.10, description="How much worse a gated metric may get.")
    confidence: Confidence = Field(default=0.99, description="Confidence of the verdict over all endpoints and metrics together.")
    metrics: Texts = Field(
        default=("p95", "error_rate"), description="Metrics that can block; the default is joined by mean, p99, throughput."
    )
    slo: TextMap = Field(
        default_factory=dict,
        description='Absolute limits, `"ENDPOINT METRIC": LIMIT`, for example `"GET /cart p95": 300ms`.',
    )
    endpoints: Fractions = Field(
        default_factory=dict,
        description='Own limits, `"ENDPOINT": LIMIT` or `"ENDPOINT METRIC": LIMIT`, for example `"GET /export": 30%`.',
    )
    min_effect: SecondsWithUnit = Field(default=0.0, description="A latency difference below this never blocks, however sure it is.")
    min_error_increase: Fraction = Field(default=0.001, description="Fewer further failures than this share of requests never block.")
    on_inconclusive: OnDoubt = Field(default=OnDoubt.FAIL, description="What an answer that stays open does: exit code 4, or a warning.")
    on_no_baseline: OnDoubt = Field(default=OnDoubt.WARN, description="What a missing baseline does: exit code 4, or a warning.")

    @field_validator("metrics")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not value:
            raise ValueError("is empty, so nothing could ever block; name at least one metric, for example [p95, error_rate]")
        return _known_metrics(value)

    @field_validator("slo")
    @classmethod
    def _objectives(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = []
        for key, limit in value.items():
            try:
                parse_objective(key, limit)
            except ValueError as error:
                wrong.append(f"{key!r}: {error}" if key not in str(error) else str(error))
        if wrong:
            raise ValueError("; ".join(wrong))
        return value

    @property
    def objectives(self) -> tuple[Objective, ...]:
        """The SLOs in base units."""
        return tuple(parse_objective(key, limit) for key, limit in self.slo.items())


class BaselineSettings(Section):
    """Where runs of the default branch are remembered."""

    store: str = Field(
        default=".perfagent/baseline", min_length=1, description="A folder, `s3://BUCKET/PREFIX` or `azblob://CONTAINER/PREFIX`."
    )
    branch: str = Field(default="main", min_length=1, description="The branch whose runs are remembered; only its pipelines write.")

    @field_validator("store")
    @classmethod
    def _known_scheme(cls, value: str) -> str:
        scheme, separator, rest = value.partition("://")
        if separator and scheme not in ("s3", "azblob"):
            raise ValueError(f"{scheme}:// is not a known store; write a folder, s3://BUCKET/PREFIX or azblob://CONTAINER/PREFIX")
        if separator and not rest.strip("/"):
            raise ValueError(f"{value!r} names no {'bucket' if scheme == 's3' else 'container'}; write {scheme}://NAME/PREFIX")
        return value


class K6Settings(Section):
    """The load generator."""

    path: str = Field(default="k6", min_length=1, description="The k6 program: a path, or a name to be found on PATH.")
    env: TextMap = Field(default_factory=dict, description="Variables that the scenario sees in `__ENV`.")
    pass_env: Texts = Field(default=(), description="Names of variables of perfagent's own environment that the scenario sees too.")

    @model_validator(mode="after")
    def _names(self) -> Self:
        _check_variables(self.env, self.pass_env)
        return self


def _known_metrics(names: tuple[str, ...]) -> tuple[str, ...]:
    unknown = [name for name in names if not is_metric(name)]
    if unknown:
        hints = [f"{name!r} is not a metric{did_you_mean(name, METRIC_NAMES)}" for name in unknown]
        raise ValueError(f"{'; '.join(hints)} (metrics are {', '.join(METRIC_NAMES)})")
    return names


def _check_variables(env: dict[str, str], pass_env: tuple[str, ...]) -> None:
    wrong = [name for name in (*env, *pass_env) if not _VARIABLE.fullmatch(name)]
    if wrong:
        raise ValueError(f"{', '.join(map(repr, wrong))}: not a name of an environment variable; use letters, digits and underscores")
