"""Settings of what perfagent talks to: monitoring, model, tracker, code host. A service that is down changes no verdict."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from perfagent.config.fields import PositiveSeconds, Section, TextMap, Url


class Prometheus(Section):
    url: Url | None = Field(default=None, description="Prometheus, Mimir or Thanos; everything before `/api/v1`.")
    queries: TextMap = Field(
        default_factory=dict,
        description="Metrics to fetch, name: PromQL; `$service` and `$window` are filled in. By default CPU, memory and latency.",
    )
    tenant: str | None = Field(default=None, description="Sent as `X-Scope-OrgID`.")


class Loki(Section):
    url: Url | None = Field(default=None, description="Loki; everything before `/loki/api/v1`.")
    query: str | None = Field(default=None, description="LogQL; `$service` is filled in. By default the service's errors and warnings.")
    tenant: str | None = Field(default=None, description="Sent as `X-Scope-OrgID`.")


class Monitoring(Section):
    prometheus: Prometheus = Field(default_factory=Prometheus, description="Metrics.")
    loki: Loki = Field(default_factory=Loki, description="Logs.")


class Provider(StrEnum):
    NONE = "none"
    LLAMA_CPP = "llama_cpp"
    AZURE_OPENAI = "azure_openai"
    AZURE_FOUNDRY = "azure_foundry"
    OPENAI = "openai"
    OLLAMA = "ollama"


class LlmLimits(Section):
    """What one explanation may use. A limit that is reached ends the model's part; the rules' diagnosis stands."""

    calls: int = Field(default=12, ge=0, description="Most tool calls; 0 gives the model no tools.")
    tokens: int = Field(default=120_000, ge=1000, description="Most tokens, of prompts and answers together.")
    time: PositiveSeconds = Field(default=300.0, description="Longest time for all answers together.")
    cost: float | None = Field(default=None, gt=0, description="Highest cost, in the currency of the prices below.")
    price_prompt: float = Field(default=0.0, ge=0, description="Price of a million tokens of prompt; a cost limit needs it.")
    price_completion: float = Field(default=0.0, ge=0, description="Price of a million tokens of answer.")


class Llm(Section):
    """The model that words the explanation. It sees evidence and never moves the verdict."""

    provider: Provider = Field(default=Provider.NONE, description="Who runs the model; `openai` is any compatible endpoint.")
    model: str | None = Field(default=None, description="Name of the model or deployment; a GGUF file for `llama_cpp`.")
    base_url: Url | None = Field(default=None, description="Address of the endpoint.")
    timeout: PositiveSeconds = Field(default=120.0, description="How long one answer may take.")
    context: int = Field(default=16384, ge=1024, description="Length of the context in tokens, for models run locally.")
    limits: LlmLimits = Field(default_factory=LlmLimits, description="What one explanation may use.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if self.provider in (Provider.AZURE_OPENAI, Provider.AZURE_FOUNDRY) and not self.base_url:
            example = "RESOURCE.openai.azure.com/openai/v1"
            if self.provider is Provider.AZURE_FOUNDRY:
                example = "ACCOUNT.services.ai.azure.com/api/projects/PROJECT"
            raise ValueError(f"provider {self.provider} needs base_url, for example https://{example}")
        if self.provider is not Provider.NONE and not self.model:
            raise ValueError(f"provider {self.provider} needs model: the name of the model or deployment, or the GGUF file for llama_cpp")
        return self


class Jira(Section):
    """Where a regression becomes a defect; one per fingerprint, updated in place."""

    url: Url | None = Field(default=None, description="The site; without it no defect is filed.")
    api_url: Url | None = Field(
        default=None,
        description="Where the API is, if not at the site: a scoped cloud token needs `https://api.atlassian.com/ex/jira/CLOUDID`.",
    )
    flavor: Literal["cloud", "datacenter"] = Field(default="cloud", description="Cloud (REST 3) or Data Center (REST 2).")
    email: str | None = Field(default=None, description="Whose API token it is (cloud).")
    project: str | None = Field(default=None, description="Key of the project.")
    issue_type: str = Field(default="Bug", min_length=1, description="Name or id of the issue type; ids survive translation.")
    fields: dict[str, Any] = Field(default_factory=dict, description="Further fields that the project demands, as Jira's API takes them.")
    priorities: TextMap = Field(
        default_factory=dict,
        description="Priority by severity (`critical`, `major`, `minor`), as name or id. By default Highest, High, Medium.",
    )
    on_recovery: Literal["comment", "close"] = Field(default="comment", description="What happens to the defect once it is fast.")
    cap: int = Field(default=5, ge=0, description="Most defects that one run may file.")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if not self.url:
            return self
        missing = [name for name in ("project", *(["email"] if self.flavor == "cloud" else [])) if not getattr(self, name)]
        if missing:
            raise ValueError(f"has a url but no {' and no '.join(missing)}")
        if unknown := sorted(set(self.priorities) - {"critical", "major", "minor"}):
            raise ValueError(f"priorities names {', '.join(unknown)}; the severities are critical, major and minor")
        return self


class CodeHostSettings(Section):
    """Normally all of it comes from CI."""

    kind: Literal["auto", "github", "gitlab", "azure", "bitbucket", "none"] = Field(
        default="auto", description="Where the pull request lives; `auto` asks the CI environment."
    )
    api_url: Url | None = Field(default=None, description="Base address of the host's API.")
    repository: str | None = Field(default=None, description="`owner/name`, or the project's path or id.")
    author: str | None = Field(
        default=None, description="Who perfagent posts as, where the token cannot tell: the login of a GitHub App, such as `perf-bot[bot]`."
    )
    proxy: Url | None = Field(default=None, description="Proxy for requests to code host, Jira, model and monitoring.")
    ca: str | None = Field(default=None, description="File with certificate authorities to trust in addition.")


class Publish(Section):
    """What is written to the code host."""

    comment: Literal["always", "on_failure", "never"] = Field(default="always", description="When the pull request gets its (one) comment.")
    status: bool = Field(default=True, description="Set the commit status.")
    annotations: bool = Field(default=True, description="Mark the suspected lines, where the host can.")
