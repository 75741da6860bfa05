"""Secrets: from the environment or from files that it names, never from the configuration, never printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr

from perfagent.config.secret_names import PROVIDER_KEYS, SECRETS
from perfagent.errors import ConfigurationError


class Secrets(BaseModel):
    """None: not given. `str()` and JSON show asterisks only."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    github: SecretStr | None = None
    gitlab: SecretStr | None = None
    azure_devops: SecretStr | None = None
    bitbucket: SecretStr | None = None
    jira: SecretStr | None = None
    llm: SecretStr | None = None

    def values(self) -> tuple[str, ...]:
        """All secrets in the clear, for redaction of what is about to be written."""
        held = (getattr(self, name) for name in type(self).model_fields)
        return tuple(secret.get_secret_value() for secret in held if secret)


def _read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8")


def load_secrets(env: Mapping[str, str], *, provider: str = "none", read_text: Callable[[str], str] = _read) -> Secrets:
    """`provider` is `llm.provider`, whose own usual variable works too. Raises ConfigurationError with every file that cannot be read."""
    found: dict[str, SecretStr] = {}
    mistakes: list[str] = []
    for purpose, variable in SECRETS.items():
        variables = (variable, *(PROVIDER_KEYS.get(provider, ()) if purpose == "llm" else ()))
        for name in variables:
            try:
                value = _secret(env, name, read_text)
            except ValueError as error:
                mistakes.append(str(error))
                break
            if value:
                found[purpose] = SecretStr(value)
                break
    if mistakes:
        raise ConfigurationError("secrets cannot be read", mistakes=mistakes)
    return Secrets(**found)


def _secret(env: Mapping[str, str], name: str, read_text: Callable[[str], str]) -> str:
    value = env.get(name, "").strip()
    if value:
        return value
    path = env.get(f"{name}_FILE", "").strip()
    if not path:
        return ""
    try:
        value = read_text(path).strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"{name}_FILE: cannot read {path}: {reason}; name a file that holds the secret and nothing else") from None
    if not value:
        raise ValueError(f"{name}_FILE: {path} is empty; name a file that holds the secret")
    return value
