"""`python -m benchmarks.gate [--quick] [--mode history,duet,turns] [--cases N] [--limit 0.1] [--seed 1] [--json FILE]`

Plays every scenario with every change, and prints, each with its 95 % interval: how often unchanged code is blocked, and what is found; and
at one matched false-positive rate of 1 % over all scenarios of a mode, what each rule finds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import defaultdict
from math import sqrt
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core: others work on this machine

import numpy as np

from benchmarks.gate.generate import Change, Scenario, generate
from benchmarks.gate.rules import RULES, Decision, ours
from benchmarks.gate.scenarios import CHANGES, DUET, HISTORY, TURNS
from perfagent.stats.policy import Gate

MODES = {"history": HISTORY, "duet": DUET, "turns": TURNS}
MATCHED = 0.01
OURS = "perfagent"


def interval(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if n == 0:
        return 0.0, 1.0
    z, p = 1.96, hits / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)


def cell(hits: int, n: int) -> str:
    low, high = interval(hits, n)
    return f"{hits / max(n, 1):5.1%} [{low:.1%}, {high:.1%}]"


def name(change: Change) -> str:
    return "unchanged" if change.kind == "nothing" else f"{change.kind} +{change.size:.0%}" if change.kind != "errors" else "errors to 1%"


def play(scenarios: tuple[Scenario, ...], cases: int, gate: Gate, seed: int) -> dict[tuple[str, str, str], list[Decision]]:
    """Decisions by rule, scenario and change; unchanged code is played three times as often."""
    rules = {OURS: ours(gate), **RULES}
    out: dict[tuple[str, str, str], list[Decision]] = defaultdict(list)
    for scenario in scenarios:
        for number, change in enumerate(CHANGES):
            for i in range(cases * 3 if change.kind == "nothing" else cases):
                rng = np.random.default_rng([seed, i, number, sum(map(ord, scenario.name + scenario.mode))])
                case = generate(scenario, change, rng)
                for rule, decide in rules.items():
                    out[rule, scenario.name, name(change)].append(decide(case, scenario.mode))
        print(f"  {scenario.mode} {scenario.name} done", file=sys.stderr, flush=True)
    return out


def tables(mode: str, results: dict[tuple[str, str, str], list[Decision]], scenarios: tuple[Scenario, ...]) -> list[str]:
    lines = [f"## {mode}", "", "Unchanged code blocked, by each rule's own setting:", ""]
    changes = [name(c) for c in CHANGES if c.kind != "nothing"]
    rules = [OURS, *RULES]
    for rule in rules:
        every = [d for s in scenarios for d in results[rule, s.name, "unchanged"]]
        lines.append(f"  {rule:38s} {cell(sum(d.blocked for d in every), len(every))}")
    lines += ["", f"{OURS}, by scenario: blocked unchanged, then found (blocked) by change:", ""]
    lines.append(f"  {'':20s} {'unchanged':>24s} " + " ".join(f"{c:>24s}" for c in changes))
    for s in scenarios:
        row = [results[OURS, s.name, c] for c in ("unchanged", *changes)]
        lines.append(f"  {s.name:20s} " + " ".join(f"{cell(sum(d.blocked for d in r), len(r)):>24s}" for r in row))
    lines += ["", f"Found at a matched false-positive rate of {MATCHED:.0%} over all scenarios:", ""]
    lines.append(f"  {'':38s} " + " ".join(f"{c:>24s}" for c in changes))
    for rule in rules:
        scores = np.array([d.score for s in scenarios for d in results[rule, s.name, "unchanged"]])
        limit = float(np.quantile(scores, 1 - MATCHED))
        row = [[d.score > limit for s in scenarios for d in results[rule, s.name, c]] for c in changes]
        lines.append(f"  {rule:38s} " + " ".join(f"{cell(sum(r), len(r)):>24s}" for r in row))
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__.split("\n\n")[1])
    parser.add_argument("--quick", action="store_true", help="few cases: minutes instead of hours")
    parser.add_argument("--mode", default="history,duet,turns", help="comma-separated")
    parser.add_argument("--cases", type=int, help="per scenario and change (default 200; 15 with --quick)")
    parser.add_argument("--limit", type=float, default=0.10, help="gate.max_regression; 0 makes it a pure detector")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", type=Path, help="write scores and decisions here")
    chosen = parser.parse_args()
    cases = chosen.cases or (15 if chosen.quick else 200)
    saved = {}
    for mode in chosen.mode.split(","):
        results = play(MODES[mode], cases, Gate(max_regression=chosen.limit), chosen.seed)
        print("\n".join(tables(mode, results, MODES[mode])), flush=True)
        saved[mode] = [{"rule": k[0], "scenario": k[1], "change": k[2], "decisions": [vars(d) for d in v]} for k, v in results.items()]
    if chosen.json:
        chosen.json.write_text(json.dumps(saved))


if __name__ == "__main__":
    main()
