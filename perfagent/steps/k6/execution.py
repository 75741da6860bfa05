"""One k6 execution of one side, from the unchanged script to a Run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import anyio.to_thread

from perfagent import documents
from perfagent.errors import LoadTestError, UnavailableError
from perfagent.ingest.stream import K6Stream
from perfagent.model.run import Environment, GeneratorHealth, Run
from perfagent.steps.k6 import fingerprint
from perfagent.steps.k6.command import process_env, run_command
from perfagent.steps.k6.conclusion import Counts, conclude
from perfagent.steps.k6.inspection import Inspection, inspect
from perfagent.steps.k6.log import LogReader
from perfagent.steps.k6.player import Played, play
from perfagent.steps.k6.raw import RawFile
from perfagent.steps.k6.request import K6Execution, K6Progress, K6Request, OnProgress, Watch
from perfagent.steps.k6.wrapper import Round, write_wrapper

MARGIN = 30.0  # seconds beyond what k6 itself plans, for its start and end on a busy machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Ready to be started: what can be wrong with the script has been found by now."""

    wrapper: Path
    inspection: Inspection
    script_env: Mapping[str, str]
    scenario_hash: str


async def execute(request: K6Request, *, on_progress: OnProgress | None = None, watch: Watch | None = None) -> K6Execution:
    """Play the script once. Everything measured is on disk when this returns or raises.

    Raises LoadTestError where k6 did not run or measured nothing (bad script, exceptions, dead target, time limit), UnavailableError when
    the run folder cannot be written, and whatever `watch` raises. A run that must not be compared comes back with `run.problems`.
    """
    prepared = await anyio.to_thread.run_sync(prepare, request)
    return await play_one(request, prepared, on_progress=on_progress, watch=watch)


def prepare(request: K6Request) -> Prepared:
    if not request.script.is_file():
        raise LoadTestError(f"the scenario {request.script} does not exist", hint="the setting `scenario` names the k6 script")
    fit = Round(tags={"side": str(request.side), "perfagent_round": str(request.round)}, seconds=request.duration)
    with writing(request.folder):
        wrapper = write_wrapper(request.folder / f"k6-{request.label}", request.script, fit=fit)
    inspection = inspect(
        request.binary,
        wrapper,
        script_env=request.script_env,
        environ=request.environ,
        shorten=shortened(request),
        redact=request.redact,
    )
    return Prepared(
        wrapper=wrapper,
        inspection=inspection,
        script_env=request.script_env,
        scenario_hash=fingerprint.scenario_hash(request.script),
    )


async def play_one(request: K6Request, prepared: Prepared, *, on_progress: OnProgress | None, watch: Watch | None) -> K6Execution:
    stream = K6Stream(format="json", warmup=request.warmup)
    log_path = prepared.wrapper.with_name("k6.log")
    log = LogReader(log_path, redact=request.redact, marks={}, shorten=shortened(request))
    raw = RawFile(request.folder / f"raw-{request.label}.json.gz") if request.keep_raw else None
    total = prepared.inspection.total

    async def each_second(elapsed: float) -> None:
        if watch is not None:
            watch()
        if on_progress is not None:
            seen = stream.progress()
            await on_progress(
                K6Progress(side=request.side, round=request.round, elapsed=elapsed, total=total, requests=seen.requests, failed=seen.failed)
            )

    try:
        played = await play(
            run_command(request.binary, prepared.wrapper, prepared.script_env),
            env=process_env(request.environ, prepared.wrapper.parent),
            cwd=prepared.wrapper.parent,
            sink=stream,
            log=log,
            raw=raw,
            limit=total + MARGIN,
            each_second=each_second,
        )
    finally:
        log.close()
        kept = raw.close() if raw is not None else None
    if watch is not None:
        watch()  # a target that died in the last second is the reason for what follows
    run = stream.finish(side=request.side, round=request.round, scenario=request.scenario or request.script.name, id=request.label)
    seen = stream.progress()
    return finish(
        request, prepared, run, played=played, log=log, log_path=log_path, raw=raw, kept=kept, requests=seen.requests, failed=seen.failed
    )


def finish(
    request: K6Request,
    prepared: Prepared,
    measured: Run,
    *,
    played: Played,
    log: LogReader,
    log_path: Path,
    raw: RawFile | None,
    kept: Path | None,
    requests: int,
    failed: int,
) -> K6Execution:
    """Judge the run, complete it, write it down; then raise what makes it meaningless."""
    tally, side = log.tally, request.side
    counts = Counts(
        requests=requests,
        failed=failed,
        iterations=measured.health.iterations,
        dropped=measured.health.dropped,
        exceptions=tally.of(tally.exceptions, side),
        dead=tally.of(tally.dead, side),
    )
    conclusion = conclude(
        side=side,
        script=str(request.shown),
        target=request.target,
        played=played,
        log=tally,
        counts=counts,
        cores=fingerprint.cores(),
    )
    lost = [why for why in (raw.lost if raw else "", log.incomplete) if why]
    run = replace(
        measured,
        revision=request.revision,
        open_model=prepared.inspection.open_model,
        exit_code=played.exit_code,
        environment=Environment(
            machine=fingerprint.machine(),
            cpu=fingerprint.cpu_model(),
            cores=max(1, round(fingerprint.cores())),
            k6_version=request.binary.version_number,
            scenario_hash=prepared.scenario_hash,
            options_hash=prepared.inspection.options_hash,
            target=_without_userinfo(request.target),
        ),
        health=GeneratorHealth(
            cpu=played.cpu / played.wall if played.cpu is not None and played.wall > 0 else None,
            dropped=counts.dropped,
            iterations=counts.iterations,
            vus_max=measured.health.vus_max or prepared.inspection.max_vus,
            exceptions=counts.exceptions,
            warnings=tally.warnings,
        ),
        problems=(*([conclusion.error.message] if conclusion.error else []), *measured.problems, *conclusion.problems),
        notes=(*measured.notes, *conclusion.notes, *lost),
    )
    document = request.folder / f"run-{request.label}.json"
    with writing(request.folder):
        documents.write(document, run, indent=None)
    if conclusion.error is not None:
        raise conclusion.error
    return K6Execution(run=run, document=document, log=log_path, raw=kept, warnings=(*conclusion.notes, *tally.messages, *lost))


def shortened(request: K6Request) -> dict[str, str]:
    """Absolute paths as the user wrote them, for quoted messages."""
    absolute, shown = request.script.absolute(), request.shown
    beside = f"{shown.parent}/" if str(shown.parent) != "." else ""
    return {str(absolute): str(shown), f"{absolute.parent}/": beside}


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[None]:
    """A full disk or a missing right in the run folder, said once and clearly."""
    try:
        yield
    except OSError as error:
        raise UnavailableError(
            f"the run folder {folder} cannot be written: {error.strerror or error}", hint="free some space there, or choose another folder"
        ) from error


def _without_userinfo(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
