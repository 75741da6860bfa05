"""Report: every picture, page and table from the documents on disk. A report that fails is a warning."""

from __future__ import annotations

from perfagent.documents.run_folder import RunFolder
from perfagent.errors import PerfagentError
from perfagent.stages.chronicle import Chronicle
from perfagent.tools.client import ToolClient
from perfagent.tools.results import Rendered


async def report(tools: ToolClient, folder: RunFolder, chronicle: Chronicle) -> None:
    try:
        rendered = await tools.call("render_summary", {"run_id": folder.run_id}, Rendered, timeout=120)
    except PerfagentError as error:
        chronicle.warn(f"reports are incomplete: {error.message}")
        return
    chronicle.warn(*rendered.warnings)
    chronicle.linked(rendered.links)
