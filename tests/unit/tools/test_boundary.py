import asyncio

import pytest
from mcp import Client
from mcp.server.mcpserver import MCPServer

from perfagent.errors import ConfigurationError, LoadTestError, OptionalServiceError, PerfagentError
from perfagent.tools.boundary import answering, error_of


def served(function, redact=str):
    """What a client gets for a call of `function` behind the boundary."""
    server = MCPServer("test")
    server.add_tool(answering(function, redact), name="tool")

    async def call():
        async with Client(server) as client:
            return await client.call_tool("tool", {})

    return asyncio.run(call())


def test_an_anticipated_error_comes_back_as_it_was():
    def fails() -> dict[str, int]:
        raise LoadTestError("k6 ended with 107", hint="look at line 3")

    result = served(fails)
    error = error_of(result, "tool")
    assert result.is_error
    assert "hint: look at line 3" in result.content[0].text
    assert (type(error), error.message, error.hint, error.exit_code) == (LoadTestError, "k6 ended with 107", "look at line 3", 5)


def test_all_mistakes_cross():
    async def fails() -> dict[str, int]:
        raise ConfigurationError("two mistakes", mistakes=["a: wrong", "b: wrong"])

    error = error_of(served(fails), "tool")
    assert isinstance(error, ConfigurationError)
    assert error.mistakes == ("a: wrong", "b: wrong")


def test_what_crosses_is_redacted():
    def fails() -> dict[str, int]:
        raise LoadTestError("token hunter2 refused", hint="hunter2")

    result = served(fails, redact=lambda text: text.replace("hunter2", "***"))
    assert "hunter2" not in result.model_dump_json()
    assert error_of(result, "tool").message == "token *** refused"


def test_the_text_of_a_crash_stays_on_the_server():
    def crashes() -> dict[str, int]:
        raise RuntimeError("password=hunter2")

    result = served(crashes)
    assert result.is_error
    assert "hunter2" not in result.model_dump_json()
    error = error_of(result, "tool")
    assert type(error) is PerfagentError
    assert error.exit_code == 70


@pytest.mark.parametrize("value", [{"answer": 42}, {}])
def test_an_answer_passes_through(value):
    def answers() -> dict[str, int]:
        return value

    assert served(answers).structured_content == value


def test_a_kind_of_an_adapter_comes_back_as_the_kind_above_it():
    class HttpError(OptionalServiceError):
        """As adapters have them."""

    def fails() -> dict[str, int]:
        raise HttpError("no connection", hint="is it up?")

    error = error_of(served(fails), "tool")
    assert (type(error), error.message, error.hint) == (OptionalServiceError, "no connection", "is it up?")
