"""No tracker: the defect that would have been filed is written into the run folder."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from perfagent import documents
from perfagent.adapters.trackers.access import TrackerAccess
from perfagent.errors import ConfigurationError, OptionalServiceError
from perfagent.ports.tracker import Defect, DefectRef


class LocalTracker:
    """`defect.json` holds `{"defects": […]}`, one a fingerprint."""

    name = "local"

    def __init__(self, access: TrackerAccess) -> None:
        if access.run_folder is None:
            raise ConfigurationError("the local tracker needs a run folder", hint="name a tracker, or run inside a run folder")
        self._path: Path = access.run_folder / "defect.json"

    def file_defect(self, defect: Defect) -> DefectRef:
        earlier = self._defects()
        created = all(d["fingerprint"] != defect.fingerprint for d in earlier)
        others = [d for d in earlier if d["fingerprint"] != defect.fingerprint]
        self._write([*others, {**asdict(defect), "attachments": [str(p) for p in defect.attachments], "links": dict(defect.links)}])
        return DefectRef(key=defect.fingerprint, url=self._path.absolute().as_uri(), created=created)

    def recovered(self, fingerprint: str, message: str) -> DefectRef | None:
        defects = self._defects()
        found = next((d for d in defects if d["fingerprint"] == fingerprint), None)
        if found is None:
            return None
        found["recovered"] = message
        self._write(defects)
        return DefectRef(key=fingerprint, url=self._path.absolute().as_uri(), created=False)

    def _defects(self) -> list[dict[str, Any]]:
        """A file that is absent or broken holds none."""
        try:
            found = json.loads(self._path.read_bytes())["defects"]
            return [d for d in found if isinstance(d, dict) and "fingerprint" in d]
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def _write(self, defects: list[dict[str, Any]]) -> None:
        try:
            documents.write_bytes(self._path, documents.to_json({"defects": defects}).encode())
        except OSError as error:
            raise OptionalServiceError(
                f"could not write {self._path}: {error.strerror or error}", hint="is the run folder writable?"
            ) from error
