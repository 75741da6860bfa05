"""The repository under test and what a load test of it would have measured."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from perfagent.model.run import Run
from tests.contracts.fakes import azure_devops
from tests.contracts.fakes.hosts import Harness

FILE = "shop/cart.py"
FAST = """\
from flask import Flask, jsonify
import db

app = Flask(__name__)


@app.get("/cart")
def cart():
    ids = db.cart_ids()
    items = db.items(ids)
    return jsonify(items)
"""
SLOW = FAST.replace(
    "    items = db.items(ids)\n",
    '    items = []\n    for id in ids:\n        items.append(db.execute("SELECT * FROM items WHERE id = ?", (id,)).fetchone())\n',
)
STILL_SLOW = SLOW.replace("    return jsonify(items)\n", "    items.sort()\n    return jsonify(items)\n")
FIXED = FAST.replace("import db\n", "import db  # one query a cart\n")
CONFIGURATION = """\
service: {service}
scenario: k6/checkout.js
target:
  candidate: {{url: "http://127.0.0.1:9"}}
  baseline: {{url: "http://127.0.0.1:9"}}
mode: duet
rounds: {{min: 4, max: 4}}
"""
BASE_TIME, FIRST_PUSH = "2026-11-20T09:00:00Z", "2026-11-25T09:00:00Z"


@dataclass(frozen=True)
class Repository:
    """`main` is the base; the change is on `feature`, which is checked out."""

    path: Path

    @classmethod
    def create(cls, path: Path, *, service: str = "shop", files: dict[str, str] | None = None) -> Repository:
        path.mkdir()
        self = cls(path)
        self.git("init", "--quiet", "--initial-branch=main")
        files = {".perfagent.yml": CONFIGURATION.format(service=service), "k6/checkout.js": "", FILE: FAST, **(files or {})}
        self.commit("begin", files, at=BASE_TIME)
        self.git("checkout", "--quiet", "-b", "feature")
        return self

    def commit(self, message: str, files: dict[str, str], *, at: str = FIRST_PUSH) -> str:
        for name, text in files.items():
            file = self.path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            self.git("add", name)
        self.git("commit", "--quiet", "--allow-empty", "-m", message, at=at)
        return self.head()

    def on_main(self, message: str, files: dict[str, str]) -> None:
        """What others review and merge meanwhile."""
        self.git("checkout", "--quiet", "main")
        self.commit(message, files, at="2026-11-25T09:30:00Z")
        self.git("checkout", "--quiet", "feature")

    def head(self, ref: str = "HEAD") -> str:
        return self.git("rev-parse", ref)

    def diff(self) -> str:
        return self.git("diff", "main...feature", "--", FILE) + "\n"

    def git(self, *arguments: str, at: str = BASE_TIME) -> str:
        who = {"GIT_AUTHOR_NAME": "ann", "GIT_AUTHOR_EMAIL": "ann@example.org", "GIT_AUTHOR_DATE": at}
        who |= {"GIT_COMMITTER_NAME": "ann", "GIT_COMMITTER_EMAIL": "ann@example.org", "GIT_COMMITTER_DATE": at}
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.path), "GIT_CONFIG_NOSYSTEM": "1", **who}
        done = subprocess.run(["git", *arguments], cwd=self.path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout.strip()


def show(host: Harness, repository: Repository) -> None:
    """The pull request's change as the host tells it."""
    fake, diff = host.fake, repository.diff()
    hunks = diff[diff.index("@@") :] if "@@" in diff else ""
    if host.name in ("github", "bitbucket"):
        fake.diff = diff
    elif host.name == "gitlab":
        fake.diffs = [{"old_path": FILE, "new_path": FILE, "diff": hunks}]
    else:
        after = (repository.path / FILE).read_text()
        fake.files = {(FILE, azure_devops.BASE): FAST.encode(), (FILE, azure_devops.HEAD): after.encode()}
        fake.changes = [{"changeTrackingId": 1, "changeId": 1, "changeType": "edit", "item": {"path": f"/{FILE}", "objectId": "0" * 40}}]


@lru_cache(maxsize=32)
def runs(
    factor: float, *, slow: tuple[str, ...] = ("GET /cart",), quick: tuple[str, ...] = ("GET /items",), each: int = 200
) -> tuple[Run, ...]:
    """Four rounds of both sides, `each` requests an endpoint; the candidate's `slow` endpoints take `factor` times as long."""
    return tuple(_run(side, number, factor, slow, quick, each) for number in range(1, 5) for side in ("baseline", "candidate"))


def _run(side: str, number: int, factor: float, slow: tuple[str, ...], quick: tuple[str, ...], each: int) -> Run:
    dice = random.Random(f"{side}{number}")
    both = [*slow, *quick]
    endpoint = [both[i % len(both)] for i in range(each * len(both))]
    slower = dict.fromkeys(slow, factor if side == "candidate" else 1.0)
    columns = {
        "endpoint": endpoint,
        "time": [i / 20 for i in range(len(endpoint))],
        "duration": [dice.lognormvariate(-3, 0.2) * slower.get(name, 1.0) for name in endpoint],
        "failed": [False] * len(endpoint),
    }
    return Run.from_requests(columns, side=side, round=number, start=1_800_000_000 + number * 60, duration=len(endpoint) / 20)
