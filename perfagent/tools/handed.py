"""The reading tools as plain functions, for an analyst that works in a thread beside the loop in which the tool server is called."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from perfagent.errors import OptionalServiceError
from perfagent.ports.language_model import ReadTool, ToolSpec
from perfagent.tools.client import ToolClient
from perfagent.tools.server import READ_ONLY

TIMEOUT = 60.0  # seconds that one answer may take


class Anything(BaseModel):
    """Whatever a tool answers."""

    model_config = ConfigDict(extra="allow")


async def reading_tools(client: ToolClient) -> dict[str, ReadTool]:
    """By name; never one that writes, whatever the server offers. To be called in the loop that stays to serve them."""
    loop = asyncio.get_running_loop()
    specs = [spec for spec in await client.specs() if spec.name in READ_ONLY]
    return {spec.name: ReadTool(spec=spec, call=_Call(client, spec, loop)) for spec in specs}


class _Call:
    def __init__(self, client: ToolClient, spec: ToolSpec, loop: asyncio.AbstractEventLoop) -> None:
        self._client = client
        self._spec = spec
        self._loop = loop

    def __call__(self, arguments: Mapping[str, Any]) -> Any:
        """Raises PerfagentError. Must not be called in the loop's own thread, which would wait for itself."""
        asked = self._client.call(self._spec.name, arguments, Anything, timeout=TIMEOUT)
        answer = asyncio.run_coroutine_threadsafe(asked, self._loop)
        try:
            return answer.result(TIMEOUT + 5).model_dump(mode="json")
        except TimeoutError as error:
            answer.cancel()
            raise OptionalServiceError(f"{self._spec.name} did not answer within {TIMEOUT:g} s") from error
