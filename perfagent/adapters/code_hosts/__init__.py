"""Code hosts, by name. Each is loaded when it is configured, so that its SDK costs nothing otherwise."""

from __future__ import annotations

from importlib import import_module

from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.errors import ConfigurationError
from perfagent.ports.code_host import CodeHost

__all__ = ["CODE_HOSTS", "HostAccess", "open_code_host"]

CODE_HOSTS = {
    "github": "perfagent.adapters.code_hosts.github:GitHub",
    "gitlab": "perfagent.adapters.code_hosts.gitlab:GitLab",
    "azure_devops": "perfagent.adapters.code_hosts.azure_devops:AzureDevOps",
    "bitbucket": "perfagent.adapters.code_hosts.bitbucket:Bitbucket",
    "local": "perfagent.adapters.code_hosts.local:LocalCodeHost",
}


def open_code_host(access: HostAccess) -> CodeHost:
    """Opening asks nothing of the network. Raises ConfigurationError for an unknown name, OptionalServiceError for a bad address."""
    path = CODE_HOSTS.get(access.provider)
    if path is None:
        raise ConfigurationError(f"unknown code host {access.provider!r}", hint=f"known: {', '.join(CODE_HOSTS)}")
    module, _, name = path.partition(":")
    host: CodeHost = getattr(import_module(module), name)(access)
    return host
