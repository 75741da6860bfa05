"""outcome.json, kept current: which stage was begun, how long each took, what was warned of, how it ended."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from perfagent.ci.context import Context
from perfagent.config.settings import Settings
from perfagent.documents.run_folder import RunFolder
from perfagent.errors import ExitCode, PerfagentError
from perfagent.model.comparison import Comparison
from perfagent.model.outcome import Outcome
from perfagent.stages.surroundings import Surroundings
from perfagent.steps.plan import MeasurementPlan

_DOCUMENTS = {
    "comparison": "comparison.json",
    "diagnosis": "diagnosis.json",
    "evidence": "evidence.json",
    "diff": "diff.patch",
    "process": "process.jsonl",
    "summary": "summary.jpg",
    "page": "report.html",
    "report": "report.json",
    "table": "report.csv",
    "comment": "comment.md",
    "junit": "junit.xml",
    "sarif": "report.sarif",
}


class Chronicle:
    """Writes the outcome at the beginning of each stage and after each thing worth knowing, so that a run that is cut off says where."""

    def __init__(self, folder: RunFolder, settings: Settings, context: Context, what: MeasurementPlan, world: Surroundings) -> None:
        self._folder = folder
        self._world = world
        self.outcome = Outcome(
            run_id=folder.run_id,
            exit_code=int(ExitCode.BUG),  # until it is known better: what is cut off here has not passed
            mode=what.mode,
            started_at=world.now(),
            service=settings.service or context.repository,
            repository=context.repository,
            pull_request=context.pull_request,
            baseline_revision=(what.baseline.revision or "") if what.baseline else "",
            candidate_revision=what.candidate.revision or context.head_revision,
            links={name: url for name, url in (("job", context.job_url), ("artifacts", context.artifact_url)) if url},
            warnings=(*what.notes, *context.notes),
            policy_changes=world.policy_changes,
        )
        self._write()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """An error passes through; whatever ends the stage, how long it took and where it stopped is on disk."""
        began = self._world.monotonic()
        self._update(stage=name)
        try:
            yield
        except PerfagentError as error:
            self._update(exit_code=int(error.exit_code), error=self._world.redact(str(error)))
            raise
        except BaseException as error:
            text = str(error) or type(error).__name__
            self._update(error=self._world.redact(f"stopped during {name}: {text}"), exit_code=int(_exit_of(error)))
            raise
        finally:
            self._update(timings={**self.outcome.timings, name: round(self._world.monotonic() - began, 3)})

    @contextmanager
    def aside(self, name: str) -> Iterator[None]:
        """A stage after the verdict: it can add warnings and nothing else, whatever goes wrong in it."""
        began = self._world.monotonic()
        self._update(stage=name)
        try:
            yield
        except PerfagentError as error:
            self.warn(f"{name}: {error}")
        except Exception as error:
            self._folder.write_text(f"logs/crash-{name}.txt", self._world.redact("".join(traceback.format_exception(error))))
            self.warn(f"{name} stopped because of a bug in perfagent ({type(error).__name__}); logs/crash-{name}.txt says where")
        finally:
            self._update(timings={**self.outcome.timings, name: round(self._world.monotonic() - began, 3)})

    def concluded(self, comparison: Comparison, exit_code: ExitCode, headline: str) -> None:
        self._update(verdict=comparison.verdict, mode=comparison.mode, exit_code=int(exit_code), headline=headline)

    def warn(self, *warnings: str) -> None:
        said = (*self.outcome.warnings, *(self._world.redact(warning) for warning in warnings if warning))
        if len(said) > len(self.outcome.warnings):
            self._update(warnings=tuple(dict.fromkeys(said)))

    def linked(self, links: Mapping[str, str]) -> None:
        if links:
            self._update(links={**self.outcome.links, **links})

    def ended(self) -> Outcome:
        there = {kind: name for kind, name in _DOCUMENTS.items() if (self._folder.path / name).is_file()}
        self._update(ended_at=self._world.now(), documents=there)
        return self.outcome

    def _update(self, **changes: object) -> None:
        self.outcome = replace(self.outcome, **changes)  # type: ignore[arg-type]  # field names are checked by the tests of each caller
        self._write()

    def _write(self) -> None:
        self._folder.write("outcome", self.outcome)


def _exit_of(error: BaseException) -> ExitCode:
    """A cancelled run was aborted by a person or by CI; anything else is our bug."""
    return ExitCode.BUG if isinstance(error, Exception) else ExitCode.LOAD_TEST_FAILED
