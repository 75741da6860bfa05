"""All settings, frozen: built-in defaults < `.perfagent.yml` < `PERFAGENT_*` < flags. Secrets are elsewhere (`secrets.py`)."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from perfagent.config.measuring import BaselineSettings, GatePolicy, K6Settings, Rounds, Target
from perfagent.config.services import CodeHostSettings, Jira, Llm, Monitoring, Publish

ENV_PREFIX = "PERFAGENT_"
ENV_DELIMITER = "__"


class Settings(BaseSettings):
    """What `load` returns. Paths are relative to the directory perfagent is started in."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=False,
        hide_input_in_errors=True,
        env_prefix=ENV_PREFIX,
        env_nested_delimiter=ENV_DELIMITER,
        title="perfagent configuration",
    )

    service: str = Field(
        default="", max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="Name of the service; by default the repository's."
    )
    scenario: str | None = Field(default=None, min_length=1, description="The k6 script.")
    target: Target = Field(default_factory=Target, description="The two sides.")
    mode: Literal["auto", "duet", "turns", "history"] = Field(
        default="auto",
        description="Both sides at once, in balanced turns, or against stored runs; `auto` takes the first that is possible.",
    )
    rounds: Rounds = Field(default_factory=Rounds, description="How long and how often is measured.")
    gate: GatePolicy = Field(default_factory=GatePolicy, description="When a difference blocks the merge.")
    baseline: BaselineSettings = Field(default_factory=BaselineSettings, description="Where runs of the default branch are remembered.")
    monitoring: Monitoring = Field(default_factory=Monitoring, description="Metrics and logs of the service.")
    llm: Llm = Field(default_factory=Llm, description="The model that words the explanation.")
    jira: Jira = Field(default_factory=Jira, description="Where a regression becomes a defect.")
    publish: Publish = Field(default_factory=Publish, description="What is written to the code host.")
    code_host: CodeHostSettings = Field(default_factory=CodeHostSettings, description="Where the pull request lives.")
    k6: K6Settings = Field(default_factory=K6Settings, description="The load generator.")
    runs: str = Field(default=".perfagent/runs", min_length=1, description="Folder that gets one folder per run.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Nothing global is read here: `load` merges the layers itself, since it must say for each mistake where the value came from."""
        return (init_settings,)


def defaults() -> Settings:
    return Settings()


def as_document(settings: Settings) -> dict[str, Any]:
    """The settings as JSON-able data that `load` would accept again; it holds no secrets, because settings have none."""
    return settings.model_dump(mode="json", exclude_none=True)
