from __future__ import annotations

import pytest

from perfagent.config.secrets import Secrets, load_secrets
from perfagent.errors import ConfigurationError


def test_each_secret_has_its_one_name() -> None:
    env = {
        "GITHUB_TOKEN": "g",
        "PERFAGENT_GITLAB_TOKEN": "l",
        "SYSTEM_ACCESSTOKEN": "a",
        "BITBUCKET_TOKEN": "b",
        "PERFAGENT_JIRA_TOKEN": "j",
        "PERFAGENT_LLM_API_KEY": "m",
    }
    assert load_secrets(env).values() == ("g", "l", "a", "b", "j", "m")


def test_a_file_can_hold_the_secret_and_the_variable_itself_wins() -> None:
    files = {"/run/t": "from-file\n"}
    assert load_secrets({"GITHUB_TOKEN_FILE": "/run/t"}, read_text=files.__getitem__).values() == ("from-file",)
    assert load_secrets({"GITHUB_TOKEN_FILE": "/run/t", "GITHUB_TOKEN": "env"}, read_text=files.__getitem__).values() == ("env",)


@pytest.mark.parametrize(("provider", "held"), [("openai", ("o",)), ("azure_openai", ("z",)), ("ollama", ()), ("none", ())])
def test_the_providers_own_variable_works_for_its_own_provider_only(provider: str, held: tuple[str, ...]) -> None:
    assert load_secrets({"OPENAI_API_KEY": "o", "AZURE_OPENAI_API_KEY": "z"}, provider=provider).values() == held


def test_perfagents_own_name_wins_over_the_providers() -> None:
    assert load_secrets({"OPENAI_API_KEY": "o", "PERFAGENT_LLM_API_KEY": "p"}, provider="openai").values() == ("p",)


def test_every_file_that_cannot_be_read_is_told() -> None:
    def read(path: str) -> str:
        if path == "/empty":
            return "\n"
        raise FileNotFoundError(2, "No such file or directory")

    with pytest.raises(ConfigurationError) as caught:
        load_secrets({"GITHUB_TOKEN_FILE": "/none", "PERFAGENT_JIRA_TOKEN_FILE": "/empty"}, read_text=read)
    assert len(caught.value.mistakes) == 2
    assert "GITHUB_TOKEN_FILE: cannot read /none: No such file or directory" in caught.value.mistakes[0]


def test_a_secret_shows_nowhere() -> None:
    secrets = load_secrets({"GITHUB_TOKEN": "ghp_secret"})
    assert "ghp_secret" not in f"{secrets} {secrets!r} {secrets.model_dump_json()} {secrets.model_dump()}"
    assert Secrets().values() == ()
