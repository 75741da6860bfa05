"""The git checkout this job stands in: revisions, the diff, files of a revision, a worktree per side.

Argument lists, no prompts, no hooks, no external diff or text conversion programs; git runs with a named environment only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from perfagent.errors import ConfigurationError
from perfagent.steps.child.environment import explicit

MAX_DIFF_BYTES = 4_000_000
_TIMEOUT = 120.0
_FETCH_HINT = (
    "fetch the whole history: `fetch-depth: 0` with actions/checkout, GIT_DEPTH: 0 in GitLab, fetchDepth: 0 in Azure, "
    "or `git fetch --unshallow`"
)
_SETTINGS = (
    "safe.directory=*",  # the job's user often differs from the checkout's owner
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.quotePath=false",
    "diff.noprefix=false",
    "diff.mnemonicPrefix=false",
    "advice.detachedHead=false",
    "gc.auto=0",
)


class _GitError(Exception):
    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr.strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """A repository and the environment git is run with."""

    root: Path
    environ: Mapping[str, str]

    @property
    def shallow(self) -> bool:
        return self._git("rev-parse", "--is-shallow-repository").strip() == "true"

    def branch(self) -> str | None:
        """The branch that is checked out; None where it is a commit only."""
        try:
            return self._git("symbolic-ref", "--quiet", "--short", "HEAD").strip() or None
        except _GitError:
            return None

    def resolve(self, ref: str) -> str:
        """The full commit id. A branch that exists only at the remote is found as `origin/REF`. Raises ConfigurationError."""
        for candidate in (ref, f"origin/{ref}"):
            try:
                return self._git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}").strip()
            except _GitError:
                continue
        raise ConfigurationError(f"git knows no revision {ref!r} in {self.root}", hint=_FETCH_HINT)

    def merge_base(self, one: str, other: str) -> str:
        """Where both grew from. Raises ConfigurationError, with a hint when the clone is shallow."""
        first, second = self.resolve(one), self.resolve(other)
        try:
            return self._git("merge-base", first, second).split()[0]
        except (_GitError, IndexError) as error:
            raise ConfigurationError(f"{one!r} and {other!r} have no common ancestor in this clone", hint=_FETCH_HINT) from error

    def committed_at(self, revision: str) -> datetime:
        """When the commit was made, as its committer's clock had it. Raises ConfigurationError."""
        return datetime.fromtimestamp(int(self._git("show", "--no-patch", "--format=%ct", self.resolve(revision)).strip()), UTC)

    def diff(self, base: str, head: str | None, *, paths: Sequence[str] = (), max_bytes: int = MAX_DIFF_BYTES) -> str:
        """A unified diff from `base` to `head` (None: to the files as they lie in the working tree).

        Beyond `max_bytes` it ends at the last whole file, and lines beginning with `# perfagent:` at its head say what was left out.
        """
        revisions = [self.resolve(base), *([self.resolve(head)] if head is not None else [])]
        arguments = ["diff", "--no-color", "--no-ext-diff", "--no-textconv", "--find-renames", "--src-prefix=a/", "--dst-prefix=b/"]
        data, whole = self._read([*arguments, *revisions, "--", *paths], max_bytes)
        if whole:
            return data.decode(errors="replace")
        cut = data.rfind(b"\ndiff --git ")
        kept = data[: cut + 1].decode(errors="replace") if cut > 0 else ""
        files = kept.count("\ndiff --git ") + kept.startswith("diff --git ")
        total = len(self._names([*revisions, "--", *paths]))
        return f"# perfagent: the diff is larger than {max_bytes} bytes; {total - files} of {total} files are left out\n{kept}"

    def changed_files(self, base: str, head: str | None) -> tuple[str, ...]:
        """Paths, with `/`, of files that were added, changed, deleted or renamed (the new name)."""
        return self._names([self.resolve(base), *([self.resolve(head)] if head is not None else []), "--"])

    def file_at(self, revision: str, path: str) -> str | None:
        """The text of a file at a revision; None when there is no such file."""
        commit = self.resolve(revision)
        try:
            return self._git("show", "--no-textconv", f"{commit}:{path.removeprefix('./')}")
        except _GitError:
            return None

    @contextmanager
    def worktree(self, revision: str, path: Path) -> Iterator[Path]:
        """The files of `revision` under `path` (which must not exist), removed and pruned at the end whatever happens."""
        commit = self.resolve(revision)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            self._git("worktree", "add", "--detach", "--force", "--quiet", str(path), commit)
        except _GitError as error:
            self._drop(path)
            raise ConfigurationError(f"git could not check out {revision!r} into {path}: {error.stderr}") from error
        try:
            yield path
        finally:
            self._drop(path)

    def _drop(self, path: Path) -> None:
        try:
            self._git("worktree", "remove", "--force", "--force", str(path))
        except _GitError:
            shutil.rmtree(path, ignore_errors=True)
            self._git("worktree", "prune")

    def _names(self, arguments: Sequence[str]) -> tuple[str, ...]:
        out = self._git("diff", "--name-only", "-z", "--no-ext-diff", "--no-textconv", "--find-renames", *arguments)
        return tuple(name for name in out.split("\0") if name)

    def _git(self, *arguments: str) -> str:
        return _git(self.root, self.environ, *arguments)

    def _read(self, arguments: Sequence[str], limit: int) -> tuple[bytes, bool]:
        """Output up to `limit` bytes, and whether that was all of it."""
        with subprocess.Popen(
            _command(self.root, arguments),
            env=_environment(self.environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            assert process.stdout is not None  # noqa: S101 - a pipe was asked for
            data = process.stdout.read(limit + 1)
            if len(data) > limit:
                process.kill()
                return data[:limit], False
        if process.returncode != 0:
            raise ConfigurationError(f"git {arguments[0]} failed in {self.root} with code {process.returncode}", hint=_FETCH_HINT)
        return data, True


def open_checkout(path: Path, *, environ: Mapping[str, str]) -> Checkout:
    """The repository that `path` lies in. Raises ConfigurationError when there is none, or no git."""
    if shutil.which("git", path=explicit(environ)["PATH"]) is None:
        raise ConfigurationError("git is not installed", hint="install git; perfagent reads the diff and checks out both sides with it")
    try:
        root = _git(path, environ, "rev-parse", "--show-toplevel").strip()
    except _GitError as error:
        raise ConfigurationError(
            f"{path} is not inside a git repository",
            hint="run perfagent in a checkout of the repository (`git init` and a commit make one), or give both targets a url",
        ) from error
    return Checkout(root=Path(root), environ=environ)


def _git(where: Path, environ: Mapping[str, str], *arguments: str) -> str:
    try:
        done = subprocess.run(
            _command(where, arguments),
            env=_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ConfigurationError(f"git {arguments[0]} did not end within {_TIMEOUT:g} s in {where}") from error
    except OSError as error:
        raise _GitError(str(error)) from error
    if done.returncode != 0:
        raise _GitError(re.sub(r"//[^/@\s]+@", "//", done.stderr.decode(errors="replace")))
    return done.stdout.decode(errors="replace")


def _command(where: Path, arguments: Sequence[str]) -> list[str]:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    return ["git", "-C", str(where), "--no-pager", *settings, *arguments]


def _environment(environ: Mapping[str, str]) -> dict[str, str]:
    return explicit(
        environ, {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_ASKPASS": "true", "LC_ALL": "C", "GIT_PAGER": "cat"}
    )
