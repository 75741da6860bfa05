"""What of the agents' answers stands after checking, and what was dropped and why. The checker is code: no model is asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from perfagent.agents.llm.claims import Cited, problem, resolve
from perfagent.agents.llm.cleaning import Redact, out_of_model
from perfagent.agents.llm.dossier import Candidate, Dossier
from perfagent.agents.llm.shapes import MECHANISM, REASON
from perfagent.model.diagnosis import Cause, DroppedClaim, Remediation
from perfagent.model.evidence import Evidence

MOST_DROPPED = 20
_SHORT_ID = re.compile(r"\b[EC]\d{1,3}\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A change that a model blames, with a sentence that held."""

    candidate: Candidate
    mechanism: str
    evidence: tuple[Evidence, ...]


@dataclass(slots=True, kw_only=True)
class Findings:
    """`cause` and `reason` are triage's; `environment` is the environment investigator's sentence. Empty where nothing held."""

    cause: Cause | None = None
    confidence: float = 0.0
    reason: str = ""
    suspects: list[Named] = field(default_factory=list)
    environment: str = ""
    environment_confidence: float = 0.0
    cited: list[Evidence] = field(default_factory=list)
    remediation: Remediation | None = None
    dropped: list[DroppedClaim] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def drop(self, claim: str, reason: str) -> None:
        if len(self.dropped) < MOST_DROPPED:
            self.dropped.append(DroppedClaim(claim=claim, reason=reason))


def spelled_out(text: str, dossier: Dossier, redact: Redact) -> str:
    """Short ids are for the prompt; a reader of the document knows evidence by its own id, and a change by its place."""

    def full(match: re.Match[str]) -> str:
        item, candidate = dossier.evidence.get(match[0]), dossier.candidate(match[0])
        if item is not None:
            return out_of_model(item.id, 80, redact)
        return out_of_model(f"{candidate.path}:{candidate.start}", 160, redact) if candidate is not None else match[0]

    return _SHORT_ID.sub(full, text)


def check_triage(answer: Mapping[str, Any], dossier: Dossier, findings: Findings, redact: Redact) -> None:
    reason = out_of_model(str(answer["reason"]), REASON, redact)
    claim = f"{answer['cause']}: {reason}"
    cited = resolve(answer["evidence"], dossier)
    why = cited if isinstance(cited, str) else problem(reason, cited, dossier)
    if why is not None or isinstance(cited, str):
        findings.drop(claim, str(why))
        return
    findings.cause, findings.confidence, findings.reason = (
        Cause(answer["cause"]),
        float(answer["confidence"]),
        spelled_out(reason, dossier, redact),
    )
    findings.cited += cited.evidence


def check_environment(answer: Mapping[str, Any], dossier: Dossier, findings: Findings, redact: Redact) -> None:
    if not answer["environment"]:
        return
    text = out_of_model(str(answer["mechanism"]), MECHANISM, redact)
    cited = resolve(answer["evidence"], dossier)
    why = cited if isinstance(cited, str) else problem(text, cited, dossier)
    if why is None and isinstance(cited, Cited) and all(dossier.is_row(item) for item in cited.evidence):
        why = "that endpoints are slower does not show that their surroundings are"
    if why is not None or isinstance(cited, str):
        findings.drop(f"environment: {text}", str(why))
        return
    findings.environment, findings.environment_confidence = spelled_out(text, dossier, redact), float(answer["confidence"])
    findings.cited += cited.evidence


def check_suspects(answers: Sequence[Mapping[str, Any]], dossier: Dossier, findings: Findings, redact: Redact) -> None:
    """In the model's order; a change named twice counts once."""
    for answer in answers:
        text = out_of_model(str(answer["mechanism"]), MECHANISM, redact)
        candidate = dossier.candidate(str(answer["candidate"]))
        if candidate is None:
            findings.drop(f"{answer['candidate']}: {text}", f"there is no change {answer['candidate']!r}")
            continue
        place = f"{candidate.path}:{candidate.start}"
        cited = resolve(answer["evidence"], dossier, candidate)
        why = cited if isinstance(cited, str) else problem(text, cited, dossier)
        if why is not None or isinstance(cited, str):
            findings.drop(f"{place}: {text}", str(why))
        elif all(named.candidate.id != candidate.id for named in findings.suspects):
            findings.suspects.append(Named(candidate=candidate, mechanism=spelled_out(text, dossier, redact), evidence=cited.evidence))
            findings.cited += cited.evidence
