"""The command `perfagent`. A command's module is imported when it is called, so that `--help` costs no more than an interpreter."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

import click

import perfagent.cli

COMMANDS = {
    "run": "Load-test the change, decide, explain, report; its exit code blocks the merge.",
    "compare": "Compare saved k6 outputs of both sides.",
    "explain": "Explain a comparison: which change of the diff made it slow.",
    "report": "Write picture, comment and tables of a run.",
    "publish": "Post a finished run: comment, status, annotations, defect.",
    "baseline": "List, show, add, accept or prune remembered runs.",
    "cluster": "Bring a load-test cluster up and down.",
    "mcp": "Serve the tools over MCP (stdio or HTTP).",
    "tools": "Print the tool definitions for other model providers.",
    "doctor": "Check what is reachable, allowed and missing.",
    "init": "Write a commented configuration and the CI file.",
    "schema": "Print the JSON Schema of the configuration or of a document.",
    "demo": "Watch the whole loop on a sample service.",
}
"""Every command's one line, in the order of `--help`. A command exists when its module `perfagent/cli/NAME.py` does."""


class LazyGroup(click.Group):
    def list_commands(self, _ctx: click.Context) -> list[str]:
        there = {module.name for module in iter_modules(perfagent.cli.__path__)}
        return [name for name in COMMANDS if name in there]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"perfagent.cli.{cmd_name}").command
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name.startswith("-") or self.get_command(ctx, name):
            return super().resolve_command(ctx, args)
        from perfagent.config.suggestions import did_you_mean

        raise click.UsageError(f"there is no command {name!r}{did_you_mean(name, self.list_commands(ctx))}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name]) for name in self.list_commands(ctx)])


def _show_version(ctx: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        from perfagent import __version__

        click.echo(f"perfagent {__version__}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Exit codes: 0 pass, 2 wrong configuration or command line, 3 regression, 4 inconclusive, 5 the load test did not run properly, "
    "6 something needed is down, 70 a bug in perfagent.",
)
@click.option("--version", is_flag=True, expose_value=False, is_eager=True, callback=_show_version, help="Show the version and exit.")
def perfagent_command() -> None:
    """Gate a change by its performance under load: measure both sides with k6, decide by statistics, explain with evidence."""
