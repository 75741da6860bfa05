"""The OpenSpec tool accepts what stands under openspec/specs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.e2e


def test_openspec_accepts_every_specification(tmp_path: Path) -> None:
    """Found on PATH, or below the folder that OPENSPEC_PREFIX names (`npm install --prefix DIR @fission-ai/openspec`)."""
    prefix = os.environ.get("OPENSPEC_PREFIX", "")
    program = shutil.which("openspec") or (shutil.which("openspec", path=f"{prefix}/node_modules/.bin") if prefix else None)
    if program is None:
        pytest.skip("openspec is not installed: npm install --global @fission-ai/openspec")
    shutil.copytree(ROOT / "openspec", tmp_path / "openspec")
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "OPENSPEC_TELEMETRY": "0", "CI": "true"}
    done = subprocess.run(
        [program, "validate", "--all", "--strict", "--no-interactive", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    totals = json.loads(done.stdout)["summary"]["totals"]
    assert (totals["failed"], totals["passed"]) == (0, len(list((ROOT / "openspec/specs").glob("*/spec.md"))))
