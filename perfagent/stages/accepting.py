"""Accept: what people with the right accepted, applied to the measured rows. Every number stays as it was measured; nothing but these human
acts turns a measured regression into a pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from perfagent.adapters.acceptance_file import parse_acceptance_file
from perfagent.ci.context import Context, Provider
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ConfigurationError, PerfagentError
from perfagent.model.comparison import ALL_ENDPOINTS, Comparison, Row, RowVerdict, Verdict
from perfagent.ports.acceptance import FILE_NAME, Acceptance, Acceptances, join
from perfagent.stages.deciding import Conclusion, headline_of
from perfagent.stages.gating import exit_code
from perfagent.stages.surroundings import Surroundings
from perfagent.tools.client import ToolClient
from perfagent.tools.results import AcceptanceList, Accepted

_TIMEOUT = 60.0  # of one question to the code host
_LONGEST_REASON = 300


async def accept(
    tools: ToolClient, folder: RunFolder, settings: Settings, context: Context, world: Surroundings, conclusion: Conclusion
) -> Conclusion:
    """Rewrites comparison.json where a row is accepted. A source that cannot be read accepts nothing, and is a warning."""
    if conclusion.comparison.verdict is not Verdict.REGRESSION:
        return conclusion
    warnings: list[str] = []
    said = join([_in_the_file(settings, context, world, warnings), await _in_the_pull_request(tools, context, warnings)])
    fresh, outdated = _said_after_the_push(said.accepted, _pushed_at(context, world, conclusion.comparison))
    warnings += [f"not accepted: {line}" for line in (*said.refused, *outdated)]
    comparison = applied(conclusion.comparison, fresh, today=world.now().date(), redact=world.redact)
    if comparison is conclusion.comparison:
        return replace(conclusion, warnings=(*conclusion.warnings, *warnings))
    folder.write("comparison", comparison)
    code, more = exit_code(comparison, settings.gate, no_baseline=False)
    return Conclusion(
        comparison=comparison,
        exit_code=code,
        headline=headline_of(folder, comparison, code),
        warnings=(*conclusion.warnings, *warnings, *more),
    )


def applied(comparison: Comparison, accepted: Sequence[Acceptance], *, today: date, redact: Callable[[str], str] = str) -> Comparison:
    """The same object where nothing is covered. A regression whose every row is accepted passes, unless something else is open."""
    rows: list[Row] = []
    reasons: list[str] = []
    for row in comparison.rows:
        by = next((a for a in accepted if _covers(a, row, today)), None)
        if by is not None and row.gated and row.row_verdict is RowVerdict.REGRESSION:
            note = redact(words(by))
            reasons.append(f"{row.metric} of {'all requests' if row.endpoint == ALL_ENDPOINTS else row.endpoint} is {note}")
            row = replace(row, row_verdict=RowVerdict.ACCEPTED, note="; ".join(n for n in (row.note, note) if n))
        rows.append(row)
    if not reasons:
        return comparison
    return replace(comparison, rows=tuple(rows), verdict=_verdict(rows), reasons=(*reasons, *comparison.reasons))


def words(acceptance: Acceptance) -> str:
    """`accepted by ann until 2026-12-31: the tax rules need a second query (https://…)`."""
    until = f" until {acceptance.until}" if acceptance.until else ""
    reason = " ".join(acceptance.reason.split())[:_LONGEST_REASON]
    return f"accepted by {' '.join(acceptance.by.split())}{until}: {reason} ({acceptance.source})"


def _covers(acceptance: Acceptance, row: Row, today: date) -> bool:
    """`all requests` is how reports name the row that speaks of all endpoints together."""
    everything = (acceptance.endpoint or "").lower() == "all requests"
    named = replace(acceptance, endpoint=ALL_ENDPOINTS) if everything else acceptance
    return named.covers(row.endpoint, row.metric, today=today)


def _verdict(rows: Sequence[Row]) -> Verdict:
    """What is left once the accepted rows block no more: data that is missing is not accepted by accepting a slow endpoint."""
    gated = [row for row in rows if row.gated]
    if any(row.row_verdict is RowVerdict.REGRESSION for row in gated):
        return Verdict.REGRESSION
    vanished = any(row.row_verdict is RowVerdict.MISSING and not (row.note or "").startswith("new") for row in gated)
    blind = any(row.row_verdict is RowVerdict.INCONCLUSIVE and (row.endpoint, row.metric) == (ALL_ENDPOINTS, "mean") for row in gated)
    return Verdict.INCONCLUSIVE if vanished or blind else Verdict.PASS


def _in_the_file(settings: Settings, context: Context, world: Surroundings, warnings: list[str]) -> Acceptances:
    text, where = _reviewed(settings, context, world, warnings)
    if text is None:
        return Acceptances()
    try:
        return parse_acceptance_file(text, name=where, today=world.now().date())
    except ConfigurationError as error:
        warnings.append(f"nothing is accepted by file: {'; '.join([error.message, *error.mistakes[:5]])}")
        return Acceptances()


def _reviewed(settings: Settings, context: Context, world: Surroundings, warnings: list[str]) -> tuple[str | None, str]:
    """The file as the base has it: a change cannot accept its own regression. As it lies here on the default branch, and by hand."""
    here = world.directory / FILE_NAME
    own = here.read_text(encoding="utf-8", errors="replace") if here.is_file() else None
    on_default = context.default_branch if context.default_branch is not None else context.branch == settings.baseline.branch
    if context.pull_request is None and (context.provider is Provider.LOCAL or on_default):
        return own, FILE_NAME
    checkout = world.checkout
    for ref in (context.base_revision, context.base_branch, settings.baseline.branch):
        if not ref or checkout is None or not here.parent.resolve().is_relative_to(checkout.root.resolve()):
            continue
        try:
            text = checkout.file_at(ref, here.resolve().relative_to(checkout.root.resolve()).as_posix())
        except ConfigurationError:
            continue
        if own is not None and own != text:
            warnings.append(f"this change touches {FILE_NAME}: what the base has was used")
        return text, f"{FILE_NAME} of {ref[:40]}"
    if own is not None:
        warnings.append(f"{FILE_NAME} was not used: git does not know the base, and a change cannot accept its own regression")
    return None, ""


async def _in_the_pull_request(tools: ToolClient, context: Context, warnings: list[str]) -> Acceptances:
    if context.pull_request is None:
        return Acceptances()
    try:
        answer = await tools.call("get_acceptances", {"pr_number": context.pull_request}, AcceptanceList, timeout=_TIMEOUT)
    except PerfagentError as error:
        warnings.append(f"nothing is accepted in the pull request, which could not be asked: {error.message}")
        return Acceptances()
    return Acceptances(accepted=tuple(_as_acceptance(a) for a in answer.accepted), refused=tuple(answer.refused))


def _as_acceptance(item: Accepted) -> Acceptance:
    return Acceptance(
        by=item.by,
        reason=item.reason,
        source=item.source,
        endpoint=item.endpoint,
        metric=item.metric,
        until=date.fromisoformat(item.until) if item.until else None,
        at=datetime.fromisoformat(item.at) if item.at else None,
    )


def _pushed_at(context: Context, world: Surroundings, comparison: Comparison) -> datetime | None:
    """When the candidate's commit was made; None where git does not know it."""
    for revision in (context.head_revision, comparison.candidate_revision):
        if revision and world.checkout is not None:
            try:
                return world.checkout.committed_at(revision)
            except ConfigurationError:
                continue
    return None


def _said_after_the_push(accepted: Sequence[Acceptance], pushed: datetime | None) -> tuple[list[Acceptance], list[str]]:
    """Whoever accepted has not seen what was pushed later. Where git does not know the commit, what has a time does not count."""
    fresh, outdated = [], []
    for a in accepted:
        if a.at is None or (pushed is not None and a.at >= pushed):
            fresh.append(a)
        elif pushed is None:
            outdated.append(f"by {a.by} ({a.source}): git does not know the commit, so it may have been pushed later; fetch the history")
        else:
            outdated.append(f"by {a.by} ({a.source}): said before the last push, which was not seen then; say it again")
    return fresh, outdated
