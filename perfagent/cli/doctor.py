"""`perfagent doctor`: what is reachable, what each credential may do, what is missing. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from perfagent.ci.detect import detect
from perfagent.cli.checks import (
    Check,
    State,
    context_check,
    folder_checks,
    git_checks,
    k6_check,
    scenario_check,
    target_checks,
    worst,
)
from perfagent.cli.configured import load_secrets_for, load_settings
from perfagent.cli.options import config_option, settings_options
from perfagent.cli.session import Session
from perfagent.config.loading import find_file
from perfagent.config.settings import Settings
from perfagent.errors import ConfigurationError


@click.command("doctor", short_help="Check what is reachable, allowed and missing.")
@config_option
@settings_options
@click.option("--offline", is_flag=True, help="Ask no service.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.pass_obj
def command(session: Session, *, config: Path | None, flags: Mapping[str, Any], offline: bool, form: str) -> int:
    """Check configuration, git, k6, targets, folders, credentials and services. Nothing is changed or loaded.

    The exit code is the one that a run would end with before it measures: 0 when nothing stops it.
    """
    checks = list(_checks(session, config, flags, offline=offline))
    if form == "json":
        session.console.data(session.console.redact(json.dumps([asdict(check) for check in checks], indent=2, ensure_ascii=False)))
    else:
        session.console.table("\n".join(_lines(checks)))
    return int(worst(checks))


def _checks(session: Session, config: Path | None, flags: Mapping[str, Any], *, offline: bool) -> Iterator[Check]:
    try:
        settings = load_settings(session, config=config, flags=flags)
        secrets = load_secrets_for(session, settings)
    except ConfigurationError as error:
        for mistake in error.mistakes or (error.message,):
            yield Check(name="configuration", state=State.ERROR, detail=mistake, exit_code=error.exit_code)
        settings, secrets = Settings(), None
        if config or find_file(session.cwd):
            return  # what a configuration does not say cannot be checked; its mistakes come first
    else:
        file = config or find_file(session.cwd)
        detail = str(file.name if file else "no .perfagent.yml: defaults, variables and flags")
        yield Check(name="configuration", state=State.OK, detail=detail, hint="" if file else "`perfagent init` writes one")
    context = detect(session.env)
    yield context_check(context)
    yield from git_checks(session.cwd, session.env, context, settings)
    yield k6_check(session.env, settings)
    yield scenario_check(session.cwd, settings)
    yield from target_checks(session.env, settings)
    yield from folder_checks(session.cwd, settings)
    if secrets is not None and not offline:
        from perfagent.cli.service_checks import service_checks

        yield from service_checks(settings, context, secrets, session.env, session.cwd)


def _lines(checks: list[Check]) -> Iterator[str]:
    width = max(len(check.name) for check in checks)
    for check in checks:
        yield f"{check.state:<8}  {check.name:<{width}}  {check.detail}"
        if check.hint:
            yield f"{'':<8}  {'':<{width}}  → {check.hint}"
    stops = sum(check.state is State.ERROR for check in checks)
    warnings = sum(check.state is State.WARNING for check in checks)
    yield ""
    yield f"{stops or 'nothing'} would stop a run; {warnings or 'no'} warning{'' if warnings == 1 else 's'}"
