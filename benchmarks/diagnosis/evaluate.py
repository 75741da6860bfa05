"""Puts an analyst through the cases and prints what it got right.

python -m benchmarks.diagnosis.evaluate [--seeds N] [--misses] [--only TEXT]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from benchmarks.diagnosis.cases import BenchmarkCase, all_cases
from perfagent.agents.rules import RulesAnalyst
from perfagent.model.diagnosis import Diagnosis
from perfagent.ports.analyst import Analyst, Case

NEAR = 5  # lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    case: BenchmarkCase
    diagnosis: Diagnosis
    seconds: float

    @property
    def files(self) -> list[str]:
        return list(dict.fromkeys(s.file for s in self.diagnosis.suspects))

    @property
    def first(self) -> bool:
        return self.files[:1] == [self.case.truth.file]

    @property
    def among_three(self) -> bool:
        return self.case.truth.file in self.files[:3]

    @property
    def line(self) -> bool:
        top = self.diagnosis.suspects[:1]
        return self.first and any(s.start_line - NEAR <= line <= s.end_line + NEAR for s in top for line in self.case.truth.lines)

    @property
    def right_class(self) -> bool:
        return self.diagnosis.cause.value in self.case.truth.causes

    @property
    def accused(self) -> bool:
        return bool(self.diagnosis.suspects)


def evaluate(analyst: Analyst, cases: Iterable[BenchmarkCase], *, with_tree: bool = True) -> list[Result]:
    out = []
    for case in cases:
        with tempfile.TemporaryDirectory() as folder:
            for path, text in case.files.items():
                target = Path(folder) / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text)
            started = time.perf_counter()
            diagnosis = analyst.explain(
                Case(comparison=case.comparison, diff=case.diff, evidence=case.evidence, repository=Path(folder) if with_tree else None)
            )
            out.append(Result(case=case, diagnosis=diagnosis, seconds=time.perf_counter() - started))
    return out


def scores(results: list[Result]) -> dict[str, float]:
    """Fractions, but for `seconds` (the slowest case)."""
    by_kind: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        by_kind[result.case.kind].append(result)
    settings = by_kind["configuration"] + by_kind["dependency"]
    harmless = by_kind["innocent"] + by_kind["environment"]
    return {
        "code: file first": mean(r.first for r in by_kind["code"]),
        "code: file among three": mean(r.among_three for r in by_kind["code"]),
        "code: line": mean(r.line for r in by_kind["code"]),
        "configuration and dependency: file first": mean(r.first for r in settings),
        "class, balanced": mean(mean(r.right_class for r in group) for group in by_kind.values()),
        "innocent accused": mean(r.accused for r in harmless),
        "seconds, slowest": max(r.seconds for r in results),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--misses", action="store_true", help="print every case that is not fully right")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--no-tree", action="store_true", help="without the source tree")
    options = parser.parse_args()
    cases = [case for case in all_cases(options.seeds) if options.only in case.name]
    results = evaluate(RulesAnalyst(), cases, with_tree=not options.no_tree)
    if options.misses:
        for result in results:
            _print_miss(result)
    print(f"{len(results)} cases, analyst rules")
    for name, value in scores(results).items():
        print(f"{name:45} {value:.2f}")
    print("calibration (score of the first suspect: how often it was right)")
    for low in (0.5, 0.6, 0.7, 0.8, 0.9):
        chosen = [r for r in results if r.diagnosis.suspects and low <= r.diagnosis.suspects[0].score < low + 0.1]
        if chosen:
            print(f"  {low:.1f}-{low + 0.1:.1f}: {mean(r.first for r in chosen):.2f} of {len(chosen)}")


def _print_miss(result: Result) -> None:
    case = result.case
    fine = (result.first and result.line and result.right_class) if case.truth.file else (not result.accused and result.right_class)
    if fine:
        return
    print(
        f"{case.name}: said {result.diagnosis.cause} ({result.diagnosis.confidence:.2f}), true {'|'.join(sorted(case.truth.causes))} {case.truth.file}:{sorted(case.truth.lines)[:4]}"
    )
    for suspect in result.diagnosis.suspects[:3]:
        print(f"    {suspect.score:.2f} {suspect.file}:{suspect.start_line}-{suspect.end_line} {suspect.mechanism[:150]}")


if __name__ == "__main__":
    main()
