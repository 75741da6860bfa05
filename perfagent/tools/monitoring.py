"""From configuration to the monitoring adapters, loaded when they are configured."""

from __future__ import annotations

from perfagent.ports.monitoring import Logs, Metrics
from perfagent.tools.hosts import network
from perfagent.tools.workspace import Workspace


def metrics_source(workspace: Workspace) -> Metrics | None:
    settings = workspace.settings.monitoring.prometheus
    if not settings.url:
        return None
    from perfagent.adapters.monitoring.prometheus import Prometheus

    return Prometheus(settings.url, queries=settings.queries, tenant=settings.tenant, network=network(workspace))


def logs_source(workspace: Workspace) -> Logs | None:
    settings = workspace.settings.monitoring.loki
    if not settings.url:
        return None
    from perfagent.adapters.monitoring.loki import Loki

    return Loki(settings.url, tenant=settings.tenant, network=network(workspace))
