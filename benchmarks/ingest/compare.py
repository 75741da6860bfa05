"""Reading k6's raw output against what a machine can do at all: `python benchmarks/ingest/compare.py [--requests N] [--rounds N]`.

Every method runs in a fresh process, round after round, so that noise hits all alike; the table shows medians of CPU seconds (user and
system, start-up included) and wall seconds, the largest memory, and how fast each is beside `grep -c` (`wc -l` for CSV, `zcat` for gzip).
The standard library's json, DuckDB, polars and pandas (where installed) do the same job in the best way known to us: count, mean, extremes,
median, p95 and p99 of all timings per endpoint, and of the durations per endpoint and ten seconds. Memory below some 16 MiB cannot be seen:
a child starts with that of the script that starts it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from generate import Shape, generate

ROOT = Path(__file__).parents[2]
READ = "import sys\nfrom perfagent.ingest.k6 import read_k6\nrun = read_k6(sys.argv[1])\nassert run.requests"
STDLIB = """
import collections, json, sys
values = collections.defaultdict(list)
for line in open(sys.argv[1], 'rb'):
    row = json.loads(line)
    if row['type'] == 'Point' and row['metric'].startswith('http_req_'):
        data = row['data']
        values[row['metric'], data['tags']['name']].append(data['value'])
        if row['metric'] == 'http_req_duration':
            values[data['tags']['name'], data['time'][:18]].append(data['value'])
for found in values.values():
    found.sort()
"""
PANDAS = """
import pandas, sys
parts = []
for part in pandas.read_json(sys.argv[1], lines=True, chunksize=100_000):
    part = part[part.metric.str.startswith('http_req_') & (part.type == 'Point')]
    names = [d['tags']['name'] for d in part.data]
    cells = [d['time'][:18] for d in part.data]
    parts.append(pandas.DataFrame({'metric': part.metric, 'name': names, 'cell': cells, 'value': [d['value'] for d in part.data]}))
points = pandas.concat(parts)
points.groupby(['metric', 'name']).value.describe(percentiles=[.5, .95, .99])
points[points.metric == 'http_req_duration'].groupby(['name', 'cell']).value.describe(percentiles=[.5, .95, .99])
"""
POLARS = """
import polars as pl, sys
frame = pl.scan_csv(sys.argv[1], has_header=False, separator='\\x01', quote_char=None, new_columns=['line'])
line, value = pl.col('line'), pl.col('value')
frame = frame.filter(line.str.starts_with('{"metric":"http_req_')).select(
    line.str.extract('"metric":"([^"]*)"').alias('metric'), line.str.extract('"name":"([^"]*)"').alias('name'),
    line.str.extract('"time":"(.{18})').alias('cell'), line.str.extract('"value":([^,]*)').cast(pl.Float64).alias('value')).collect()
what = [value.count().alias('n'), value.mean().alias('mean'), value.min().alias('min'), value.max().alias('max')]
what += [value.quantile(q).alias(str(q)) for q in (.5, .95, .99)]
frame.group_by('metric', 'name').agg(what)
frame.filter(pl.col('metric') == 'http_req_duration').group_by('name', 'cell').agg(what)
"""
DUCKDB = """
import duckdb, sys
duckdb.sql('''create table points as select regexp_extract(line, '"metric":"([^"]*)"', 1) as metric,
    regexp_extract(line, '"name":"([^"]*)"', 1) as name, regexp_extract(line, '"time":"(.{18})', 1) as cell,
    regexp_extract(line, '"value":([^,]*)', 1)::double as v
    from read_csv('FILE', columns={'line': 'varchar'}, delim='\\x01', header=false, quote='', escape='', auto_detect=false)
    where starts_with(line, '{"metric":"http_req_')'''.replace('FILE', sys.argv[1]))
what = 'count(*), avg(v), min(v), max(v), quantile_cont(v, [.5, .95, .99])'
duckdb.sql(f'select metric, name, {what} from points group by metric, name').fetchall()
duckdb.sql(f"select name, cell, {what} from points where metric = 'http_req_duration' group by name, cell").fetchall()
"""


@dataclass(frozen=True)
class Method:
    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Cost:
    cpu: float
    wall: float
    mebibytes: float


def methods(path: Path) -> Iterator[Method]:
    file = str(path)
    if path.suffix == ".gz":
        yield Method("zcat", ("zcat", file))
    else:
        yield Method("cat", ("cat", file))
        yield Method("wc -l", ("wc", "-l", file))
        yield Method(
            "grep -c durations", ("grep", "-c", '^{"metric":"http_req_duration"' if path.suffix == ".json" else "^http_req_duration", file)
        )
    yield Method("perfagent", (sys.executable, "-c", READ, file))
    if path.suffix == ".json":
        yield Method("stdlib json, every line", (sys.executable, "-c", STDLIB, file))
        for package, code in (("duckdb", DUCKDB), ("polars", POLARS), ("pandas", PANDAS)):
            if find_spec(package):
                yield Method(package, (sys.executable, "-c", code, file))


def cost(command: tuple[str, ...]) -> Cost:
    """Of one run in a fresh process. Output goes to a pipe: grep stops at the first match when it sees /dev/null."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LC_ALL": "C"}
    began = time.perf_counter()
    sink = subprocess.Popen(("wc", "-c"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    child = subprocess.Popen(command, stdout=sink.stdin, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.perf_counter() - began
    if sink.stdin:
        sink.stdin.close()
    sink.wait()
    if status:
        raise SystemExit(f"{command[0]} failed with {os.waitstatus_to_exitcode(status)}")
    return Cost(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024)


def table(path: Path, requests: int, rounds: int) -> None:
    every = [Method("python -c pass", (sys.executable, "-c", "pass")), *methods(path)]
    slow = {"pandas"}
    costs: dict[str, list[Cost]] = {m.name: [] for m in every}
    for number in range(rounds):
        for method in every:
            if number == 0 or method.name not in slow:
                costs[method.name].append(cost(method.command))
    median = {
        name: Cost(*(statistics.median(getattr(c, key) for c in found) for key in ("cpu", "wall", "mebibytes")))
        for name, found in costs.items()
    }
    yardstick = {".json": "grep -c durations", ".csv": "wc -l", ".gz": "zcat"}[path.suffix]
    print(f"\n{''.join(path.suffixes)}: {requests:,} requests, {path.stat().st_size / 1e6:,.0f} MB, median of {rounds}\n")
    print(f"| method | CPU s | us/request | wall s | MiB | MiB over bare | speed / {yardstick} |")
    print("|---|---|---|---|---|---|---|")
    for method in every:
        c = median[method.name]
        over = c.mebibytes - median["python -c pass"].mebibytes
        ratio = median[yardstick].cpu / c.cpu if c.cpu else float("nan")
        print(
            f"| {method.name} | {c.cpu:.3f} | {c.cpu / requests * 1e6:.2f} | {c.wall:.3f} | {c.mebibytes:.0f} | {over:.0f} | {ratio:.3f} |"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--unnamed", type=float, default=0.0, help="share of requests with an id in an unnamed URL")
    parser.add_argument("--formats", default="json,csv,json.gz,csv.gz")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="perfagent-bench-"))
    try:
        for suffix in options.formats.split(","):
            path = folder / f"raw.{suffix}"
            generate(path, Shape(requests=options.requests, unnamed=options.unnamed))
            table(path, options.requests, options.rounds)
            path.unlink()
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
