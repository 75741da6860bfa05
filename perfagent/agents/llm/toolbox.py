"""Read-only tools for a large model, as LangChain's StructuredTool, and what their answers become: evidence that can be cited.

A tool's answer is text from outside like any other. What writes is never in here: the caller hands in reading tools only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.tools import StructuredTool

from perfagent.agents.llm.cleaning import Redact, into_prompt
from perfagent.agents.llm.dossier import Dossier
from perfagent.agents.llm.limits import Meter
from perfagent.agents.llm.prompts import evidence_line
from perfagent.errors import PerfagentError
from perfagent.model.evidence import Evidence
from perfagent.ports.language_model import ReadTool

ANSWER = 4_000  # characters of one answer
_ITEMS = 20


class Toolbox:
    """`calls` remembers what was asked: the same question has the same answer, and is refused."""

    def __init__(self, tools: Sequence[ReadTool], dossier: Dossier, meter: Meter, redact: Redact) -> None:
        self._tools = {tool.spec.name: tool for tool in tools}
        self._dossier = dossier
        self._meter = meter
        self._redact = redact
        self._asked: set[str] = set()

    @property
    def exhausted(self) -> bool:
        return not self._meter.calls_left

    def structured(self) -> list[StructuredTool]:
        return [self._structured(tool) for tool in self._tools.values()]

    def run(self, name: str, arguments: Mapping[str, Any]) -> str:
        """The answer as the model sees it; every refusal says why."""
        tool = self._tools.get(name)
        if tool is None:
            return f"There is no tool {name[:60]!r}. There are: {', '.join(self._tools)}."
        key = f"{name} {json.dumps(arguments, sort_keys=True, default=str)}"
        if key in self._asked:
            return "Refused: this was asked already, with the same arguments. Its answer stands above."
        if not self._meter.may_call():
            return "Refused: no tool calls are left. Answer with what is known."
        self._asked.add(key)
        try:
            answer = tool.call(arguments)
        except PerfagentError as error:
            return into_prompt(f"The tool failed: {error.message}. {error.hint or ''}", ANSWER, self._redact)
        return self._shown(name, answer)

    def _structured(self, tool: ReadTool) -> StructuredTool:
        def call(**arguments: Any) -> str:
            return self.run(tool.spec.name, arguments)

        return StructuredTool.from_function(
            func=call, name=tool.spec.name, description=tool.spec.description, args_schema=dict(tool.spec.parameters)
        )

    def _shown(self, name: str, answer: Any) -> str:
        items = answer.get("evidence") if isinstance(answer, Mapping) else None
        if isinstance(items, list):
            known = [item for raw in items[:_ITEMS] if (item := _evidence(raw)) is not None]
            lines = [evidence_line(self._dossier.add(item), item, self._redact) for item in known]
            notes = [into_prompt(str(note), 300, self._redact) for note in (answer.get("notes") or ())[:5]]
            return "\n".join([*lines, *notes]) or "Nothing was found."
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False, default=str)
        cut = into_prompt(text, ANSWER, self._redact)
        number = sum(1 for item in self._dossier.evidence.values() if item.source == "tool") + 1
        short = self._dossier.add(Evidence(id=f"tool:{name}:{number}", source="tool", name=name, text=cut))
        return f"{short} <data>{cut}</data>"


def _evidence(raw: Any) -> Evidence | None:
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(Evidence).validate_python(raw)
    except ValidationError:
        return None
