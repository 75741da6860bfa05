"""The story of one run: plan, measure, decide, accept, explain, report, publish, remember.

Each stage writes its document before the next begins. The verdict is on disk before the first word of an explanation; explaining,
drawing and posting can add warnings and nothing else.
"""

from __future__ import annotations

from perfagent.ci.context import Context
from perfagent.config.settings import Settings, as_document
from perfagent.documents.run_folder import RunFolder, new_run_id
from perfagent.errors import PerfagentError
from perfagent.model.outcome import Outcome
from perfagent.stages import accepting, deciding, explaining, publishing, remembering, reporting
from perfagent.stages.chronicle import Chronicle
from perfagent.stages.history import stored_runs
from perfagent.stages.measuring import measured_rounds
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import plan
from perfagent.tools.client import connected, server_environment


async def run(settings: Settings, context: Context, world: Surroundings) -> Outcome:
    """One gate, from configuration to outcome. `outcome.exit_code` is what the process should answer.

    A load test that failed or a service that was needed and is down ends the measuring, not the telling: the outcome carries the error,
    and reports and status say so. Raises ConfigurationError before anything is started; cancellation passes through with everything
    stopped and everything measured on disk.
    """
    what = plan(settings, context, world.checkout)
    folder = RunFolder(world.directory / settings.runs / new_run_id(world.now(), what.candidate.revision or "")).create()
    world.begun(folder.path)
    folder.write("settings", as_document(settings))
    folder.write("context", context)
    chronicle = Chronicle(folder, settings, context, what, world)
    stored = stored_runs(settings, world)
    world.announce(f"run {folder.run_id}: {what.mode} mode, {folder.path}")
    environment = server_environment(world.environ, settings)
    async with connected(["--run", str(folder.path)], environment=environment, directory=world.directory, folder=folder) as tools:
        conclusion = None
        try:
            with chronicle.stage("measure"):
                measured = await measured_rounds(tools, folder, settings, what, world, stored)
            with chronicle.stage("decide"):
                conclusion = deciding.conclude(folder, settings, what, measured, stored)
                chronicle.concluded(conclusion.comparison, conclusion.exit_code, conclusion.headline)
        except PerfagentError as error:
            world.announce(world.redact(str(error)))
        if conclusion is not None:
            with chronicle.aside("accept"):
                conclusion = await accepting.accept(tools, folder, settings, context, world, conclusion)
                chronicle.concluded(conclusion.comparison, conclusion.exit_code, conclusion.headline)
                chronicle.warn(*conclusion.warnings)
            with chronicle.aside("explain"):
                chronicle.warn(*await explaining.explain(tools, folder, settings, what, conclusion.comparison, world))
        with chronicle.aside("report"):
            await reporting.report(tools, folder, chronicle)
        with chronicle.aside("publish"):
            await publishing.publish(tools, folder, settings, context, chronicle)
    with chronicle.aside("remember"):
        chronicle.warn(*remembering.remember(folder, settings, context, what, chronicle.outcome, world, stored))
    return chronicle.ended()
