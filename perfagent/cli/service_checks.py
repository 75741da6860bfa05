"""What `doctor` asks of services: whether they answer, and what each credential may do there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

from pydantic import SecretStr

from perfagent.adapters import probes
from perfagent.adapters.models.azure_openai import v1_address
from perfagent.adapters.network import Network
from perfagent.ci.context import Context, Host
from perfagent.cli.checks import Check, State, failed
from perfagent.config.secret_names import SECRETS
from perfagent.config.secrets import Secrets
from perfagent.config.services import Provider
from perfagent.config.settings import Settings
from perfagent.errors import OptionalServiceError

_DEFAULT_API = {"github": "https://api.github.com", "gitlab": "https://gitlab.com/api/v4", "bitbucket": "https://api.bitbucket.org/2.0"}


def network_of(settings: Settings, env: Mapping[str, str]) -> Network:
    found = Network.from_environment(env)
    proxy = settings.code_host.proxy
    return Network(
        proxies={"http": proxy, "https": proxy} if proxy else found.proxies,
        no_proxy=found.no_proxy,
        ca_bundle=settings.code_host.ca or found.ca_bundle,
    )


def service_checks(settings: Settings, context: Context, secrets: Secrets, env: Mapping[str, str], cwd: Path) -> Iterator[Check]:
    network = network_of(settings, env)
    yield _code_host(settings, context, secrets, network)
    yield _jira(settings, secrets, network)
    yield from _monitoring(settings, network)
    yield _model(settings, secrets, network, cwd, env)


def _asked(name: str, ask: Callable[[], probes.Access]) -> Check:
    """A service that is down or refuses is a warning: it stops no run."""
    try:
        access = ask()
    except OptionalServiceError as error:
        return failed(name, error, state=State.WARNING)
    if access.missing:
        return Check(name=name, state=State.WARNING, detail=access.detail, hint=f"missing: {'; '.join(access.missing)}")
    return Check(name=name, state=State.OK, detail=access.detail)


def _code_host(settings: Settings, context: Context, secrets: Secrets, network: Network) -> Check:
    kind = settings.code_host.kind
    host = context.host.value if kind == "auto" else kind
    if host in ("", "none"):
        return Check(name="code host", state=State.UNUSED, detail="none: comment.md and defect.json go to the run folder")
    purpose = "azure_devops" if host == Host.AZURE else host
    token = _token(secrets, purpose)
    repository = settings.code_host.repository or context.repository
    url = settings.code_host.api_url or context.api_url or _DEFAULT_API.get(host, "")
    name = f"code host ({host})"
    if not token:
        return Check(
            name=name,
            state=State.WARNING,
            detail=f"{SECRETS[purpose]} is not set",
            hint="without it nothing is posted; the report is in the run folder",
        )
    if not repository or not url:
        what = "repository" if not repository else "api_url"
        return Check(name=name, state=State.WARNING, detail=f"the {what} is not known", hint=f"set code_host.{what}")
    asks: dict[str, Callable[[], probes.Access]] = {
        "github": lambda: probes.github(url, repository, token, network),
        "gitlab": lambda: probes.gitlab(url, context.project or repository, token, network),
        "azure": lambda: probes.azure_devops(url, context.project, repository, token, network),
        "bitbucket": lambda: probes.bitbucket(url, repository, token, network),
    }
    return _asked(name, asks[host])


def _jira(settings: Settings, secrets: Secrets, network: Network) -> Check:
    jira, token = settings.jira, _token(secrets, "jira")
    if not jira.url:
        return Check(name="jira", state=State.UNUSED, detail="no url: no defect is filed")
    if not token:
        return Check(name="jira", state=State.WARNING, detail=f"{SECRETS['jira']} is not set", hint="without it no defect is filed")
    url, project, email = jira.url, jira.project or "", jira.email or ""
    return _asked("jira", lambda: probes.jira(url, flavor=jira.flavor, email=email, project=project, token=token, network=network))


def _monitoring(settings: Settings, network: Network) -> Iterator[Check]:
    prometheus, loki = settings.monitoring.prometheus, settings.monitoring.loki
    if prometheus.url:
        url = prometheus.url
        yield _asked("prometheus", lambda: probes.prometheus(url, prometheus.tenant, network))
    if loki.url:
        address = loki.url
        yield _asked("loki", lambda: probes.loki(address, loki.tenant, network))
    if not prometheus.url and not loki.url:
        yield Check(name="monitoring", state=State.UNUSED, detail="none: process metrics of targets that perfagent starts are the evidence")


_LANGCHAIN = {"langchain_core": "langchain-core"}
_PACKAGES = {
    Provider.LLAMA_CPP: {**_LANGCHAIN, "llama_cpp": "llama-cpp-python"},
    Provider.AZURE_FOUNDRY: {**_LANGCHAIN, "azure.ai.projects": "azure-ai-projects"},
}


def _installed(module: str) -> bool:
    """Looked for without loading it; a package whose parent is missing is missing too."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _model(settings: Settings, secrets: Secrets, network: Network, cwd: Path, env: Mapping[str, str]) -> Check:
    llm, token = settings.llm, _token(secrets, "llm")
    model = llm.model or ""
    name = f"llm ({llm.provider})"
    if llm.provider is Provider.NONE:
        return Check(name="llm", state=State.UNUSED, detail="none: rules explain")
    missing = [package for module, package in _PACKAGES.get(llm.provider, _LANGCHAIN).items() if not _installed(module)]
    if missing:
        return Check(name=name, state=State.WARNING, detail=f"{', '.join(missing)} is not installed", hint="without it rules explain")
    if llm.provider is Provider.LLAMA_CPP:
        there = (cwd / model).is_file()
        hint = "" if there else "download the GGUF file, or name the right one in llm.model"
        return Check(
            name=name, state=State.OK if there else State.WARNING, detail=f"{model} is {'there' if there else 'not there'}", hint=hint
        )
    if llm.provider is Provider.OLLAMA:
        return _asked(name, lambda: probes.ollama(llm.base_url or "http://localhost:11434", model, network))
    if llm.provider is Provider.AZURE_FOUNDRY or (llm.provider is Provider.AZURE_OPENAI and not token):
        return _asked(
            name, lambda: probes.entra(llm.base_url or "", model, foundry=llm.provider is Provider.AZURE_FOUNDRY, env=env, network=network)
        )
    url = llm.base_url or "https://api.openai.com/v1"
    return _asked(name, lambda: probes.openai(v1_address(url) if llm.provider is Provider.AZURE_OPENAI else url, model, token, network))


def _token(secrets: Secrets, purpose: str) -> str:
    secret: SecretStr | None = getattr(secrets, purpose)
    return secret.get_secret_value() if secret else ""
