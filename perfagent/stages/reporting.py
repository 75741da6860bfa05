"""Report: every picture, page and table from the documents on disk. A report that fails is a warning."""

from __future__ import annotations

from collections.abc import Sequence

from perfagent.documents.run_folder import RunFolder
from perfagent.errors import PerfagentError
from perfagent.tools.client import ToolClient
from perfagent.tools.results import Rendered


async def report(tools: ToolClient, folder: RunFolder) -> Sequence[str]:
    """Returns warnings."""
    try:
        rendered = await tools.call("render_summary", {"run_id": folder.run_id}, Rendered, timeout=120)
    except PerfagentError as error:
        return [f"reports are incomplete: {error.message}"]
    return rendered.warnings
