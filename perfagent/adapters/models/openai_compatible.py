"""Any endpoint that speaks OpenAI's chat protocol: OpenAI itself, llama.cpp's server, vLLM, LM Studio, a gateway."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from perfagent.adapters.models.access import ModelAccess
from perfagent.adapters.models.chat_api import ChatApi
from perfagent.ports.language_model import Completion, JsonSchema, Message, ToolSpec

DEFAULT_URL = "https://api.openai.com/v1"
HOSTED_CONTEXT = 100_000  # tokens; what every current hosted model has, and more than a diagnosis needs


class OpenAiCompatible:
    calls_tools = True

    def __init__(self, access: ModelAccess) -> None:
        url = access.base_url or DEFAULT_URL
        own = (urlsplit(url).hostname or "").endswith("openai.com")
        self.name = f"openai:{access.model}"
        self.context = HOSTED_CONTEXT if own else access.context
        headers = {"Authorization": f"Bearer {access.key}"} if access.key else {}
        forms = ("strict", "object", "none") if own else ("bounded", "strict", "object", "none")
        service = "OpenAI" if own else f"the model's endpoint {urlsplit(url).netloc.rpartition('@')[2]}"
        self._chat = ChatApi(access, service=service, base_url=url, headers=lambda: headers, forms=forms)

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
