"""How long a baseline store takes with many entries: python benchmarks/stores/many_entries.py [ENTRIES ...]

Writes a folder store with so many rows (documents only for those that are asked for), then measures opening it with a first question,
a further question, and one more entry. Prints a table; the figures in `many_entries.json` are from `--json`.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from perfagent.adapters.stores.catalogue import Catalogue
from perfagent.adapters.stores.entry_files import pack, row_of, vector_of
from perfagent.adapters.stores.folder import FolderStore
from perfagent.adapters.stores.vectors import Vectors
from perfagent.model.run import Environment, Run, Side
from perfagent.ports.baseline_store import BaselineEntry

SERVICES = 20
ASKED = 40


def a_run() -> Run:
    rows = range(2000)
    requests = {
        "endpoint": [f"GET /{i % 10}" for i in rows],
        "time": [i / 100 for i in rows],
        "duration": [0.01 * (1 + i % 17 / 10) for i in rows],
        "failed": [False] * len(rows),
    }
    run = Run.from_requests(requests, side=Side.CANDIDATE, duration=20.0)
    return replace(run, environment=Environment(machine="m", cpu="c", cores=2, k6_version="2.2.0", scenario_hash="s", options_hash="o"))


def measure(entries: int, folder: Path) -> dict[str, float]:
    """Seconds, and megabytes of the folder."""
    run = a_run()
    entry = BaselineEntry(id="run-0", service="svc-0", revision="r", recorded_at=datetime(2026, 11, 1, tzinfo=UTC), runs=(run,) * 6)
    document = pack(entry)
    row, vector = row_of(entry, document), vector_of(entry)
    dice = random.Random(1)
    rows = tuple(row._replace(id=f"run-{i}", service=f"svc-{i % SERVICES}") for i in range(entries))
    vectors = Vectors.of([[value + dice.gauss(0, 1) for value in vector] for _ in rows])
    store = FolderStore(folder)
    store._write(Catalogue(rows=rows, vectors=vectors))
    for number in range(entries):
        if number % SERVICES == 0:
            store._blobs.put(rows[number].blob, document)
    out: dict[str, float] = {"entries": entries}
    store = FolderStore(folder)
    for name in ("open_and_first_question", "further_question"):
        began = perf_counter()
        found = store.nearest(run, service="svc-0", limit=ASKED)
        out[name] = round(perf_counter() - began, 4)
        assert len(found) == min(ASKED, -(-entries // SERVICES)), store.problems
    began = perf_counter()
    store.add(replace(entry, id="new"))
    out["add"] = round(perf_counter() - began, 4)
    files = [path for path in folder.glob("*") if path.is_file()]
    out["table_and_index_mb"] = round(sum(path.stat().st_size for path in files) / 2 / 1e6, 1)  # two generations are kept
    out["memory_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return out


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("entries", nargs="*", type=int, default=[100, 1_000, 10_000, 100_000])
    parser.add_argument("--json", type=Path)
    options = parser.parse_args(arguments)
    results = []
    for entries in options.entries:
        with tempfile.TemporaryDirectory() as folder:
            results.append(measure(entries, Path(folder)))
        print("  ".join(f"{name} {value:g}" for name, value in results[-1].items()))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
