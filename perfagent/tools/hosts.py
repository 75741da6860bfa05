"""From configuration, CI context and secrets to an open code host or tracker. Without the means for one, the run folder is the host."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from pydantic import SecretStr

from perfagent.adapters.code_hosts import HostAccess, open_code_host
from perfagent.adapters.network import Network
from perfagent.ci.context import Context, Host, Provider
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
_JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
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
    """Opening asks nothing of the network. A real one is opened once a server: who we are is asked once, and writes keep their pace."""
    provider = _provider(workspace.settings, workspace.context)
    why = _what_is_missing(workspace, provider)
    if provider == "local" or why:
        access = HostAccess(provider="local", run_folder=workspace.output().path)
        return OpenHost(host=open_code_host(access), flavour=_FLAVOUR["local"], why_local=why)
    if "code_host" not in workspace.opened:
        workspace.opened["code_host"] = OpenHost(host=open_code_host(_access(workspace, provider)), flavour=_FLAVOUR[provider])
    return cast(OpenHost, workspace.opened["code_host"])


@contextmanager
def briefly(opened: OpenHost, seconds: float) -> Iterator[None]:
    """What is asked inside may take so long altogether: for what a report does without."""
    http = getattr(opened.host, "http", None)
    if http is None:
        yield
        return
    with http.within(seconds):
        yield


def _access(workspace: Workspace, provider: str) -> HostAccess:
    settings, context = workspace.settings.code_host, workspace.context
    held = _token(workspace, provider)
    token = held.get_secret_value() if held else ""
    return HostAccess(
        provider=provider,
        api_url=settings.api_url or context.api_url or _DEFAULT_API[provider],
        repository=settings.repository or context.repository,
        project=context.project,
        token=token,
        scheme=scheme(provider, token, in_azure=context.provider is Provider.AZURE),
        author=settings.author,
        pipeline_id=workspace.environ.get("CI_PIPELINE_ID"),
        run_folder=workspace.output().path,
        network=network(workspace),
        limits=workspace.limits,
        pace=workspace.pace,
    )


def scheme(provider: str, token: str, *, in_azure: bool = False) -> str:
    """How a token is shown, by its form. Azure's job tokens (and Entra's) are JWTs, its personal ones are not; where the form does not
    tell, a job of Azure Pipelines has its own. Bitbucket's personal ones come as `user:token`. GitLab's job tokens have a header too."""
    if provider == "gitlab":
        return "job" if token.startswith("glcbt-") else "private"
    if provider == "azure_devops" and not _JWT.fullmatch(token):
        personal = len(token) == 52 or (len(token) == 84 and "AZDO" in token)
        return "basic" if personal or not in_azure else "bearer"
    if provider == "bitbucket" and ":" in token:
        return "basic"
    return "bearer"


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
    if not missing:
        return ""
    fork = "; a fork's job gets no secrets, so let `perfagent publish` post this run from a job that has them"
    return f"nothing is posted to {provider}: {' and '.join(missing)}{fork if workspace.context.is_fork else ''}"
