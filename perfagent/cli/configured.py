"""Settings and secrets for a command."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from perfagent.cli.session import Session
from perfagent.config.loading import load
from perfagent.config.secrets import Secrets, load_secrets
from perfagent.config.settings import Settings
from perfagent.text.redaction import Redactor


def load_settings(
    session: Session,
    *,
    config: Path | None,
    flags: Mapping[str, Any] | None = None,
    needs: Collection[str] = (),
    policy: Mapping[str, Any] | None = None,
    check_files: bool = True,
) -> Settings:
    """All layers; raises ConfigurationError with every mistake."""
    return load(file=config, env=session.env, flags=flags or {}, cwd=session.cwd, needs=needs, policy=policy, check_files=check_files)


def load_secrets_for(session: Session, settings: Settings) -> Secrets:
    """From here on the console knows them and shows none of them."""
    secrets = load_secrets(session.env, provider=settings.llm.provider, read_text=lambda path: session.path(path).read_text("utf-8"))
    session.console.redact = Redactor(secrets.values())
    return secrets
