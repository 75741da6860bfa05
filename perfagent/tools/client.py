"""The pipeline's side of the boundary: the embedded server as a subprocess over stdio."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from perfagent.config.secret_names import SECRET_VARIABLES
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import PerfagentError, UnavailableError
from perfagent.ports.language_model import ToolSpec
from perfagent.steps.child import explicit
from perfagent.tools.boundary import error_of

R = TypeVar("R", bound=BaseModel)
Progress = Callable[[float, float | None, str | None], None]


class ToolClient:
    """Typed calls of the embedded server's tools. A server that is gone raises UnavailableError; a tool's own error is raised as it was."""

    def __init__(self, client: Any, log: Path) -> None:
        self._client = client
        self._log = log

    async def call(
        self,
        name: str,
        arguments: Mapping[str, Any],
        answer: type[R],
        *,
        timeout: float | None = None,
        on_progress: Progress | None = None,
    ) -> R:
        """`timeout` in seconds; when it passes, the call is cancelled on the server too (k6 ends)."""
        from anyio import BrokenResourceError, ClosedResourceError
        from mcp import MCPError

        async def report(progress: float, total: float | None, message: str | None) -> None:
            if on_progress:
                on_progress(progress, total, message)

        try:
            result = await self._client.call_tool(
                name, dict(arguments), read_timeout_seconds=timeout, progress_callback=report if on_progress else None
            )
        except (MCPError, BrokenResourceError, ClosedResourceError) as error:
            raise UnavailableError(
                f"the tool server did not answer {name}: {error or type(error).__name__}",
                hint=f"its log is {self._log}; what was measured before is in the run folder",
            ) from error
        if result.is_error:
            raise error_of(result, name)
        return answer.model_validate(result.structured_content)

    async def specs(self) -> list[ToolSpec]:
        """What the server says of its tools."""
        listed = await self._client.list_tools()
        return [ToolSpec(name=t.name, description=t.description or "", parameters=t.input_schema) for t in listed.tools]


@asynccontextmanager
async def connected(
    arguments: list[str], *, environment: Mapping[str, str], directory: Path, folder: RunFolder
) -> AsyncIterator[ToolClient]:
    """Start `perfagent mcp ARGUMENTS` and connect to it; it ends with the block, and k6 with it.

    `environment` is all that the server gets beside the SDK's own few (HOME, PATH, ...); it works in `directory`,
    and its stderr goes to `logs/tools.log`. An error
    raised inside the block comes out as it was, not wrapped in the SDK's exception groups.
    """
    from mcp import Client, StdioServerParameters, stdio_client

    log = folder.logs / "tools.log"
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "perfagent", "mcp", *arguments], env=dict(environment), cwd=directory
    )
    try:
        with log.open("a", encoding="utf-8") as errlog:
            async with Client(stdio_client(command, errlog=errlog), cache=None) as client:
                yield ToolClient(client, log)
    except BaseExceptionGroup as group:
        raise _only(group) from group


def _only(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error that matters: ours before others, the first before later ones."""
    leaves: list[BaseException] = []
    pending: list[BaseException] = [group]
    while pending:
        error = pending.pop(0)
        if isinstance(error, BaseExceptionGroup):
            pending.extend(error.exceptions)
        else:
            leaves.append(error)
    return next((e for e in leaves if isinstance(e, PerfagentError)), leaves[0])


def server_environment(environ: Mapping[str, str], settings: Settings) -> dict[str, str]:
    """What the server may see: harmless variables, the secrets it posts with, the clouds' own, and what the configuration passes on."""
    named = {*SECRET_VARIABLES, *settings.k6.pass_env, *settings.target.candidate.pass_env, "PYTHONPATH", "CI_PIPELINE_ID"}
    prefixes = ("AWS_", "AZURE_", "K6_", "OPENAI_")
    chosen = {name: value for name, value in environ.items() if name in named or name.startswith(prefixes)}
    return explicit(environ, chosen)
