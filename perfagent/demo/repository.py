"""Makes the demo's git repository: the shop on `main`, and a branch for each change."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perfagent.demo.changes import ALL, Change
from perfagent.errors import ConfigurationError, UnavailableError
from perfagent.steps.child.environment import explicit

_DATA = Path(__file__).parent / "data"  # where a wheel carries the shop and the scenario
_TREE = Path(__file__).parents[2]  # where a checkout has them
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "var", "*.db", ".perfagent", ".ruff_cache", ".mypy_cache")

_CONFIGURATION = """\
# The gate of the sample shop. Both sides are started from their own checkout and loaded at the same moment.
service: shop
scenario: k6/shop.js
target:
  candidate:
    command: {command}
    ready: /healthz
  baseline:
    ref: main
rounds: {{min: 4, max: 16, duration: 10s, warmup: 2s, budget: 4m}}
gate:
  max_regression: 10%
  metrics: [p95, error_rate]
"""

_IDENTITY = {
    "GIT_AUTHOR_NAME": "Ada Kern",
    "GIT_AUTHOR_EMAIL": "ada@shop.example",
    "GIT_AUTHOR_DATE": "2026-11-23T09:00:00+00:00",
    "GIT_COMMITTER_NAME": "Ada Kern",
    "GIT_COMMITTER_EMAIL": "ada@shop.example",
    "GIT_COMMITTER_DATE": "2026-11-23T09:00:00+00:00",
}
"""Fixed, so that the demo has the same revisions each time on a machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRepository:
    """`base` and `head` are revisions; `config` is the path of `.perfagent.yml`."""

    path: Path
    base: str
    head: str
    config: Path


def prepare(folder: Path, change: Change, *, python: str, environ: Mapping[str, str]) -> DemoRepository:
    """A repository in `folder` (made here, or empty) with `change` checked out; `python` is the interpreter that starts the shop.

    Raises ConfigurationError for a folder that holds something, UnavailableError where git cannot do its part.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigurationError(f"--keep: {folder} is not an empty folder", hint="name a folder that does not exist yet")
    shop, scenario = _sources()
    shutil.copytree(shop, folder, ignore=_LEFT_OUT, dirs_exist_ok=True)
    (folder / "k6").mkdir()
    shutil.copyfile(scenario, folder / "k6" / "shop.js")
    with (folder / ".gitignore").open("a", encoding="utf-8") as file:
        file.write(".perfagent/\n")
    config = folder / ".perfagent.yml"
    config.write_text(configuration(python), encoding="utf-8")
    git = _Git(folder, environ)
    git("init", "--quiet", "--initial-branch=main")
    git("add", "--all")
    git("commit", "--quiet", "--message=Open the shop")
    for each in ALL:
        git("checkout", "--quiet", "-b", each.name, "main")
        if each.patch:
            git("am", "--quiet", "--keep-cr", str(each.patch))
    git("checkout", "--quiet", change.name)
    return DemoRepository(path=folder, base=git("rev-parse", "main").strip(), head=git("rev-parse", "HEAD").strip(), config=config)


def configuration(python: str) -> str:
    command = f"{shlex.quote(python)} -m uvicorn shop.app:app --host 127.0.0.1 --port $PORT --log-level warning"
    return _CONFIGURATION.format(command=json.dumps(command))


def _sources() -> tuple[Path, Path]:
    """The shop's folder and the scenario."""
    for shop, scenario in ((_DATA / "shop", _DATA / "k6" / "shop.js"), (_TREE / "examples" / "shop", _TREE / "k6" / "shop.js")):
        if shop.is_dir() and scenario.is_file():
            return shop, scenario
    raise UnavailableError(
        "this installation of perfagent came without the sample shop", hint="install the wheel of a release, or run from a checkout"
    )


class _Git:
    """git in one folder, without the settings and hooks of whoever runs the demo."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = explicit(environ, {**_IDENTITY, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"})

    def __call__(self, *arguments: str) -> str:
        command = ["git", "-c", "core.autocrlf=false", "-c", "commit.gpgSign=false", "-c", "gc.auto=0", *arguments]
        try:
            done = subprocess.run(
                command,
                cwd=self._folder,
                env=self._environ,
                check=True,
                capture_output=True,
                text=True,
                stdin=subprocess.DEVNULL,
                timeout=60,
            )
        except FileNotFoundError as error:
            raise UnavailableError("there is no git on this machine", hint="install git and run the demo again") from error
        except subprocess.CalledProcessError as error:
            raise UnavailableError(f"git {arguments[0]} failed in the demo's repository {self._folder}: {error.stderr.strip()}") from error
        except subprocess.TimeoutExpired as error:
            raise UnavailableError(f"git {arguments[0]} took more than 60 s in the demo's repository {self._folder}") from error
        return done.stdout
