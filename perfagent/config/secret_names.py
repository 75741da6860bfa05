"""The one name of each secret, and what a key looks like that would hold one."""

from __future__ import annotations

import re

SECRETS = {
    "github": "GITHUB_TOKEN",
    "gitlab": "PERFAGENT_GITLAB_TOKEN",
    "azure_devops": "SYSTEM_ACCESSTOKEN",
    "bitbucket": "BITBUCKET_TOKEN",
    "jira": "PERFAGENT_JIRA_TOKEN",
    "llm": "PERFAGENT_LLM_API_KEY",
}
"""What it is for, and its variable; each has a twin with `_FILE` that names a file holding it."""

PROVIDER_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "azure_openai": ("AZURE_OPENAI_API_KEY",),
    "azure_foundry": ("AZURE_OPENAI_API_KEY",),
}
"""Variables that a model provider's own tools read; they work for `llm` where its own name is not set."""

SECRET_VARIABLES = frozenset({*SECRETS.values(), *(f"{name}_FILE" for name in SECRETS.values())})

_SECRET_KEY = re.compile(r"(^|_)(token|password|passwd|secret|api_?key|pat|credentials?|authorization)$", re.IGNORECASE)


def looks_secret(key: str) -> bool:
    return _SECRET_KEY.search(key.replace("-", "_")) is not None


def where_secrets_go(path: tuple[str, ...]) -> str:
    """What to write instead of a secret in the configuration file."""
    place = {"jira": "jira", "llm": "llm", "code_host": None}.get(path[0]) if path else None
    names = [SECRETS[place]] if place else list(SECRETS.values())
    which = names[0] if len(names) == 1 else f"one of {', '.join(names)}"
    return f"secrets do not belong into a configuration; set the environment variable {which} (or its twin with _FILE) instead"
