"""How much CPU `perfagent --help` costs beyond a bare interpreter. The bar is 0.3 s.

python benchmarks/startup.py [--runs 20]
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
from pathlib import Path

BAR = 0.3


def cpu_seconds(command: list[str], environment: dict[str, str]) -> float:
    """User and system time of one child."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--json", type=Path, help="keep the figures here")
    arguments = parser.parse_args()
    runs = arguments.runs
    commands = {"bare": [sys.executable, "-c", "pass"], "help": [sys.executable, "-m", "perfagent", "--help"]}
    environment = dict(os.environ)
    for command in commands.values():  # compiled files and file cache first
        cpu_seconds(command, environment)
    measured: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):  # in turns, so that a busy moment hits both alike
        for name, command in commands.items():
            measured[name].append(cpu_seconds(command, environment))
    bare, shown = (statistics.median(measured[name]) for name in ("bare", "help"))
    beyond = shown - bare
    figures = {"bare_s": round(bare, 4), "help_s": round(shown, 4), "beyond_s": round(beyond, 4), "ratio": round(shown / bare, 2)}
    text = json.dumps({**figures, "bar_s": BAR, "runs": runs, "python": sys.version.split()[0]})
    print(text)
    if arguments.json:
        arguments.json.write_text(text + "\n")
    return 0 if beyond < BAR else 1


if __name__ == "__main__":
    sys.exit(main())
