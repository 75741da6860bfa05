"""The documents of a store: one entry, gzipped JSON."""

from __future__ import annotations

import gzip
import zlib

from perfagent import documents
from perfagent.adapters.stores.catalogue import DamagedError, Row, digest, iso
from perfagent.errors import InputError
from perfagent.model.run import Run
from perfagent.ports.baseline_store import BaselineEntry
from perfagent.stats.fingerprint import centre, comparable, fingerprint

_MOST_BYTES = 512 * 2**20  # unpacked; a job of a hundred rounds with a hundred endpoints has a tenth of it


def pack(entry: BaselineEntry) -> bytes:
    return gzip.compress(documents.to_json(entry, indent=None).encode(), compresslevel=6, mtime=0)


def unpack(data: bytes, *, name: str, sha256: str | None = None) -> BaselineEntry:
    """Raises DamagedError saying what is wrong with the document."""
    if sha256 is not None and digest(data) != sha256:
        raise DamagedError(f"{name} is not the file that was written: its checksum differs")
    stream = zlib.decompressobj(wbits=31)
    try:
        text = stream.decompress(data, _MOST_BYTES)
    except zlib.error as error:
        raise DamagedError(f"{name} is not gzipped: {error}") from error
    if not stream.eof:
        raise DamagedError(f"{name} is cut off, or far larger than an entry can be")
    try:
        entry = documents.from_json(BaselineEntry, text, name=name)
    except InputError as error:
        raise DamagedError(f"{name} is no baseline entry: {error.mistakes[0] if error.mistakes else error.message}") from error
    if not entry.runs:
        raise DamagedError(f"{name} holds no run")
    return entry


def row_of(entry: BaselineEntry, data: bytes) -> Row:
    return Row(
        id=entry.id,
        sha256=digest(data),
        service=entry.service,
        kind=kind_of(entry.runs[0]),
        revision=entry.revision,
        recorded_at=iso(entry.recorded_at),
        accepted=entry.accepted_by is not None,
        expires_at=iso(entry.expires_at),
    )


def vector_of(entry: BaselineEntry) -> tuple[float, ...]:
    return centre([fingerprint(run) for run in entry.runs])


def kind_of(run: Run) -> str:
    """The scenario, k6's major version and the load options in one string."""
    return "/".join(comparable(run))
