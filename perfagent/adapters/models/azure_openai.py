"""Azure OpenAI by its v1 endpoint: no api-version, and the model's name is the deployment's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from urllib.parse import urlsplit

from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.chat_api import ChatApi
from perfagent.adapters.models.entra import token_source
from perfagent.adapters.models.openai_compatible import HOSTED_CONTEXT
from perfagent.ports.language_model import Completion, JsonSchema, Message, ToolSpec

SCOPE = "https://cognitiveservices.azure.com/.default"


class AzureOpenAi:
    """With `access.key` the key is sent, else a token of Entra ID (role "Cognitive Services OpenAI User"). `token` replaces its source."""

    calls_tools = True

    def __init__(self, access: ModelAccess, *, token: Callable[[], str] | None = None) -> None:
        self.name = f"azure_openai:{access.model}"
        self.context = HOSTED_CONTEXT
        self._key = access.key
        self._access = access
        self._token = token
        self._chat = ChatApi(
            access,
            service="Azure OpenAI",
            base_url=v1_address(access.base_url or ""),
            headers=self._credentials,
            forms=("strict", "object", "none"),
        )

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: JsonSchema | None = None,
        tools: Sequence[ToolSpec] = (),
        max_tokens: int = 1024,
        temperature: float = 0.0,
        timeout: float = 120.0,
    ) -> Completion:
        return self._chat.complete(messages, schema=schema, tools=tools, max_tokens=max_tokens, temperature=temperature, timeout=timeout)

    def close(self) -> None:
        self._chat.close()

    def _credentials(self) -> Mapping[str, str]:
        """Asked for with every request: a token lasts about an hour, and its source keeps it."""
        if self._key:
            return {"api-key": self._key}
        if self._token is None:
            self._token = token_source(SCOPE, environ=self._access.environ, network=self._access.network, pace=self._access.pace)
        return {"Authorization": f"Bearer {self._token()}"}


def v1_address(url: str) -> str:
    """`https://R.openai.azure.com` and `.../openai` mean the v1 endpoint below them; a path of one's own stays."""
    path = urlsplit(url).path.rstrip("/")
    base = url.rstrip("/")
    if path == "":
        return f"{base}/openai/v1"
    return f"{base}/v1" if path == "/openai" else base
