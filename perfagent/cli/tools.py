"""`perfagent tools`: the tool definitions for other model providers."""

from __future__ import annotations

import click

from perfagent.cli.session import Session


@click.command("tools")
@click.option("--format", "format", type=click.Choice(["mcp", "openai", "anthropic", "openapi"]), default="mcp", show_default=True)
@click.pass_obj
def command(session: Session, format: str) -> None:
    """Print the definitions of all tools, from the one source that the server serves."""
    import asyncio
    import json

    from perfagent.cli.mcp import open_workspace
    from perfagent.tools.definitions import definitions

    data = asyncio.run(definitions(open_workspace(session, None, None), format))
    session.console.data(json.dumps(data, indent=2, ensure_ascii=False))
