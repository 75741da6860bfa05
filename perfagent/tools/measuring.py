"""`run_test`: one round of k6 on one side or on both at once, kept in the run folder."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import anyio

from perfagent.documents.run_folder import RunFolder, new_run_id
from perfagent.errors import ConfigurationError, LoadTestError
from perfagent.model.run import Run, Side
from perfagent.steps.k6 import K6Execution, K6Progress, K6Request, execute, find_k6
from perfagent.steps.k6.duet import DuetWay, execute_duet
from perfagent.steps.plan import passed_variables
from perfagent.steps.targets import TargetSpec, running
from perfagent.tools.results import MeasuredRun, TestResult
from perfagent.tools.workspace import Workspace

Progress = Callable[[float, float | None, str], Awaitable[None]]


async def run_test(
    workspace: Workspace, script_path: str, *, round: int, targets: Mapping[str, str] | None, timeout: float | None, progress: Progress
) -> TestResult:
    """Raises LoadTestError where k6 measured nothing, ConfigurationError for a target or script that cannot be."""
    folder = workspace.current or RunFolder(workspace.runs / new_run_id(workspace.now())).create()
    script = _script(workspace, script_path)
    async with AsyncExitStack() as stack:
        urls = _sides(targets) if targets else {Side.CANDIDATE: await _configured_candidate(workspace, folder, stack)}
        requests = {side: _request(workspace, folder, script, side, url, round) for side, url in urls.items()}

        async def report(seen: K6Progress) -> None:
            await progress(seen.elapsed, seen.total, f"round {round}: {seen.requests} requests, {seen.failed} failed")

        try:
            with anyio.fail_after(timeout):
                executions = await _play(workspace, requests, report)
        except TimeoutError as error:
            raise LoadTestError(
                f"k6 was ended after {timeout:g} s, the given limit", hint="raise timeout_seconds or shorten the round"
            ) from error
    return TestResult(
        run_id=folder.run_id,
        runs=[_kept(folder, execution) for execution in executions.values()],
        warnings=sorted({warning for execution in executions.values() for warning in execution.warnings}),
    )


async def _play(
    workspace: Workspace, requests: Mapping[Side, K6Request], report: Callable[[K6Progress], Awaitable[None]]
) -> Mapping[Side, K6Execution]:
    if len(requests) == 1:
        (request,) = requests.values()
        return {request.side: await execute(request, on_progress=report)}
    seed = workspace.settings.rounds.seed
    first = requests[Side.CANDIDATE]
    return await execute_duet(
        requests[Side.BASELINE],
        first,
        way=DuetWay(workspace.settings.rounds.duet),
        seed=(seed if seed is not None else sum(first.folder.as_posix().encode())) + first.round,
        on_progress=report,
    )


def _sides(targets: Mapping[str, str]) -> dict[Side, str]:
    unknown = [name for name in targets if name not in (Side.BASELINE, Side.CANDIDATE)]
    if unknown or not targets:
        raise ConfigurationError(
            f"targets names {', '.join(unknown) or 'no side'}",
            hint='give {"candidate": URL}, {"baseline": URL}, or both to load both at once',
        )
    wrong = [f"{side}: {url!r} is not an http(s) URL" for side, url in targets.items() if not url.startswith(("http://", "https://"))]
    if wrong:
        raise ConfigurationError("targets cannot be loaded", mistakes=wrong)
    return {side: targets[side] for side in (Side.BASELINE, Side.CANDIDATE) if side in targets}


async def _configured_candidate(workspace: Workspace, folder: RunFolder, stack: AsyncExitStack) -> str:
    """Used on its own, the server loads the candidate of the configuration, and starts it from the working tree where it is a command."""
    target = workspace.settings.target.candidate
    if not target.given:
        raise ConfigurationError("there is no target to load", hint="pass targets, or set target.candidate.url or .command")
    passed = passed_variables(target.pass_env, workspace.environ)
    spec = TargetSpec(
        url=target.url,
        command=target.command,
        cwd=workspace.directory if target.command else None,
        env={**passed, **target.env},
        port=target.port,
        ready=target.ready if target.command else None,
        ready_timeout=target.timeout,
    )
    up = await stack.enter_async_context(
        running(spec, side=Side.CANDIDATE, log_dir=folder.logs, environ=workspace.environ, redact=workspace.redact)
    )
    return up.url


def _script(workspace: Workspace, script_path: str) -> Path:
    path = workspace.directory / script_path
    if not path.is_file():
        raise ConfigurationError(f"the k6 script {script_path} does not exist in {workspace.directory}", hint="check `scenario`")
    return path


def _request(workspace: Workspace, folder: RunFolder, script: Path, side: Side, url: str, round: int) -> K6Request:
    settings = workspace.settings
    return K6Request(
        binary=find_k6(configured=None if settings.k6.path == "k6" else settings.k6.path, path=workspace.environ.get("PATH", "")),
        script=script,
        folder=folder.raw,
        side=side,
        target=url,
        environ=workspace.environ,
        env={**passed_variables(settings.k6.pass_env, workspace.environ), **settings.k6.env},
        round=round,
        duration=settings.rounds.duration,
        warmup=settings.rounds.warmup,
        scenario=settings.scenario or script.name,
        keep_raw=settings.rounds.keep_raw,
        redact=workspace.redact,
    )


def _kept(folder: RunFolder, execution: K6Execution) -> MeasuredRun:
    """k6's own folder holds the document while the round is judged; it belongs to the runs of the folder."""
    run = execution.run
    path = folder.write_run(run)
    execution.document.unlink(missing_ok=True)
    return MeasuredRun(
        side=run.side,
        round=run.round or 0,
        document=str(path),
        requests=run.requests,
        failed=sum(e.failed for e in run.endpoints),
        usable=run.usable,
        problems=list(run.problems),
        p95=_p95(run),
    )


def _p95(run: Run) -> dict[str, float]:
    return {e.endpoint: e.timings["duration"].quantile(0.95) for e in run.endpoints if "duration" in e.timings}
