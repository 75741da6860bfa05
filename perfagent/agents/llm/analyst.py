"""The analyst on a language model. It starts from the rules' diagnosis, which is what remains whenever the model fails."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace

from perfagent.agents.llm.cleaning import Redact, out_of_model
from perfagent.agents.llm.dossier import Dossier, open_dossier
from perfagent.agents.llm.limits import Limits, Meter
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.diagnosis import Diagnosis
from perfagent.ports.analyst import Analyst, Case
from perfagent.ports.language_model import LanguageModel, ModelError, ReadTool, Reason
from perfagent.text.redaction import Redactor

TOOL_CONTEXT = 32_000  # tokens from which on a model is taken for one that can look further by itself


class LlmAnalyst:
    """`tools` are reading tools by name; they are used by models that call tools and have room for answers. `redact` knows the secrets."""

    def __init__(
        self,
        model: LanguageModel,
        *,
        rules: Analyst | None = None,
        tools: Mapping[str, ReadTool] | None = None,
        redact: Redact | None = None,
        limits: Limits | None = None,
        timeout: float = 120.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = model.name
        self._model = model
        self._rules: Analyst = rules or RulesAnalyst()
        self._tools = dict(tools or {})
        self._redact = redact or Redactor()
        self._limits = limits or Limits()
        self._timeout = timeout
        self._clock = clock

    def explain(self, case: Case) -> Diagnosis:
        """Never raises because of the model."""
        rules = self._rules.explain(case)
        meter = Meter(self._limits, self._clock)
        try:
            dossier = open_dossier(case, rules)
            if not dossier.symptom.affected:
                return rules  # nothing is slower: there is nothing to ask
            diagnosis = self._asked(dossier, meter)
        except ModelError as error:
            return self._without(rules, meter, error.message)
        except Exception as error:  # whatever a model's answer or a library does, the rules' diagnosis stands
            return self._without(rules, meter, f"the analyst on {self.name} failed: {type(error).__name__}")
        return replace(diagnosis, warnings=(*diagnosis.warnings, *self._notes(meter)))

    def _asked(self, dossier: Dossier, meter: Meter) -> Diagnosis:
        try:
            from perfagent.agents.llm.chat import PortChat, quietly
            from perfagent.agents.llm.composing import compose
            from perfagent.agents.llm.crew import Crew
            from perfagent.agents.llm.toolbox import Toolbox
        except ImportError as error:
            missing = error.name or "langchain_core"
            raise ModelError(Reason.ABSENT, f"{missing} is not installed", hint="install perfagent[llm]") from error
        looks_further = bool(self._tools) and self._model.calls_tools and self._model.context >= TOOL_CONTEXT
        toolbox = Toolbox(list(self._tools.values()), dossier, meter, self._redact) if looks_further else None
        with quietly():
            chat = PortChat(port=self._model, meter=meter, timeout=self._timeout)
            findings, placed = Crew(chat, dossier, redact=self._redact, toolbox=toolbox).work()
        return compose(dossier, findings, placed, analyst=self.name)

    def _without(self, rules: Diagnosis, meter: Meter, reason: str) -> Diagnosis:
        """The provider's own words may be in `reason`, so it is cleaned like any other text from outside."""
        said = out_of_model(reason, 500, self._redact)
        return replace(rules, warnings=(*rules.warnings, f"The rules explain alone: {said}", *self._notes(meter)))

    def _notes(self, meter: Meter) -> list[str]:
        return [out_of_model(note, 300, self._redact) for note in meter.notes]
