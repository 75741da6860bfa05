"""Asking services who we are and what we may do, without changing anything there. One request or two each, no patience."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from perfagent.adapters.http import Http, Limits, Network

LIMITS = Limits(connect=5, read=10, deadline=15, attempts=1)
_GITLAB_LEVELS = {0: "none", 5: "minimal", 10: "guest", 15: "planner", 20: "reporter", 30: "developer", 40: "maintainer", 50: "owner"}
_GITLAB_DEVELOPER = 30
_BITBUCKET_NEEDED = ("pullrequest:write",)
_JIRA_NEEDED = ("CREATE_ISSUES", "ADD_COMMENTS", "CREATE_ATTACHMENTS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """What a service let us see. `missing` are rights that perfagent needs and the service says are not there."""

    detail: str
    missing: tuple[str, ...] = ()


def github(api_url: str, repository: str, token: str, network: Network) -> Access:
    """Raises HttpError (an OptionalServiceError), as all do here. What a job's own token may write, GitHub tells only when it is tried."""
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28", "Authorization": f"Bearer {token}"}
    http = _http(api_url, "GitHub", headers, token, network)
    response = http.send("GET", f"/repos/{repository}")
    scopes = {scope.strip() for scope in response.headers.get("X-OAuth-Scopes", "").split(",")} - {""}
    private = bool(_dict(response.json()).get("private"))
    needed = {"repo"} if private else {"repo", "public_repo"}
    missing = ("the scope repo (comment, status)",) if scopes and not scopes & needed else ()
    told = f"scopes {', '.join(sorted(scopes))}" if scopes else "needs pull-requests: write and statuses: write to post"
    return Access(detail=f"reads {repository}; {told}", missing=missing)


def gitlab(api_url: str, project: str, token: str, network: Network) -> Access:
    http = _http(api_url, "GitLab", {"PRIVATE-TOKEN": token}, token, network)
    with http.within():
        found = _dict(http.json("GET", f"/projects/{quote(project, safe='')}"))
        own = _dict(http.json("GET", "/personal_access_tokens/self"))
    scopes = [str(scope) for scope in own.get("scopes") or ()]
    rights = _dict(found.get("permissions"))
    level = max((_dict(rights.get(kind)).get("access_level") or 0) for kind in ("project_access", "group_access"))
    missing = [] if "api" in scopes else ["the scope api (comment, status)"]
    if 0 < level < _GITLAB_DEVELOPER:
        missing.append("the role developer (status)")
    expires = f", until {own['expires_at']}" if own.get("expires_at") else ""
    detail = f"reads {found.get('path_with_namespace', project)} as {_GITLAB_LEVELS.get(level, level)}; scopes {', '.join(scopes)}{expires}"
    return Access(detail=detail, missing=tuple(missing))


def azure_devops(api_url: str, project: str, repository: str, token: str, network: Network) -> Access:
    headers = {"Authorization": f"Bearer {token}", "X-TFS-FedAuthRedirect": "Suppress"}
    http = _http(api_url, "Azure DevOps", headers, token, network)
    path = f"/{quote(project)}/_apis/git/repositories/{quote(repository)}"
    found = _dict(http.json("GET", path, params={"api-version": "7.1"}))
    return Access(detail=f"reads {found.get('name', repository)}; needs “Contribute to pull requests” to post")


def bitbucket(api_url: str, repository: str, token: str, network: Network) -> Access:
    http = _http(api_url, "Bitbucket", {"Authorization": f"Bearer {token}"}, token, network)
    response = http.send("GET", f"/repositories/{repository}")
    scopes = {scope.strip() for scope in response.headers.get("X-OAuth-Scopes", "").split(",")} - {""}
    missing = tuple(f"the scope {scope}" for scope in _BITBUCKET_NEEDED if scopes and scope not in scopes)
    return Access(detail=f"reads {repository}" + (f"; scopes {', '.join(sorted(scopes))}" if scopes else ""), missing=missing)


def jira(url: str, *, flavor: str, email: str, project: str, token: str, network: Network) -> Access:
    """`/myself` first: a search without a valid token is answered with nothing instead of 401."""
    import base64

    basic = base64.b64encode(f"{email}:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}" if flavor == "cloud" else f"Bearer {token}"}
    http = _http(f"{url}/rest/api/{3 if flavor == 'cloud' else 2}", "Jira", headers, token, network)
    with http.within():
        me = _dict(http.json("GET", "/myself"))
        answer = _dict(http.json("GET", "/mypermissions", params={"projectKey": project, "permissions": ",".join(_JIRA_NEEDED)}))
    rights = _dict(answer.get("permissions"))
    missing = tuple(name for name in _JIRA_NEEDED if not _dict(rights.get(name)).get("havePermission"))
    return Access(detail=f"is {me.get('displayName') or me.get('name') or 'known'}; project {project}", missing=missing)


def prometheus(url: str, tenant: str | None, network: Network) -> Access:
    http = _http(url, "Prometheus", _tenant(tenant), "", network)
    data = _dict(_dict(http.json("GET", "/api/v1/status/buildinfo")).get("data"))
    return Access(detail=f"version {data.get('version', 'unknown')}")


def loki(url: str, tenant: str | None, network: Network) -> Access:
    http = _http(url, "Loki", _tenant(tenant), "", network)
    labels = _dict(http.json("GET", "/loki/api/v1/labels")).get("data") or []
    return Access(detail=f"{len(labels)} labels in the last hours")


def ollama(url: str, model: str, network: Network) -> Access:
    models = _dict(_http(url, "Ollama", {}, "", network).json("GET", "/api/tags")).get("models") or []
    names = {str(_dict(entry).get("name")) for entry in models}
    there = model in names or f"{model}:latest" in names
    return Access(detail=f"{len(names)} models", missing=() if there else (f"the model {model} (`ollama pull {model}`)",))


def openai(url: str, model: str, token: str, network: Network) -> Access:
    """Any compatible endpoint. Azure takes the key as `api-key`, others as a bearer token; each ignores the other's header."""
    headers = {"Authorization": f"Bearer {token}", "api-key": token} if token else {}
    data = _dict(_http(url, "the model's endpoint", headers, token, network).json("GET", "/models")).get("data") or []
    names = {str(_dict(entry).get("id")) for entry in data}
    listed = (
        "" if model in names or not names else f"; {model} is not among the {len(names)} that it lists (a deployment's name may not be)"
    )
    return Access(detail=f"answers{listed}")


def entra(url: str, model: str, *, foundry: bool, env: Mapping[str, str], network: Network) -> Access:
    """Azure without a key: a token of Entra ID, and one question with it that changes nothing."""
    from perfagent.adapters.models.azure_openai import SCOPE, v1_address
    from perfagent.adapters.models.entra import token_source
    from perfagent.adapters.network import Pace

    token = token_source("https://ai.azure.com/.default" if foundry else SCOPE, environ=env, network=network, pace=Pace())()
    if not foundry:
        return openai(v1_address(url), model, token, network)
    http = _http(url, "Azure AI Foundry", {"Authorization": f"Bearer {token}"}, token, network)
    http.json("GET", "/agents", params={"api-version": "v1", "limit": 1})
    return Access(detail="answers; its agents can be listed")


def _http(url: str, service: str, headers: Mapping[str, str], token: str, network: Network) -> Http:
    return Http(url, service=service, headers=headers, secrets=[token] if token else [], network=network, limits=LIMITS)


def _tenant(tenant: str | None) -> dict[str, str]:
    return {"X-Scope-OrgID": tenant} if tenant else {}


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
