"""No code host: what would have been posted is written into the run folder, for people and for `perfagent publish`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from perfagent import documents
from perfagent.adapters.code_hosts.access import HostAccess
from perfagent.errors import ConfigurationError, OptionalServiceError
from perfagent.ports.code_host import Annotation, Posted, Status


class LocalCodeHost:
    name = "local"

    def __init__(self, access: HostAccess) -> None:
        if access.run_folder is None:
            raise ConfigurationError("the local code host needs a run folder", hint="name a code host, or run inside a run folder")
        self._folder: Path = access.run_folder

    def upsert_comment(self, pull_request: int, body: str, *, marker: str) -> Posted:  # noqa: ARG002
        path = self._folder / "comment.md"
        created = not path.exists()
        self._write(path, body.encode())
        return Posted(id="comment.md", url=path.absolute().as_uri(), created=created)

    def find_comment(self, pull_request: int, *, marker: str) -> str | None:  # noqa: ARG002
        try:
            text = (self._folder / "comment.md").read_text(encoding="utf-8")
        except (OSError, ValueError):
            return None
        return text if marker in text else None

    def set_status(self, revision: str, status: Status, *, pull_request: int | None = None) -> None:
        document = {"revision": revision, "pull_request": pull_request, **asdict(status)}
        self._write(self._folder / "status.json", documents.to_json(document).encode())

    def annotate(self, pull_request: int, revision: str, annotations: Sequence[Annotation]) -> None:
        document = {"pull_request": pull_request, "revision": revision, "annotations": [asdict(a) for a in annotations]}
        self._write(self._folder / "annotations.json", documents.to_json(document).encode())

    def get_diff(self, pull_request: int) -> str:
        raise OptionalServiceError(
            f"there is no code host to ask for the diff of pull request {pull_request}",
            hint="fetch the baseline's commit, so that git can tell the difference",
        )

    def _write(self, path: Path, data: bytes) -> None:
        try:
            documents.write_bytes(path, data)
        except OSError as error:
            raise OptionalServiceError(f"could not write {path}: {error.strerror or error}", hint="is the run folder writable?") from error
