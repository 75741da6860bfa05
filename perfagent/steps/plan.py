"""What will be measured: which revisions, how each side comes up, and in which mode. Decided before anything is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfagent.ci.context import Context
from perfagent.config.measuring import SideTarget
from perfagent.config.settings import Settings
from perfagent.errors import ConfigurationError
from perfagent.model.comparison import Mode
from perfagent.model.run import Side
from perfagent.steps.checkout import Checkout
from perfagent.steps.targets import TargetSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class SidePlan:
    """`revision` is None for a side at a URL whose revision nobody told."""

    side: Side
    target: SideTarget
    revision: str | None

    @property
    def started_here(self) -> bool:
        return self.target.command is not None

    def spec(self, checkout: Path | None, passed: Mapping[str, str]) -> TargetSpec:
        """`checkout` is this side's worktree; `passed` are the variables that `pass_env` lets through."""
        t = self.target
        return TargetSpec(
            url=t.url,
            command=t.command,
            cwd=checkout,
            env={**passed, **t.env},
            port=t.port,
            ready=t.ready if t.command or t.ready != "/" else None,
            ready_timeout=t.timeout,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementPlan:
    """`baseline` is None where no base can be up: then stored runs are the baseline. `notes` are for the report."""

    mode: Mode
    candidate: SidePlan
    baseline: SidePlan | None
    notes: tuple[str, ...] = ()

    @property
    def sides(self) -> tuple[Side, ...]:
        return (Side.BASELINE, Side.CANDIDATE) if self.baseline else (Side.CANDIDATE,)

    def side(self, side: Side) -> SidePlan:
        if side is Side.CANDIDATE:
            return self.candidate
        if self.baseline is None:
            raise ConfigurationError("there is no baseline target in this run")
        return self.baseline


def plan(settings: Settings, context: Context, checkout: Checkout | None) -> MeasurementPlan:
    """Raises ConfigurationError for a mode that cannot be, or where git is needed and absent."""
    candidate_target, baseline_target = settings.target.candidate, _baseline_target(settings)
    needs_git = candidate_target.command is not None or baseline_target.command is not None
    if needs_git and checkout is None:
        raise ConfigurationError(
            "a target with a command is started from a checkout of its revision, and this is not a git repository",
            hint="run perfagent inside the repository, or give both targets a url",
        )
    head = checkout.resolve(candidate_target.ref or "HEAD") if checkout else None
    candidate = SidePlan(side=Side.CANDIDATE, target=candidate_target, revision=head)
    base, notes = _base_revision(settings, context, checkout, head)
    measurable = bool(baseline_target.url) or (baseline_target.command is not None and base is not None)
    baseline = SidePlan(side=Side.BASELINE, target=baseline_target, revision=base) if measurable else None
    mode = _mode(settings, candidate, baseline)
    return MeasurementPlan(mode=mode, candidate=candidate, baseline=None if mode is Mode.HISTORY else baseline, notes=tuple(notes))


def _baseline_target(settings: Settings) -> SideTarget:
    """A base without a way of its own is started as the candidate is: same command, its own checkout."""
    baseline, candidate = settings.target.baseline, settings.target.candidate
    if baseline.given or not candidate.command:
        return baseline
    return candidate.model_copy(update={"ref": baseline.ref})


def _base_revision(settings: Settings, context: Context, checkout: Checkout | None, head: str | None) -> tuple[str | None, list[str]]:
    """Where the candidate grew from: what the base branch gained since is nobody's regression, so never the tip of a moved branch."""
    if checkout is None or head is None:
        return None, []
    if settings.target.baseline.ref:
        ref = settings.target.baseline.ref
        return _grown_from(checkout, ref, head), []
    branch = context.base_branch or settings.baseline.branch
    for ref in [r for r in (context.base_revision, branch) if r]:
        try:
            base = _grown_from(checkout, ref, head)
        except ConfigurationError:
            continue
        if base == head:
            return None, [f"this is {branch} itself: there is no base to measure beside it, so stored runs are the baseline"]
        return base, []
    return None, [f"no base revision: git knows neither {' nor '.join(r for r in (context.base_revision, branch) if r)}"]


def _grown_from(checkout: Checkout, ref: str, head: str) -> str:
    tip = checkout.resolve(ref)
    try:
        return checkout.merge_base(tip, head)
    except ConfigurationError:
        return tip


def _mode(settings: Settings, candidate: SidePlan, baseline: SidePlan | None) -> Mode:
    if settings.mode == "auto":
        if baseline is None:
            return Mode.HISTORY
        ports = [p.target.port for p in (candidate, baseline)]
        return Mode.TURNS if ports[0] is not None and ports[0] == ports[1] else Mode.DUET
    mode = Mode(settings.mode)
    if mode is not Mode.HISTORY and baseline is None:
        raise ConfigurationError(
            f"mode {mode} needs a baseline that can be up",
            mistakes=["target.baseline: give a url, or a ref and a command (a base branch that git knows is enough)"],
            hint="or use `mode: history` to compare with stored runs",
        )
    return mode


def passed_variables(names: Sequence[str], environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in names if name in environ}
