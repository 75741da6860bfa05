"""The four requests to Azure AI Foundry that an analyst needs, through `azure-ai-projects`. Its exceptions end here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from perfagent.adapters.http_errors import wait_asked_for
from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.network import Pace
from perfagent.ports.language_model import ModelError, Reason

_LONGEST_WAIT = 60.0
_CONTEXT = re.compile(r"context[_ ]length|maximum context|context window", re.IGNORECASE)
_FILTER = re.compile(r"content[_ ]filter|ResponsibleAI", re.IGNORECASE)


class RefusedError(Exception):
    """400: something in the request; `message` says what."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class FoundryClient:
    """`project` and `openai` are the SDK's own two clients."""

    def __init__(self, project: Any, openai: Any, *, pace: Pace | None = None) -> None:
        self._project = project
        self._openai = openai
        self._pace = pace or Pace()

    @classmethod
    def connect(cls, access: ModelAccess, *, credential: Any = None, **options: Any) -> FoundryClient:
        """Entra ID only (role "Azure AI User"). Asks nothing of the network yet. `options` go to the SDK's client as they are."""
        try:
            from azure.ai.projects import AIProjectClient
            from azure.identity import DefaultAzureCredential
        except ImportError:
            raise ModelError(Reason.ABSENT, "azure-ai-projects is not installed", hint="install perfagent[foundry]") from None
        proxies = access.network.proxies_for(access.base_url or "")
        transport: dict[str, Any] = {"retry_total": 2, "retry_backoff_max": 10, "connection_timeout": 6, "read_timeout": 60}
        if proxies:
            transport["proxies"] = proxies
        if access.network.ca_bundle:
            transport["connection_verify"] = access.network.ca_bundle
        project = AIProjectClient(endpoint=access.base_url or "", credential=credential or DefaultAzureCredential(), **transport, **options)
        settings: dict[str, Any] = {"max_retries": 0}
        if proxies or access.network.ca_bundle:
            settings["http_client"] = _http_client(proxies, access.network.ca_bundle)
        return cls(project, project.get_openai_client(**settings), pace=access.pace)

    def create_agent(self, name: str, definition: Mapping[str, Any]) -> str:
        """Its version."""
        with _translated("make an agent"):
            made = self._project.agents.create_version(name, {"definition": dict(definition)})
            return str(made.version)

    def respond(self, name: str, version: str, body: Mapping[str, Any], *, timeout: float) -> Mapping[str, Any]:
        """One answer, as the protocol's JSON. A rate limit is waited for once, when it asks for no more than there is time for."""
        import openai

        end = self._pace.clock() + timeout
        reference = {"agent_reference": {"type": "agent_reference", "name": name, "version": version}}

        def ask() -> Mapping[str, Any]:
            left = max(1.0, end - self._pace.clock())
            answer: Mapping[str, Any] = self._openai.responses.create(**body, extra_body=reference, timeout=left).to_dict()
            return answer

        with _translated("ask the agent"):
            try:
                return ask()
            except openai.RateLimitError as error:
                asked = wait_asked_for({k.lower(): v for k, v in error.response.headers.items()}, now=self._pace.now())
                if asked is None or asked > min(_LONGEST_WAIT, end - self._pace.clock()):
                    raise
                self._pace.sleep(asked)
            return ask()

    def delete_answer(self, id: str) -> bool:
        return _done(lambda: self._openai.responses.delete(id))

    def delete_agent(self, name: str) -> bool:
        return _done(lambda: self._project.agents.delete(name))

    def close(self) -> None:
        self._openai.close()
        self._project.close()


def _done(ask: Callable[[], Any]) -> bool:
    """Gone already is done too."""
    from azure.core.exceptions import ResourceNotFoundError
    from openai import NotFoundError

    try:
        with _translated("delete", passing=(ResourceNotFoundError, NotFoundError)):
            ask()
    except (ResourceNotFoundError, NotFoundError):
        return True
    except (ModelError, RefusedError):
        return False
    return True


@contextmanager
def _translated(what: str, *, passing: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    import openai
    from azure.core import exceptions as azure

    try:
        yield
    except passing:
        raise
    except (openai.APITimeoutError, azure.ServiceResponseTimeoutError) as error:
        raise ModelError(Reason.SLOW, f"could not {what}: Azure AI Foundry did not answer in time") from error
    except (openai.APIConnectionError, azure.ServiceRequestError, azure.ServiceResponseError) as error:
        raise ModelError(
            Reason.ABSENT, f"could not {what}: Azure AI Foundry cannot be reached", hint="check llm.base_url and proxy"
        ) from error
    except azure.ClientAuthenticationError as error:
        raise ModelError(Reason.DENIED, f"could not {what}: Entra ID gives no access", hint='the role "Azure AI User" is needed') from error
    except (openai.APIStatusError, azure.HttpResponseError) as error:
        raise _by_status(what, getattr(error, "status_code", None), str(error)[:400]) from error


def _by_status(what: str, status: int | None, text: str) -> Exception:
    kinds = {401: Reason.DENIED, 403: Reason.DENIED, 404: Reason.ABSENT, 408: Reason.SLOW, 429: Reason.RATE_LIMITED}
    if status == 400 and not _CONTEXT.search(text) and not _FILTER.search(text):
        return RefusedError(f"could not {what}: {text}")
    reason = kinds.get(status or 0, Reason.FAILED)
    if status == 400:
        reason = Reason.TOO_LONG if _CONTEXT.search(text) else Reason.REFUSED
    return ModelError(reason, f"could not {what}: Azure AI Foundry answered {status}: {text}")


def _http_client(proxies: Mapping[str, str], ca_bundle: str | None) -> Any:
    import ssl

    import httpx2

    verify: Any = ssl.create_default_context(cafile=ca_bundle) if ca_bundle else True
    return httpx2.Client(proxy=proxies.get("https") or proxies.get("http"), verify=verify)
