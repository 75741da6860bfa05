"""What a store holds, without the documents: a small manifest that names the current files, and a table with a row per entry.

manifest.json             which files are current, with their checksums; the only file that changes
rows-<generation>.json    a column per field
index-<generation>.faiss  the fingerprints, in the order of the rows
entries/<id>.json.gz      the documents
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from perfagent.adapters.stores.vectors import Vectors
from perfagent.stats import fingerprint

SCHEMA_VERSION = 1
MANIFEST = "manifest.json"
ENTRIES = "entries/"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,119}", re.ASCII)


class DamagedError(ValueError):
    """A file that is not what the manifest says. The words are for the report."""


class NewerSchemaError(ValueError):
    """Written by a newer program: left alone."""


class Row(NamedTuple):
    """`kind` is what must be equal to be compared; times are ISO 8601 in UTC; `sha256` is of the document's bytes."""

    id: str
    sha256: str
    service: str
    kind: str
    revision: str
    recorded_at: str
    accepted: bool
    expires_at: str

    @property
    def blob(self) -> str:
        return entry_name(self.id)


class Manifest(NamedTuple):
    generation: int
    rows_file: str
    rows_sha256: str
    index_file: str
    index_sha256: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """`version` is the manifest's in the store (None: there is none yet)."""

    rows: tuple[Row, ...] = ()
    vectors: Vectors
    generation: int = 0
    version: str | None = None

    def position(self, entry_id: str) -> int | None:
        return next((at for at, row in enumerate(self.rows) if row.id == entry_id), None)

    def with_entry(self, row: Row, vector: tuple[float, ...]) -> Catalogue:
        """An entry of the same id is replaced."""
        there = self.position(row.id)
        before = self if there is None else self.without([there])
        return Catalogue(
            rows=(*before.rows, row), vectors=before.vectors.with_added(vector), generation=self.generation, version=self.version
        )

    def without(self, positions: list[int]) -> Catalogue:
        gone = set(positions)
        rows = tuple(row for at, row in enumerate(self.rows) if at not in gone)
        return Catalogue(rows=rows, vectors=self.vectors.without(positions), generation=self.generation, version=self.version)


def entry_name(entry_id: str) -> str:
    """A name that is safe in every store; ids are taken as they are where they can be."""
    safe = entry_id if _PLAIN.fullmatch(entry_id) else "x-" + sha256(entry_id.encode("utf-8", "surrogatepass")).hexdigest()[:40]
    return f"{ENTRIES}{safe}.json.gz"


def digest(data: bytes) -> str:
    return sha256(data).hexdigest()


def iso(time: datetime | None) -> str:
    return "" if time is None else time.astimezone(UTC).isoformat(timespec="microseconds")


def rows_to_json(rows: tuple[Row, ...]) -> bytes:
    columns = {name: [row[at] for row in rows] for at, name in enumerate(Row._fields)}
    return json.dumps({"schema_version": SCHEMA_VERSION, "rows": columns}, ensure_ascii=False, separators=(",", ":")).encode()


def rows_from_json(data: bytes) -> tuple[Row, ...]:
    """Raises DamagedError."""
    try:
        columns = json.loads(data)["rows"]
        rows = tuple(map(Row._make, zip(*(columns[name] for name in Row._fields), strict=True)))
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("its rows cannot be read") from error
    if not all(isinstance(row.id, str) and isinstance(row.kind, str) and isinstance(row.recorded_at, str) for row in rows):
        raise DamagedError("its rows are not what they should be")
    return rows


def manifest_to_json(manifest: Manifest) -> bytes:
    document = {"schema_version": SCHEMA_VERSION, "fingerprint": fingerprint.VERSION, **manifest._asdict()}
    return json.dumps(document, indent=2).encode() + b"\n"


def manifest_from_json(data: bytes) -> Manifest:
    """Raises DamagedError, or NewerSchemaError."""
    try:
        document: Any = json.loads(data)
        schema = int(document["schema_version"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError("its manifest cannot be read") from error
    if schema > SCHEMA_VERSION:
        raise NewerSchemaError(f"it was written by a newer perfagent (schema {schema}; this one knows {SCHEMA_VERSION})")
    if document.get("fingerprint") != fingerprint.VERSION:
        raise DamagedError("its index holds fingerprints of another layout")
    try:
        manifest = Manifest(**{name: document[name] for name in Manifest._fields})
    except KeyError as error:
        raise DamagedError(f"its manifest has no {error.args[0]}") from error
    names = (manifest.rows_file, manifest.index_file)
    if not all(isinstance(name, str) and _PLAIN.fullmatch(name) for name in names) or not isinstance(manifest.generation, int):
        raise DamagedError("its manifest names files that cannot be")
    return manifest
