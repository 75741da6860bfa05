"""`perfagent mcp`: the embedded server, for the pipeline and for anyone's MCP client."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from perfagent.cli.options import config_option
from perfagent.cli.session import Session


@click.command("mcp")
@config_option
@click.option("--run", "run_folder", type=click.Path(path_type=Path), help="Serve one run's folder, with its settings.", hidden=True)
@click.option("--http", metavar="HOST:PORT", help="Serve streamable HTTP there instead of stdio. Give a loopback address.")
@click.pass_obj
def command(session: Session, config: Path | None, run_folder: Path | None, http: str | None) -> None:
    """Serve run_test, get_summary, get_diff, ... over MCP. On stdio, stdout belongs to the protocol."""
    import logging
    import sys

    from perfagent.tools.server import build_server

    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    server = build_server(open_workspace(session, config, run_folder))
    if http is None:
        server.run("stdio")
        return
    host, port = _address(http)
    session.console.say(f"serving MCP on http://{host}:{port}/mcp")
    server.run("streamable-http", host=host, port=port)


def open_workspace(session: Session, config: Path | None, run_folder: Path | None) -> Any:
    """With a run folder, its own settings and context; else those of the working directory."""
    from perfagent import documents
    from perfagent.ci.context import Context
    from perfagent.cli.world import prepare
    from perfagent.config.secrets import load_secrets
    from perfagent.config.settings import Settings
    from perfagent.documents.run_folder import RunFolder
    from perfagent.text.redaction import Redactor
    from perfagent.tools.workspace import Workspace

    if run_folder is None:
        prepared = prepare(session, config=config, flags={})
        settings, context, secrets, folder = prepared.settings, prepared.context, prepared.secrets, None
    else:
        folder = RunFolder(session.path(run_folder).resolve())
        settings = Settings(**documents.read(dict, folder.path / "settings.json"))
        context = documents.read(Context, folder.path / "context.json")
        secrets = load_secrets(session.env, provider=str(settings.llm.provider))
    return Workspace(
        settings=settings,
        context=context,
        secrets=secrets,
        directory=session.cwd,
        environ=session.env,
        redact=Redactor(secrets.values()).redact,
        now=session.now,
        current=folder,
    )


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise click.BadParameter(f"{text!r} is not HOST:PORT; write for example 127.0.0.1:8765", param_hint="--http")
    return host.strip("[]"), int(port)
