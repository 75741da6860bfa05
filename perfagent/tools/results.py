"""What the tools answer: typed, so that their schemas are written once, by the type hints."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MeasuredRun(Result):
    side: str = Field(description="baseline or candidate")
    round: int
    document: str = Field(description="path of its run.json")
    requests: int
    failed: int
    usable: bool
    problems: list[str] = Field(default_factory=list, description="why it must not be compared")
    p95: dict[str, float] = Field(default_factory=dict, description="seconds, by endpoint")


class TestResult(Result):
    __test__ = False  # not a test class, whatever pytest thinks of its name
    run_id: str
    runs: list[MeasuredRun]
    warnings: list[str] = Field(default_factory=list)


class SummaryRow(Result):
    endpoint: str
    metric: str
    baseline: float | None
    candidate: float | None
    effect: float | None = Field(description="relative: 0.1 is 10 % more")
    ci_low: float | None
    ci_high: float | None
    verdict: str | None


class Summary(Result):
    run_id: str
    verdict: str | None
    exit_code: int | None
    headline: str
    mode: str | None
    reasons: list[str]
    rows: list[SummaryRow] = Field(description="gated rows and rows that changed, worst first")
    suspects: list[str] = Field(default_factory=list)
    warnings: list[str] = Field(default_factory=list)


class EvidenceList(Result):
    source: str = Field(description="where it came from: prometheus, loki, process, ...")
    evidence: list[dict[str, Any]]
    notes: list[str] = Field(default_factory=list)


class Diff(Result):
    pull_request: int | None
    base: str
    head: str
    diff: str = Field(description="unified diff")
    source: str = Field(description="checkout or the code host's name")
    notes: list[str] = Field(default_factory=list)


class PostedResult(Result):
    id: str
    url: str
    created: bool = Field(description="false when an earlier one was updated in place")
    where: str
    warnings: list[str] = Field(default_factory=list, description="what went wrong beside it: an attachment, a link, a marked line")


class Accepted(Result):
    by: str
    reason: str
    source: str = Field(description="a comment's address, or the label")
    endpoint: str | None = Field(description="null: every endpoint")
    metric: str | None = Field(description="null: every metric")
    until: str | None = Field(description="the last day it holds")
    at: str | None = Field(description="when it was said, where the host tells")


class AcceptanceList(Result):
    where: str
    accepted: list[Accepted]
    refused: list[str] = Field(default_factory=list, description="what was asked and does not count, and why")


class StatusResult(Result):
    state: str
    context: str
    where: str


class Rendered(Result):
    run_id: str
    files: dict[str, str] = Field(description="kind of report to path")
    links: dict[str, str] = Field(default_factory=dict, description="where the code host keeps the picture, if it does")
    warnings: list[str] = Field(default_factory=list)


class Exported(Result):
    run_id: str
    format: str
    content: str
    path: str


class HistoryItem(Result):
    id: str
    service: str
    revision: str
    recorded_at: str
    p95: dict[str, float] = Field(description="seconds, by endpoint")
    note: str = ""


class History(Result):
    items: list[HistoryItem]
    problems: list[str] = Field(default_factory=list)
