"""What a target that perfagent started itself used while it was loaded: CPU, memory, threads, open files, waits."""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean
from types import TracebackType

import psutil

from perfagent.model.evidence import Evidence, Window
from perfagent.model.run import Side

INTERVAL = 0.5  # seconds; a 30 s round then gives 60 samples for about 0.2 % of a core


@dataclass(frozen=True, slots=True)
class _Metric:
    key: str
    name: str
    unit: str
    peak: bool  # how the samples of a round become one number: the highest, else the mean


_METRICS = (
    _Metric("cpu", "process_cpu_usage", "cores", peak=False),
    _Metric("rss", "process_resident_memory_bytes", "bytes", peak=True),
    _Metric("threads", "process_threads", "threads", peak=True),
    _Metric("open_files", "process_open_fds", "files", peak=True),
    _Metric("waits", "process_voluntary_switches", "switches/s", peak=False),
)


class ProcessSampler:
    """Samples the tree below and including `pid` in a thread, from `with` to its end; one JSON line a sample is appended to `path`.

    A process that ends, or a line that cannot be written, ends the sampling quietly: these are evidence, never a verdict.
    """

    def __init__(self, pid: int, path: Path, *, side: Side, round: int, interval: float = INTERVAL) -> None:
        self._pid = pid
        self._path = path
        self._labels = {"side": str(side), "round": round}
        self._interval = interval
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, name=f"process-metrics-{side}", daemon=True)

    def __enter__(self) -> ProcessSampler:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        with contextlib.suppress(psutil.Error, OSError):
            tree = _Tree(psutil.Process(self._pid))
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                while not self._over.wait(self._interval):
                    # one write a line, so that two samplers can share a file
                    os.write(handle, (json.dumps({"time": datetime.now(UTC).isoformat(), **self._labels, **tree.sample()}) + "\n").encode())
            finally:
                os.close(handle)


class _Tree:
    def __init__(self, root: psutil.Process) -> None:
        self._root = root
        self._cpu: dict[tuple[int, float], float] = {}
        self._switches: dict[str, int] = {}
        self._at = time.monotonic()
        self._used()
        self._waits()

    def sample(self) -> dict[str, float | int]:
        """Raises psutil.NoSuchProcess once the root has ended."""
        now = time.monotonic()
        wall, self._at = max(now - self._at, 1e-6), now
        cpu = self._used() / wall
        rss = threads = files = 0
        for process in self._members():
            with contextlib.suppress(psutil.Error), process.oneshot():
                rss += process.memory_info().rss
                threads += process.num_threads()
                files += process.num_fds()
        return {"cpu": round(cpu, 4), "rss": rss, "threads": threads, "open_files": files, "waits": round(self._waits() / wall, 2)}

    def _members(self) -> list[psutil.Process]:
        return [self._root, *self._root.children(recursive=True)]

    def _used(self) -> float:
        """CPU seconds since the last call; a process that appeared in between counts in whole."""
        before, self._cpu = self._cpu, {}
        for process in self._members():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                self._cpu[(process.pid, process.create_time())] = times.user + times.system
        return sum(max(0.0, used - before.get(key, 0.0)) for key, used in self._cpu.items())

    def _waits(self) -> int:
        """Times any thread gave up the CPU by itself (waiting for a lock, a disk, a network) since the last call; 0 outside Linux."""
        before, self._switches = self._switches, {}
        for process in self._members():
            with contextlib.suppress(OSError):
                for task in Path(f"/proc/{process.pid}/task").iterdir():
                    with contextlib.suppress(OSError, IndexError, ValueError):
                        status = (task / "status").read_text()
                        self._switches[task.name] = int(status.partition("\nvoluntary_ctxt_switches:")[2].split(None, 1)[0])
        return sum(max(0, count - before.get(task, 0)) for task, count in self._switches.items())


def read_process_metrics(path: Path) -> tuple[Evidence, ...]:
    """One piece of evidence per metric, with a number per round on each side (None where a side has no sample in a round).

    Empty when the file is not there; lines that cannot be read (the last one of a killed run) are left out.
    """
    samples = _samples(path)
    if not samples:
        return ()
    rounds = sorted({int(s["round"]) for s in samples})
    by_side: dict[tuple[str, int], list[dict[str, float]]] = defaultdict(list)
    for sample in samples:
        by_side[str(sample["side"]), int(sample["round"])].append(sample)
    times = sorted(datetime.fromisoformat(str(s["time"])) for s in samples)
    out = []
    for metric in _METRICS:
        values = {side: tuple(_one(by_side.get((side, r), ()), metric) for r in rounds) for side in (Side.BASELINE, Side.CANDIDATE)}
        present = {side: numbers if any(n is not None for n in numbers) else None for side, numbers in values.items()}
        if not any(present.values()):
            continue
        out.append(
            Evidence(
                id=f"process-{metric.key.replace('_', '-')}",
                source="process",
                name=metric.name,
                unit=metric.unit,
                baseline=present[Side.BASELINE],
                candidate=present[Side.CANDIDATE],
                query=f"{'highest' if metric.peak else 'mean'} of each round, the whole process tree",
                window=Window(start=times[0], end=times[-1]),
            )
        )
    return tuple(out)


def _one(samples: Sequence[dict[str, float]], metric: _Metric) -> float | None:
    values = [float(s[metric.key]) for s in samples if metric.key in s]
    if not values:
        return None
    return max(values) if metric.peak else fmean(values)


def _samples(path: Path) -> list[dict[str, float]]:
    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError:
        return []
    out = []
    for line in lines:
        with contextlib.suppress(ValueError):
            sample = json.loads(line)
            if isinstance(sample, dict) and {"time", "side", "round"} <= sample.keys():
                out.append(sample)
    return out
