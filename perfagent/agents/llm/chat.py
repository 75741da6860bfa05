"""LangChain's chat model over perfagent's own port, so that roles are runnables and tools are LangChain's.

LangChain can send all it sees to a tracing service when certain variables are set in the environment; `quietly` switches that off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool
from pydantic import ConfigDict

from perfagent.agents.llm.limits import Meter, estimate
from perfagent.ports.language_model import LanguageModel, Message, Role, ToolCall, ToolSpec


class PortChat(BaseChatModel):
    """Keyword arguments of a call: `schema`, `tools`, `max_tokens`. The parsed object is in the message's `additional_kwargs["parsed"]`."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    port: Any  # a LanguageModel; pydantic cannot check a Protocol
    meter: Any
    timeout: float = 120.0

    @property
    def _llm_type(self) -> str:
        return "perfagent"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  the schema ends the answer
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,
    ) -> ChatResult:
        port: LanguageModel = self.port
        meter: Meter = self.meter
        asked = [as_message(m) for m in messages]
        prompt = sum(estimate(m.content) for m in asked)
        max_tokens = int(kwargs.get("max_tokens", 1024))
        completion = port.complete(
            asked,
            schema=kwargs.get("schema"),
            tools=tuple(kwargs.get("tools", ())),
            max_tokens=max_tokens,
            timeout=meter.left(self.timeout, tokens=prompt),
        )
        meter.used(completion, prompt=prompt, answer=estimate(completion.text))
        usage = UsageMetadata(
            input_tokens=completion.prompt_tokens or prompt,
            output_tokens=completion.completion_tokens or 0,
            total_tokens=(completion.prompt_tokens or prompt) + (completion.completion_tokens or 0),
        )
        message = AIMessage(
            content=completion.text,
            additional_kwargs={"parsed": completion.parsed},
            tool_calls=[{"name": c.name, "args": dict(c.arguments), "id": c.id, "type": "tool_call"} for c in completion.calls],
            usage_metadata=usage,
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def bind_tools(self, tools: Sequence[Any], **kwargs: Any) -> Runnable[Any, AIMessage]:
        return self.bind(tools=[as_spec(tool) for tool in tools], **kwargs)


def as_message(message: BaseMessage) -> Message:
    text = message.content if isinstance(message.content, str) else "".join(str(part) for part in message.content)
    if isinstance(message, SystemMessage):
        return Message(role=Role.SYSTEM, content=text)
    if isinstance(message, ToolMessage):
        return Message(role=Role.TOOL, content=text, call_id=message.tool_call_id)
    if isinstance(message, AIMessage):
        calls = tuple(ToolCall(id=c["id"] or "", name=c["name"], arguments=c["args"]) for c in message.tool_calls)
        return Message(role=Role.ASSISTANT, content=text, calls=calls)
    return Message(role=Role.USER, content=text)


def as_langchain(messages: Sequence[Message]) -> list[BaseMessage]:
    """For the messages that prompts are made of: system and user."""
    from langchain_core.messages import HumanMessage

    return [SystemMessage(m.content) if m.role is Role.SYSTEM else HumanMessage(m.content) for m in messages]


def as_spec(tool: BaseTool | Callable[..., Any]) -> ToolSpec:
    function = convert_to_openai_tool(tool)["function"]
    return ToolSpec(name=function["name"], description=function.get("description", ""), parameters=function.get("parameters", {}))


@contextmanager
def quietly() -> Iterator[None]:
    """No tracing, whatever the environment says."""
    from langsmith.run_helpers import tracing_context

    with tracing_context(enabled=False):
        yield
