"""From one invocation of the command line to what a run may know: settings with the base revision's policy, context, checkout, secrets."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from perfagent.ci.context import Context, Provider
from perfagent.ci.detect import detect
from perfagent.cli.session import Session
from perfagent.config.loading import find_file, load
from perfagent.config.policy import differs, policy_from
from perfagent.config.secrets import Secrets, load_secrets
from perfagent.config.settings import Settings
from perfagent.errors import ConfigurationError
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.checkout import Checkout, open_checkout
from perfagent.text.redaction import Redactor


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    settings: Settings
    context: Context
    secrets: Secrets
    world: Surroundings


def prepare(
    session: Session,
    *,
    config: Path | None,
    flags: Mapping[str, Any],
    needs: Collection[str] = (),
    pull_request: int | None = None,
) -> Prepared:
    """Raises ConfigurationError with every mistake at once."""
    checkout = _checkout(session)
    context = _context(session, checkout, pull_request)
    file = config or find_file(session.cwd)
    base = _base_text(context, checkout, session.path(file).resolve()) if file else None
    settings = load(
        file=config,
        env=session.env,
        flags=flags,
        cwd=session.cwd,
        needs=needs,
        policy=None if base is None else policy_from(base),
    )
    changes = differs(base, session.path(file).read_text(encoding="utf-8")) if base is not None and file else []
    secrets = load_secrets(session.env, provider=str(settings.llm.provider))
    redact = Redactor(secrets.values()).redact
    session.console.redact = redact
    if not settings.service:
        name = context.repository.rsplit("/", 1)[-1] or (checkout.root.name if checkout else session.cwd.name)
        settings = settings.model_copy(update={"service": name})
    world = Surroundings(
        directory=session.cwd,
        environ=session.env,
        now=session.now,
        monotonic=monotonic,
        redact=redact,
        announce=session.console.say,
        progress=session.console.progress,
        checkout=checkout,
        policy_changes=tuple(changes),
    )
    return Prepared(settings=settings, context=context, secrets=secrets, world=world)


def _checkout(session: Session) -> Checkout | None:
    """None where this is no git repository: targets at a URL do not need one, and the plan says so where they do."""
    try:
        return open_checkout(session.cwd, environ=session.env)
    except ConfigurationError:
        return None


def _context(session: Session, checkout: Checkout | None, pull_request: int | None) -> Context:
    context = detect(session.env)
    if context.provider is Provider.LOCAL and checkout:
        context = replace(context, branch=context.branch or checkout.branch() or "")
    if pull_request is not None:
        context = replace(context, pull_request=pull_request)
    return context


def _base_text(context: Context, checkout: Checkout | None, file: Path) -> str | None:
    """The configuration as the base of a pull request has it, so that no change can loosen the gate that judges it. None outside one."""
    if context.pull_request is None or checkout is None or not file.is_relative_to(checkout.root.resolve()):
        return None
    path = file.relative_to(checkout.root.resolve()).as_posix()
    for ref in (context.base_revision, context.base_branch):
        if not ref:
            continue
        try:
            return checkout.file_at(checkout.merge_base(ref, "HEAD"), path)
        except ConfigurationError:
            continue
    return None
