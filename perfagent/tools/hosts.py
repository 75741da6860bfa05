"""From configuration, CI context and secrets to an open code host or tracker. Without the means for one, the run folder is the host."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from perfagent.adapters.code_hosts import HostAccess, open_code_host
from perfagent.adapters.network import Network
from perfagent.ci.context import Context, Host
from perfagent.config.settings import Settings
from perfagent.ports.code_host import CodeHost
from perfagent.report.markdown import Flavour
from perfagent.tools.workspace import Workspace

_DEFAULT_API = {
    "github": "https://api.github.com",
    "gitlab": "https://gitlab.com/api/v4",
    "azure_devops": "",
    "bitbucket": "https://api.bitbucket.org/2.0",
}
_FLAVOUR: dict[str, Flavour] = {
    "github": "github",
    "gitlab": "gitlab",
    "azure_devops": "azure",
    "bitbucket": "bitbucket",
    "local": "github",
}
_TOKEN_NAME = {
    "github": "GITHUB_TOKEN",
    "gitlab": "PERFAGENT_GITLAB_TOKEN",
    "azure_devops": "SYSTEM_ACCESSTOKEN",
    "bitbucket": "BITBUCKET_TOKEN",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHost:
    """`why_local` says why the run folder stands in for a code host; empty where a real one is open or none is wanted."""

    host: CodeHost
    flavour: Flavour
    why_local: str = ""


def code_host(workspace: Workspace) -> OpenHost:
    """Opening asks nothing of the network."""
    provider = _provider(workspace.settings, workspace.context)
    why = _what_is_missing(workspace, provider)
    if provider == "local" or why:
        access = HostAccess(provider="local", run_folder=workspace.output().path)
        return OpenHost(host=open_code_host(access), flavour=_FLAVOUR["local"], why_local=why)
    settings, context = workspace.settings.code_host, workspace.context
    token = _token(workspace, provider)
    access = HostAccess(
        provider=provider,
        api_url=settings.api_url or context.api_url or _DEFAULT_API[provider],
        repository=settings.repository or context.repository,
        project=context.project,
        token=token.get_secret_value() if token else "",
        scheme="private" if provider == "gitlab" else "bearer",
        pipeline_id=workspace.environ.get("CI_PIPELINE_ID"),
        run_folder=workspace.output().path,
        network=network(workspace),
    )
    return OpenHost(host=open_code_host(access), flavour=_FLAVOUR[provider])


def flavour(workspace: Workspace) -> Flavour:
    """Which host's Markdown the comment is written in, also where nothing can be posted (a fork's job)."""
    return flavour_of(workspace.settings, workspace.context)


def flavour_of(settings: Settings, context: Context) -> Flavour:
    return _FLAVOUR[_provider(settings, context)]


def network(workspace: Workspace) -> Network:
    """Proxy and certificates: the configuration's before the environment's."""
    settings = workspace.settings.code_host
    found = Network.from_environment(workspace.environ)
    return Network(
        proxies={"http": settings.proxy, "https": settings.proxy} if settings.proxy else found.proxies,
        no_proxy=found.no_proxy,
        ca_bundle=settings.ca or found.ca_bundle,
    )


def _provider(settings: Settings, context: Context) -> str:
    kind = settings.code_host.kind
    if kind == "none":
        return "local"
    name = str(context.host if kind == "auto" else kind)
    return "azure_devops" if name == str(Host.AZURE) else name or "local"


def _token(workspace: Workspace, provider: str) -> SecretStr | None:
    token: SecretStr | None = getattr(workspace.secrets, provider, None)
    return token


def _what_is_missing(workspace: Workspace, provider: str) -> str:
    if provider == "local":
        return ""
    missing = []
    if not _token(workspace, provider):
        missing.append(f"{_TOKEN_NAME[provider]} is not set")
    if not (workspace.settings.code_host.repository or workspace.context.repository):
        missing.append("the repository is not known (code_host.repository)")
    return f"nothing is posted to {provider}: {' and '.join(missing)}" if missing else ""
