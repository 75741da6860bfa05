"""What `init` can see of a repository: its CI, its scenario, how it is started. Looks at files only, runs nothing."""

from __future__ import annotations

import configparser
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from perfagent.ci.context import Host
from perfagent.ci.words import host_of

CI_FILES = {
    "github": ".github/workflows/perfagent.yml",
    "gitlab": ".gitlab/perfagent.yml",
    "circleci": ".circleci/config.yml",
    "azure": "azure-pipelines.yml",
}
_MARKS = (
    ("circleci", ".circleci/config.yml"),
    ("azure", "azure-pipelines.yml"),
    ("gitlab", ".gitlab-ci.yml"),
    ("github", ".github/workflows"),
)
_HOSTS = {Host.GITHUB: "github", Host.GITLAB: "gitlab", Host.AZURE: "azure"}
_SKIPPED = frozenset({".git", "node_modules", ".venv", "venv", "vendor", "dist", "build", ".perfagent"})
_MOST_FILES = 5000
_MOST_BYTES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Empty text: nothing was found. `why` says how the CI was found."""

    service: str
    ci: str = ""
    why: str = ""
    branch: str = "main"
    scenario: str = ""
    command: str = ""


def look_at(folder: Path) -> Project:
    git = _git_folder(folder)
    remote = _remote(git)
    ci, why = _ci(folder, remote)
    _, path, _ = host_of(remote)
    return Project(
        service=path.rsplit("/", 1)[-1] or folder.resolve().name or "service",
        ci=ci,
        why=why,
        branch=_default_branch(git),
        scenario=_scenario(folder),
        command=_command(folder),
    )


def _ci(folder: Path, remote: str) -> tuple[str, str]:
    """A CI file that is there says more than where the code lives."""
    for ci, mark in _MARKS:
        if (folder / mark).exists():
            return ci, f"{mark} is there"
    host = host_of(remote)[0]
    return (_HOSTS[host], f"the remote is {host_of(remote)[2]}") if host in _HOSTS else ("", "")


def _git_folder(folder: Path) -> Path | None:
    """`.git` of this folder or of one above; a worktree's `.git` is a file that names the real one."""
    for above in (folder.resolve(), *folder.resolve().parents):
        git = above / ".git"
        if git.is_dir():
            return git
        if git.is_file():
            target = Path(git.read_text(encoding="utf-8", errors="replace").removeprefix("gitdir:").strip())
            return (above / target).parent.parent if target.parts else None
    return None


def _remote(git: Path | None) -> str:
    if git is None or not (git / "config").is_file():
        return ""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string((git / "config").read_text(encoding="utf-8", errors="replace"))
    except configparser.Error:
        return ""
    remotes = {name: parser.get(name, "url", fallback="") for name in parser.sections() if name.startswith("remote ")}
    return remotes.get('remote "origin"') or next(iter(remotes.values()), "")


def _default_branch(git: Path | None) -> str:
    """The remote's HEAD where a clone knows it, else main or master, whichever is there."""
    if git is None:
        return "main"
    for path, prefix in ((git / "refs/remotes/origin/HEAD", "ref: refs/remotes/origin/"), (git / "HEAD", "ref: refs/heads/")):
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace").strip()
            name = text.removeprefix(prefix)
            if text.startswith(prefix) and (
                path.name != "HEAD" or "remotes" in str(path) or name in ("main", "master", "trunk", "develop")
            ):
                return name
    return "master" if (git / "refs/heads/master").is_file() else "main"


def _scenario(folder: Path) -> str:
    """The k6 script with the shortest path."""
    found = [p for p in _files(folder) if p.suffix in (".js", ".ts") and _imports_k6(p)]
    best = min(found, key=lambda p: (len(p.parts), str(p)), default=None)
    return best.relative_to(folder).as_posix() if best else ""


def _files(folder: Path) -> Iterator[Path]:
    def walk(at: Path) -> Iterator[Path]:
        try:
            entries = sorted(at.iterdir())
        except OSError:
            return
        for entry in entries:
            if entry.is_symlink() or entry.name in _SKIPPED:
                continue
            if entry.is_dir():
                yield from walk(entry)
            else:
                yield entry

    return islice(walk(folder), _MOST_FILES)


def _imports_k6(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            text = file.read(_MOST_BYTES)
    except OSError:
        return False
    return any(f"{quote}k6/http{quote}" in text or f"from {quote}k6{quote}" in text for quote in "'\"")


def _command(folder: Path) -> str:
    """From a Procfile (which says `$PORT` as perfagent does) or package.json."""
    procfile = folder / "Procfile"
    if procfile.is_file():
        for line in procfile.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("web:"):
                return line.removeprefix("web:").strip()
    package = folder / "package.json"
    if package.is_file():
        try:
            scripts = json.loads(package.read_text(encoding="utf-8")).get("scripts", {})
        except (ValueError, AttributeError, UnicodeDecodeError):
            return ""
        if isinstance(scripts, dict) and "start" in scripts:
            return "npm start"
    return ""
