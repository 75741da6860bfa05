"""What `doctor` looks at on this machine: configuration, git, k6, targets, folders."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from perfagent.ci.context import Context, Provider
from perfagent.config.measuring import SideTarget
from perfagent.config.settings import Settings
from perfagent.errors import ExitCode, PerfagentError


class State(StrEnum):
    OK = "ok"
    UNUSED = "not used"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing looked at. `exit_code` is what a run would end with for it; warnings stop no run."""

    name: str
    state: State
    detail: str
    hint: str = ""
    exit_code: ExitCode = ExitCode.PASS


def failed(name: str, error: PerfagentError, *, state: State = State.ERROR) -> Check:
    code = error.exit_code if state is State.ERROR else ExitCode.PASS
    return Check(name=name, state=state, detail=error.message, hint=error.hint or "", exit_code=code)


def context_check(context: Context) -> Check:
    if context.provider is Provider.LOCAL:
        return Check(name="CI", state=State.OK, detail="none: a local checkout")
    about = f"pull request {context.pull_request}" if context.pull_request is not None else f"branch {context.branch or 'unknown'}"
    fork = " from a fork: nothing is posted with rights, the report goes to the run folder" if context.is_fork else ""
    state = State.WARNING if context.notes else State.OK
    return Check(
        name="CI",
        state=state,
        detail=f"{context.provider}, {context.repository or 'repository unknown'}, {about}{fork}",
        hint="; ".join(context.notes),
    )


def git_checks(cwd: Path, env: Mapping[str, str], context: Context, settings: Settings) -> Iterator[Check]:
    from perfagent.steps.checkout import open_checkout

    starts = settings.target.candidate.command or settings.target.baseline.command
    try:
        checkout = open_checkout(cwd, environ=env)
        head = checkout.resolve(settings.target.candidate.ref or "HEAD")
    except PerfagentError as error:
        yield failed("git", error, state=State.ERROR if starts else State.WARNING)
        return
    yield Check(name="git", state=State.OK, detail=f"{checkout.root}, at {head[:12]}")
    base = settings.target.baseline.ref or context.base_revision or context.base_branch or settings.baseline.branch
    try:
        yield Check(name="base", state=State.OK, detail=f"{base} at {checkout.resolve(base)[:12]}")
    except PerfagentError as error:
        shallow = "the clone is shallow: fetch all of it (fetch-depth: 0, GIT_DEPTH: 0)" if checkout.shallow else (error.hint or "")
        yield replace(failed("base", error, state=State.WARNING), hint=f"{shallow}; without it stored runs are the baseline".lstrip("; "))


def k6_check(env: Mapping[str, str], settings: Settings) -> Check:
    from perfagent.steps.k6.binary import find_k6

    configured = None if settings.k6.path == "k6" else settings.k6.path
    try:
        binary = find_k6(configured=configured, path=env.get("PATH", ""))
    except PerfagentError as error:
        return failed("k6", error)
    return Check(name="k6", state=State.OK, detail=f"{binary.version_number}, {binary.path}")


def target_checks(env: Mapping[str, str], settings: Settings) -> Iterator[Check]:
    candidate, baseline = settings.target.candidate, settings.target.baseline
    yield _target("candidate", candidate, env, needed=True)
    if baseline.given:
        yield _target("baseline", baseline, env, needed=True)
    elif candidate.command:
        yield Check(name="target.baseline", state=State.OK, detail="is started as the candidate is, from the base revision")
    else:
        yield Check(
            name="target.baseline",
            state=State.WARNING,
            detail="is not set",
            hint="stored runs are the baseline; give target.baseline.url or command",
        )


def _target(side: str, target: SideTarget, env: Mapping[str, str], *, needed: bool) -> Check:
    from perfagent.steps.targets.readiness import Probe

    name = f"target.{side}"
    if target.url:
        why = Probe(target.url + (target.ready or ""), any_answer=target.ready is None, proxies=env)()
        if why is None:
            return Check(name=name, state=State.OK, detail=f"{target.url} answers")
        hint = "start it before perfagent, or let perfagent start it with target." + f"{side}.command"
        return Check(
            name=name, state=State.ERROR, detail=f"{target.url} is not ready: {why}", hint=hint, exit_code=ExitCode.LOAD_TEST_FAILED
        )
    if target.command:
        return _command(name, target.command, env)
    state = State.ERROR if needed else State.UNUSED
    return Check(name=name, state=state, detail="is not set", hint="give url or command", exit_code=ExitCode.CONFIGURATION)


def _command(name: str, command: str, env: Mapping[str, str]) -> Check:
    """Programs inside the checkout (`./run`) need not be there yet in both revisions; those on PATH must be."""
    try:
        program = shlex.split(command)[0]
    except (ValueError, IndexError) as error:
        return Check(
            name=name, state=State.ERROR, detail=f"the command {command!r} cannot be split: {error}", exit_code=ExitCode.CONFIGURATION
        )
    if "/" in program or shutil.which(program, path=env.get("PATH", "")):
        return Check(name=name, state=State.OK, detail=f"`{command}`")
    return Check(
        name=name,
        state=State.ERROR,
        detail=f"`{program}` of the command is not on PATH",
        hint="install it, or give its path; the command runs without a shell",
        exit_code=ExitCode.LOAD_TEST_FAILED,
    )


def scenario_check(cwd: Path, settings: Settings) -> Check:
    if settings.scenario is None:
        hint = "name the k6 script, for example `scenario: k6/checkout.js`"
        return Check(name="scenario", state=State.ERROR, detail="is not set", hint=hint, exit_code=ExitCode.CONFIGURATION)
    return Check(name="scenario", state=State.OK, detail=f"{settings.scenario} ({(cwd / settings.scenario).stat().st_size} bytes)")


def folder_checks(cwd: Path, settings: Settings) -> Iterator[Check]:
    yield _writable("runs", cwd / settings.runs)
    if "://" not in settings.baseline.store:
        yield _writable("baseline.store", cwd / settings.baseline.store)


def _writable(name: str, folder: Path) -> Check:
    """The folder, or the nearest above it that is there (nothing is made)."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if there.is_dir() and os.access(there, os.W_OK | os.X_OK):
        free = shutil.disk_usage(there).free
        state = State.OK if free > 200e6 else State.WARNING
        return Check(name=name, state=state, detail=f"{folder} can be written, {free / 1e9:.1f} GB free")
    return Check(
        name=name, state=State.ERROR, detail=f"{there} cannot be written", hint="point it elsewhere", exit_code=ExitCode.UNAVAILABLE
    )


def worst(checks: Iterable[Check]) -> ExitCode:
    """The first that would stop a run: wrong configuration before anything else."""
    codes = [check.exit_code for check in checks if check.state is State.ERROR]
    return min(codes, default=ExitCode.PASS)
