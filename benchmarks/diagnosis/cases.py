"""Cases from the service files: a pull request (one telling change among harmless ones), the symptom it makes, and what is true.

Everything random comes from a seed, so a case is the same on every machine.
"""

from __future__ import annotations

import difflib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from benchmarks.diagnosis.noise import harmless_changes
from perfagent.model.comparison import Comparison, Row
from perfagent.model.evidence import Evidence

SERVICES = Path(__file__).parent / "services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`causes`: each of them is right. `file` is None where no change is to blame; `lines` are lines of the candidate."""

    causes: frozenset[str]
    file: str | None = None
    lines: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchmarkCase:
    name: str
    kind: str  # code, configuration, dependency, environment, innocent
    comparison: Comparison
    diff: str
    files: Mapping[str, str] = field(repr=False)
    evidence: tuple[Evidence, ...] = ()
    truth: Truth


def all_cases(seeds: int = 1) -> Iterator[BenchmarkCase]:
    for path in sorted(SERVICES.glob("*.yaml")):
        service = yaml.safe_load(path.read_text())
        for seed in range(seeds):
            for change in service["changes"]:
                yield _guilty(path.stem, service, change, seed)
            for shape in ("innocent", "innocent_all", "drift", "stolen_cpu", "starved", "network", "provider"):
                yield _harmless(path.stem, service, shape, seed)


def _guilty(name: str, service: dict[str, Any], change: dict[str, Any], seed: int) -> BenchmarkCase:
    rng = random.Random(f"{name}:{change['name']}:{seed}")
    before = dict(service["files"])
    after = dict(before)
    slow = service["endpoints"] if change["slow"] == "all" else change["slow"]
    _noise(rng, service, after, slow, avoid=change["find"])
    after[change["file"]] = after[change["file"]].replace(change["find"], change["replace"], 1)
    diff = make_diff(before, after, rng)
    evidence = [_evidence(e, i) for i, e in enumerate(change.get("evidence", ()))] if rng.random() < 0.7 else []
    return BenchmarkCase(
        name=f"{name}/{change['name']}/{seed}",
        kind=change["cause"],
        comparison=_comparison(rng, service["endpoints"], slow, bytes_ratio=change.get("bytes")),
        diff=diff,
        files=after,
        evidence=tuple(evidence),
        truth=Truth(
            causes=frozenset(change.get("anycause", [change["cause"]])),
            file=change["file"],
            lines=_lines_of(after[change["file"]], change["replace"], before[change["file"]], change["find"]),
        ),
    )


def _harmless(name: str, service: dict[str, Any], shape: str, seed: int) -> BenchmarkCase:
    rng = random.Random(f"{name}:{shape}:{seed}")
    before = dict(service["files"])
    after = dict(before)
    endpoints = list(service["endpoints"])
    slow = endpoints if shape != "innocent" else rng.sample(endpoints, rng.choice((1, 1, 2)))
    _noise(rng, service, after, slow, avoid="")
    return BenchmarkCase(
        name=f"{name}/{shape}/{seed}",
        kind="innocent" if shape.startswith("innocent") else "environment",
        comparison=_comparison(rng, endpoints, slow, even=shape != "innocent", connecting=shape == "network"),
        diff=make_diff(before, after, rng),
        files=after,
        evidence=tuple(_SURROUNDINGS.get(shape, ())),
        truth=Truth(causes=frozenset({"environment"} if shape not in ("innocent", "innocent_all") else {"unknown", "environment"})),
    )


_SURROUNDINGS = {
    "drift": [Evidence(id="history:p95", source="history", name="p95 of the baseline against its own last runs", unit="s", baseline=0.052, candidate=0.083)],
    "stolen_cpu": [Evidence(id="prometheus:steal", source="prometheus", name="node_cpu_steal", unit="1", baseline=0.01, candidate=0.27)],
    "starved": [Evidence(id="k6:cpu", source="k6", name="k6 CPU (load generator)", unit="1", baseline=0.6, candidate=0.98)],
    "network": [Evidence(id="prometheus:rtt", source="prometheus", name="node_netstat_Tcp_RetransSegs", unit="1/s", baseline=2.0, candidate=55.0)],
    "provider": [Evidence(id="prometheus:provider", source="prometheus", name="upstream_provider_latency_seconds", unit="s", baseline=0.04, candidate=0.22)],
}  # fmt: skip


def _noise(rng: random.Random, service: dict[str, Any], files: dict[str, str], slow: list[str], *, avoid: str) -> None:
    """Most of the service's own harmless edits, then generated ones that share words with the slow endpoints."""
    for edit in service["noise"]:
        text = files[edit["file"]]
        if rng.random() < 0.75 and edit["find"] in text and edit["find"].strip() not in avoid and avoid.strip() not in edit["find"]:
            files[edit["file"]] = text.replace(edit["find"], edit["replace"], 1)
        elif avoid and avoid in files[edit["file"]] and avoid not in files[edit["file"]]:
            raise AssertionError(edit)
    for path, text in harmless_changes(rng, service, slow).items():
        files[path] = text


def _evidence(item: dict[str, Any], number: int) -> Evidence:
    return Evidence(id=f"prometheus:{number}", source="prometheus", **item)


def _comparison(
    rng: random.Random,
    endpoints: list[str],
    slow: list[str],
    *,
    bytes_ratio: float | None = None,
    even: bool = False,
    connecting: bool = False,
) -> Comparison:
    rows = []
    common = rng.uniform(1.25, 1.7)
    for endpoint in endpoints:
        base = rng.uniform(0.008, 0.18)
        ratio = rng.uniform(0.96, 1.04)
        if endpoint in slow:
            ratio = common * rng.uniform(0.97, 1.03) if even else rng.uniform(1.35, 4.0)
        rows.append(
            Row(endpoint=endpoint, metric="p50", baseline=base * 0.6, candidate=base * 0.6 * (1 + (ratio - 1) * rng.uniform(0.6, 1.1)))
        )
        rows.append(Row(endpoint=endpoint, metric="p95", baseline=base, candidate=base * ratio))
        if rng.random() < 0.5:
            waiting = 1.0 if connecting else ratio
            rows.append(Row(endpoint=endpoint, metric="waiting_p95", baseline=base * 0.95, candidate=base * 0.95 * waiting))
            rows.append(Row(endpoint=endpoint, metric="connecting_p95", baseline=0.001, candidate=0.001 * (9.0 if connecting else 1.0)))
        if bytes_ratio and endpoint in slow:
            rows.append(Row(endpoint=endpoint, metric="bytes_received", baseline=9_000, candidate=9_000 * bytes_ratio, unit="bytes"))
    return Comparison(rows=tuple(rows))


def make_diff(before: Mapping[str, str], after: Mapping[str, str], rng: random.Random) -> str:
    parts = []
    for path in sorted(set(before) | set(after)):
        old, new = before.get(path), after.get(path)
        if old == new:
            continue
        head = f"diff --git a/{path} b/{path}\n"
        if old is None:
            head += "new file mode 100644\n"
        body = difflib.unified_diff(
            (old or "").splitlines(keepends=True),
            (new or "").splitlines(keepends=True),
            f"a/{path}" if old is not None else "/dev/null",
            f"b/{path}",
        )
        parts.append(head + "".join(body))
    rng.shuffle(parts)
    return "".join(parts)


def _lines_of(text: str, replacement: str, before: str, removed: str) -> frozenset[int]:
    """The lines of the candidate that the change touches; where it only removes, the line that follows."""
    changed = set()
    matcher = difflib.SequenceMatcher(a=before.splitlines(), b=before.replace(removed, replacement, 1).splitlines(), autojunk=False)
    wanted = before.replace(removed, replacement, 1).splitlines()
    candidate = text.splitlines()
    for tag, _, _, start, end in matcher.get_opcodes():
        if tag == "equal":
            continue
        for line in range(start, max(end, start + 1)):
            content = wanted[line] if line < len(wanted) else ""
            places = [i + 1 for i, other in enumerate(candidate) if other == content]
            changed |= {min(places, key=lambda p: abs(p - line - 1))} if places else {line + 1}
    return frozenset(changed)
