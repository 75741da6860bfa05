"""`perfagent tools`: the same definitions for other model providers, from the one source that the server serves."""

from __future__ import annotations

from typing import Any

from perfagent.tools.server import build_server
from perfagent.tools.workspace import Workspace

FORMATS = ("mcp", "openai", "anthropic", "openapi")


async def definitions(workspace: Workspace, format: str) -> Any:
    """JSON-ready: a list (mcp, openai, anthropic) or an OpenAPI 3.1 document with one POST operation per tool."""
    tools = [t.model_dump(mode="json", by_alias=True, exclude_none=True) for t in await build_server(workspace).list_tools()]
    match format:
        case "openai":
            return [
                {"type": "function", "function": {"name": t["name"], "description": t["description"], "parameters": t["inputSchema"]}}
                for t in tools
            ]
        case "anthropic":
            return [{"name": t["name"], "description": t["description"], "input_schema": t["inputSchema"]} for t in tools]
        case "openapi":
            return _openapi(tools)
    return tools


def _openapi(tools: list[dict[str, Any]]) -> dict[str, Any]:
    schemas: dict[str, Any] = {}

    def lifted(schema: dict[str, Any], owner: str) -> dict[str, Any]:
        """JSON Schema's local $defs become components, since OpenAPI resolves references from the document's root."""
        text = dict(schema)
        for name, definition in text.pop("$defs", {}).items():
            schemas[f"{owner}.{name}"] = _rewritten(definition, owner)
        rewritten: dict[str, Any] = _rewritten(text, owner)
        return rewritten

    paths = {}
    for tool in tools:
        operation: dict[str, Any] = {
            "operationId": tool["name"],
            "summary": tool.get("title", tool["name"]),
            "description": tool["description"],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": lifted(tool["inputSchema"], tool["name"])}},
            },
            "responses": {"200": {"description": "The tool's answer"}},
        }
        if "outputSchema" in tool:
            operation["responses"]["200"]["content"] = {"application/json": {"schema": lifted(tool["outputSchema"], tool["name"])}}
        paths[f"/tools/{tool['name']}"] = {"post": operation}
    from perfagent import __version__

    return {
        "openapi": "3.1.0",
        "info": {"title": "perfagent tools", "version": __version__},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _rewritten(value: Any, owner: str) -> Any:
    if isinstance(value, dict):
        return {
            key: f"#/components/schemas/{owner}.{item.removeprefix('#/$defs/')}" if key == "$ref" else _rewritten(item, owner)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_rewritten(item, owner) for item in value]
    return value
