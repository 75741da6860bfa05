"""The agents: triage, code investigator, environment investigator, remediator; between them the checker, which is code.

    triage → environment? → code → check → remediator

A fixed pipeline of LangChain runnables. A small model fills one bounded schema per role; a large one looks further with tools first.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda, RunnablePassthrough

from perfagent.agents.llm import shapes
from perfagent.agents.llm.asking import ask, ask_with_tools
from perfagent.agents.llm.chat import PortChat
from perfagent.agents.llm.claims import Cited, problem
from perfagent.agents.llm.cleaning import Redact, out_of_model
from perfagent.agents.llm.composing import Placed, arrange
from perfagent.agents.llm.dossier import Candidate, Dossier
from perfagent.agents.llm.findings import Findings, check_environment, check_suspects, check_triage, spelled_out
from perfagent.agents.llm.patching import patched
from perfagent.agents.llm.prompts import messages_for, remedy_messages
from perfagent.agents.llm.toolbox import Toolbox
from perfagent.model.diagnosis import Cause
from perfagent.ports.language_model import ModelError

State = Mapping[str, Any]
_SURROUNDINGS = frozenset({Cause.ENVIRONMENT, Cause.UNKNOWN})


class Crew:
    """`toolbox` None: the fixed pipeline without tools."""

    def __init__(self, chat: PortChat, dossier: Dossier, *, redact: Redact, toolbox: Toolbox | None = None) -> None:
        self._chat = chat
        self._dossier = dossier
        self._redact = redact
        self._toolbox = toolbox

    def work(self) -> tuple[Findings, list[Placed]]:
        """Raises ModelError where triage or the code investigator cannot answer: without them there is nothing to add to the rules."""
        state = self._pipeline().invoke({"findings": Findings()})
        return state["findings"], state["placed"]

    def _pipeline(self) -> Runnable[Any, Any]:
        passing: Runnable[Any, Any] = RunnablePassthrough()
        return (
            RunnablePassthrough.assign(triage=RunnableLambda(self._triage))
            | RunnableBranch(
                (RunnableLambda(self._doubts_the_change), RunnablePassthrough.assign(environment=RunnableLambda(self._environment))),
                passing,
            )
            | RunnableBranch((RunnableLambda(self._has_changes), RunnablePassthrough.assign(code=RunnableLambda(self._code))), passing)
            | RunnablePassthrough.assign(placed=RunnableLambda(self._arrange))
            | RunnablePassthrough.assign(remedy=RunnableLambda(self._remedy))
        )

    def _triage(self, state: State) -> Cause:
        answer = ask(self._chat, self._prompt("triage", shapes.triage(self._dossier)), shapes.triage(self._dossier))
        check_triage(answer, self._dossier, state["findings"], self._redact)
        return Cause(answer["cause"])

    def _doubts_the_change(self, state: State) -> bool:
        return state["triage"] in _SURROUNDINGS or self._dossier.rules.cause in _SURROUNDINGS

    def _environment(self, state: State) -> None:
        findings: Findings = state["findings"]
        schema = shapes.environment(self._dossier)
        try:
            answer = ask(self._chat, self._prompt("environment", schema), schema)
        except ModelError as error:
            findings.warnings.append(f"the environment investigator is left out: {error.message}")
            return
        check_environment(answer, self._dossier, findings, self._redact)

    def _has_changes(self, _state: State) -> bool:
        """Where the rules found the surroundings to blame, no change is looked at: a model accuses nobody alone."""
        return bool(self._dossier.candidates) and self._dossier.rules.cause is not Cause.ENVIRONMENT

    def _code(self, state: State) -> None:
        said = f"Triage says: {state['triage'].value}."
        make = partial(shapes.code, self._dossier)
        if self._toolbox is not None:
            answer = ask_with_tools(self._chat, self._prompt("code", make(), said), make, self._toolbox)
        else:
            answer = ask(self._chat, self._prompt("code", make(), said), make())
        check_suspects(answer["suspects"], self._dossier, state["findings"], self._redact)

    def _arrange(self, state: State) -> list[Placed]:
        return arrange(self._dossier, state["findings"])

    def _remedy(self, state: State) -> None:
        """Words and patch for the first suspect. Its failure leaves the rules' remediation."""
        findings: Findings = state["findings"]
        top = next(iter(state["placed"]), None)
        candidate = top.candidate if top is not None else None
        if top is None or candidate is None:
            return
        schema = shapes.remedy()

        def prompt(room: int) -> Any:
            return remedy_messages(self._dossier, candidate, top.suspect.mechanism, schema, room=room, redact=self._redact)

        try:
            answer = ask(self._chat, prompt, schema)
        except ModelError as error:
            findings.warnings.append(f"the remediator is left out: {error.message}")
            return
        self._check_remedy(answer, candidate, findings)

    def _check_remedy(self, answer: Mapping[str, Any], candidate: Candidate, findings: Findings) -> None:
        summary = out_of_model(str(answer["summary"]), shapes.REASON, self._redact)
        cited = Cited(evidence=(*self._dossier.evidence.values(), candidate.evidence), candidate=candidate)
        why = problem(summary, cited, self._dossier)
        if why is not None:
            findings.drop(f"remediation: {summary}", why)
            return
        if not answer["patch"]:
            return
        made = patched(
            candidate,
            first=int(answer["first_line"]),
            last=int(answer["last_line"]),
            replacement=str(answer["replacement"]),
            summary=spelled_out(summary, self._dossier, self._redact),
            repository=self._dossier.case.repository,
            redact=self._redact,
        )
        if isinstance(made, str):
            findings.drop(f"patch: {summary}", made)
        else:
            findings.remediation = made

    def _prompt(self, role: str, schema: Any, said: str = "") -> Any:
        return lambda room: messages_for(role, self._dossier, schema, room=room, redact=self._redact, said=said)
