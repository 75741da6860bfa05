"""One source for every tool: what the server serves, what `perfagent tools` prints, and what OpenSpec specifies agree."""

from __future__ import annotations

import asyncio
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from perfagent.ci.context import Context
from perfagent.config.secrets import Secrets
from perfagent.config.settings import Settings
from perfagent.tools.definitions import FORMATS, definitions
from perfagent.tools.server import READ_ONLY
from perfagent.tools.workspace import Workspace

ROOT = Path(__file__).parents[3]
SPECS = ROOT / "openspec" / "specs"


def printed(format: str, directory: Path = Path()) -> Any:
    workspace = Workspace(
        settings=Settings(),
        context=Context(),
        secrets=Secrets(),
        directory=directory,
        environ={},
        redact=str,
        now=lambda: datetime(2026, 11, 25, tzinfo=UTC),
    )
    return asyncio.run(definitions(workspace, format))


MCP = {tool["name"]: tool for tool in printed("mcp")}
every_tool = pytest.mark.parametrize("name", sorted(MCP))


def requirements(name: str) -> str:
    return (SPECS / name / "spec.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("format", FORMATS)
def test_every_format_is_json_and_names_every_tool(format: str) -> None:
    text = json.dumps(printed(format))
    assert all(f'"{name}"' in text for name in MCP)


@every_tool
def test_schemas_are_valid_and_every_argument_is_described(name: str) -> None:
    tool = MCP[name]
    Draft202012Validator.check_schema(tool["inputSchema"])
    Draft202012Validator.check_schema(tool["outputSchema"])
    assert tool["description"]
    assert tool["inputSchema"]["type"] == "object"


def test_openai_and_anthropic_carry_the_same_schemas() -> None:
    openai = {t["function"]["name"]: t["function"]["parameters"] for t in printed("openai")}
    anthropic = {t["name"]: t["input_schema"] for t in printed("anthropic")}
    assert openai == anthropic == {name: tool["inputSchema"] for name, tool in MCP.items()}


def test_the_openapi_document_is_valid_3_1() -> None:
    validator = pytest.importorskip("openapi_spec_validator", reason="pip install openapi-spec-validator")
    document = printed("openapi")
    validator.validate(document)
    assert document["openapi"].startswith("3.1")
    assert {path.removeprefix("/tools/") for path in document["paths"]} == set(MCP)


def test_no_reference_in_the_openapi_document_leads_nowhere() -> None:
    document = printed("openapi")
    found = re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document))
    assert found
    assert set(found) <= set(document["components"]["schemas"])


@every_tool
def test_annotations_say_what_the_tool_does_to_the_world(name: str) -> None:
    hints = MCP[name]["annotations"]
    assert set(hints) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}
    assert hints["destructiveHint"] is False
    if name in READ_ONLY:
        assert hints["readOnlyHint"] is True


def test_a_model_is_handed_reading_tools_only_and_none_that_moves_the_gate() -> None:
    assert {name for name, tool in MCP.items() if tool["annotations"]["readOnlyHint"]} >= READ_ONLY
    assert "get_acceptances" not in READ_ONLY


# OpenSpec


def test_every_tool_has_a_specification_and_every_specification_a_tool() -> None:
    assert {path.parent.name for path in SPECS.glob("*/spec.md")} == set(MCP)


@every_tool
def test_a_specification_names_every_argument_and_none_that_is_not_there(name: str) -> None:
    text = requirements(name)
    tool = MCP[name]
    arguments = set(tool["inputSchema"]["properties"])
    assert {a for a in arguments if f"`{a}`" in text} == arguments
    shape = json.dumps(tool)
    known = {*arguments, *re.findall(r'"(\w+)"', shape), *MCP}
    snake = set(re.findall(r"`([a-z]+_[a-z_]+)`", text))
    assert snake <= known | {"exit_code"}, snake - known


@every_tool
def test_a_specification_is_of_requirements_with_scenarios(name: str) -> None:
    text = requirements(name)
    assert re.search(r"^## Purpose\n\n\S.{40,}", text, re.MULTILINE)
    parts = text.split("### Requirement: ")[1:]
    assert len(parts) >= 3
    for part in parts:
        assert " SHALL " in part
        scenarios = part.split("#### Scenario: ")[1:]
        assert scenarios
        assert all("- **WHEN** " in scenario and "- **THEN** " in scenario for scenario in scenarios)
