"""The baseline store over any `Blobs`: entries as documents, a table of rows and a FAISS index beside them.

Writers add files under new names and then swap the manifest, so that a reader sees the old or the new state and two writers cannot lose
each other's entry: who comes second starts again from what the first wrote. What is damaged is left out with a reason; the table and the
index can always be made again from the documents.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from random import Random
from secrets import token_hex

from perfagent.adapters.stores import catalogue as table
from perfagent.adapters.stores.blobs import Blobs, ConflictError
from perfagent.adapters.stores.catalogue import Catalogue, DamagedError, Manifest, NewerSchemaError, Row, digest
from perfagent.adapters.stores.entry_files import kind_of, pack, row_of, unpack, vector_of
from perfagent.adapters.stores.vectors import DamagedIndexError, Vectors
from perfagent.errors import InputError, UnavailableError
from perfagent.model.run import Run
from perfagent.ports.baseline_store import BaselineEntry
from perfagent.stats.fingerprint import fingerprint

_READ_TRIES = 4  # a reader is overtaken when two writers finish between its reading of the manifest and of the files it names
_WRITE_TRIES = 40
_KEPT_GENERATIONS = 2  # files of these stay, for readers that have just read the manifest before


class BlobStore:
    """Implements `BaselineStore`. Opening reads nothing."""

    def __init__(self, blobs: Blobs, *, sleep: Callable[[float], None] = time.sleep, random: Random | None = None) -> None:
        self._blobs = blobs
        self._sleep = sleep
        self._random = random or Random()  # noqa: S311 - spreads out writers that collide, nothing more
        self._read: Catalogue | None = None
        self._problems: dict[str, None] = {}

    @property
    def problems(self) -> Sequence[str]:
        return tuple(self._problems)

    def nearest(self, like: Run, *, service: str, limit: int = 20) -> Sequence[BaselineEntry]:
        """From the last accepted change on: what was measured before it says nothing of the service as it is now."""
        current = self._current()
        at = [i for i, row in enumerate(current.rows) if row.service == service and row.kind == kind_of(like)]
        at = _still_valid(current.rows, at, now=table.iso(like.started_at))
        ordered = current.vectors.nearest(fingerprint(like), at)
        return list(_first(limit, self._documents(current.rows[i] for i in ordered)))

    def rows(self) -> Sequence[Row]:
        """What is known of each entry without its document, in the order they were added."""
        return self._current().rows

    def entries(self) -> Sequence[BaselineEntry]:
        return list(self._documents(self._current().rows))

    def entry(self, entry_id: str) -> BaselineEntry | None:
        """None where there is none, or its document is damaged (then `problems` says so)."""
        return next(iter(self._documents(row for row in self._current().rows if row.id == entry_id)), None)

    def add(self, entry: BaselineEntry) -> None:
        """Replaces an entry of the same id. Raises InputError for an entry without runs."""
        if not entry.runs:
            raise InputError(f"the baseline entry {entry.id} has no run", hint="add a run folder or run.json files that were measured")
        data = pack(entry)
        row, vector = row_of(entry, data), vector_of(entry)

        def with_entry(current: Catalogue) -> Catalogue:
            self._blobs.put(row.blob, data)
            return current.with_entry(row, vector)

        self._change(with_entry)

    def remove(self, ids: Sequence[str]) -> None:
        """Ids that are not there are no error."""
        unwanted = set(ids)

        def without(current: Catalogue) -> Catalogue:
            return current.without([at for at, row in enumerate(current.rows) if row.id in unwanted])

        self._change(without)
        self._blobs.delete([table.entry_name(entry_id) for entry_id in unwanted])

    def _change(self, change: Callable[[Catalogue], Catalogue]) -> None:
        """Read, change, swap; again from the start when another writer was faster."""
        with self._blobs.alone():
            for attempt in range(_WRITE_TRIES):
                current = self._catalogue(writing=True)
                try:
                    self._write(change(current))
                    return
                except ConflictError:
                    self._sleep(self._random.uniform(0.0, min(0.05 * 2**attempt, 3.0)))
        raise UnavailableError(
            f"the baseline store {self._blobs.where} changed under each of {_WRITE_TRIES} attempts to write",
            hint="many pipelines end at once; run `perfagent baseline add` again",
        )

    def _write(self, changed: Catalogue) -> None:
        generation = changed.generation + 1
        mark = f"{generation:08d}-{token_hex(4)}"
        rows, index = table.rows_to_json(changed.rows), changed.vectors.to_bytes()
        manifest = Manifest(
            generation=generation,
            rows_file=f"rows-{mark}.json",
            rows_sha256=digest(rows),
            index_file=f"index-{mark}.faiss",
            index_sha256=digest(index),
            entries=len(changed.rows),
        )
        self._blobs.put(manifest.rows_file, rows)
        self._blobs.put(manifest.index_file, index)
        try:
            self._blobs.swap(table.MANIFEST, table.manifest_to_json(manifest), expected=changed.version)
        except ConflictError:
            if not self._is_current(manifest):
                self._blobs.delete([manifest.rows_file, manifest.index_file])
                raise
        self._read = None
        self._tidy(generation)

    def _is_current(self, manifest: Manifest) -> bool:
        """A swap that arrived, but whose answer was lost, conflicts with itself when it is sent again."""
        there = self._blobs.get(table.MANIFEST)
        return there is not None and there.data == table.manifest_to_json(manifest)

    def _tidy(self, generation: int) -> None:
        """Files of earlier generations, and what a killed writer left. A store that refuses to delete still works."""
        with suppress(UnavailableError):
            names = [name for prefix in ("rows-", "index-") for name in self._blobs.names(prefix)]
            self._blobs.delete([name for name in names if _generation(name) <= generation - _KEPT_GENERATIONS])

    def _current(self) -> Catalogue:
        """As last read, while the manifest is the same."""
        if self._read is None or (blob := self._blobs.get(table.MANIFEST)) is None or blob.version != self._read.version:
            self._read = self._catalogue(writing=False)
        return self._read

    def _catalogue(self, *, writing: bool) -> Catalogue:
        """Raises UnavailableError when `writing` and a newer program owns the store."""
        version = None
        for _ in range(_READ_TRIES):
            blob = self._blobs.get(table.MANIFEST)
            if blob is None:
                return self._rebuilt("it has no manifest", version=None)
            version = blob.version
            try:
                manifest = table.manifest_from_json(blob.data)
            except NewerSchemaError as error:
                if writing:
                    raise UnavailableError(f"the baseline store {self._blobs.where} is left alone: {error}") from error
                self._problem(f"the baseline store {self._blobs.where} is not used: {error}")
                return Catalogue(vectors=Vectors.of([]), version=blob.version)
            except DamagedError as error:
                return self._rebuilt(str(error), version=blob.version)
            rows, index = self._blobs.get(manifest.rows_file), self._blobs.get(manifest.index_file)
            if rows is None or index is None:
                continue  # a newer state came meanwhile, and its writer tidied up; or the file is really gone
            try:
                return _checked(manifest, rows.data, index.data, version=blob.version)
            except (DamagedError, DamagedIndexError) as error:
                return replace(self._rebuilt(str(error), version=blob.version), generation=manifest.generation)
        return self._rebuilt("a file that its manifest names is gone", version=version)

    def _rebuilt(self, reason: str, *, version: str | None) -> Catalogue:
        """From the documents. No manifest and no document is simply an empty store."""
        rows, vectors = [], []
        for name in sorted(self._blobs.names(table.ENTRIES)):
            blob = self._blobs.get(name)
            if blob is None:
                continue
            try:
                entry = unpack(blob.data, name=name)
            except DamagedError as error:
                self._problem(f"the baseline store {self._blobs.where}: {error}; it is left out")
                continue
            rows.append(row_of(entry, blob.data))
            vectors.append(vector_of(entry))
        if rows or version is not None:
            self._problem(f"the baseline store {self._blobs.where} was read from its {len(rows)} documents, since {reason}")
        newest = max([_generation(name) for prefix in ("rows-", "index-") for name in self._blobs.names(prefix)], default=0)
        return Catalogue(rows=tuple(rows), vectors=Vectors.of(vectors), generation=newest, version=version)

    def _documents(self, rows: Iterable[Row]) -> Iterator[BaselineEntry]:
        for row in rows:
            blob = self._blobs.get(row.blob)
            if blob is None:
                self._problem(f"the baseline store {self._blobs.where}: {row.blob} is gone; it is left out")
                continue
            try:
                yield unpack(blob.data, name=row.blob, sha256=row.sha256)
            except DamagedError as error:
                self._problem(f"the baseline store {self._blobs.where}: {error}; it is left out")

    def _problem(self, text: str) -> None:
        self._problems[text] = None


def _checked(manifest: Manifest, rows: bytes, index: bytes, *, version: str) -> Catalogue:
    """Raises DamagedError or DamagedIndexError."""
    if digest(rows) != manifest.rows_sha256:
        raise DamagedError(f"{manifest.rows_file} is not the file that was written")
    if digest(index) != manifest.index_sha256:
        raise DamagedError(f"{manifest.index_file} is not the file that was written")
    known = table.rows_from_json(rows)
    vectors = Vectors.from_bytes(index, count=len(known))
    return Catalogue(rows=known, vectors=vectors, generation=manifest.generation, version=version)


def _still_valid(rows: Sequence[Row], at: Sequence[int], *, now: str) -> list[int]:
    """Entries whose acceptance has not expired at `now`, none older than the newest that was accepted as the new normal."""
    at = [i for i in at if not (rows[i].expires_at and now and rows[i].expires_at <= now)]
    since = max((rows[i].recorded_at for i in at if rows[i].accepted), default="")
    return [i for i in at if rows[i].recorded_at >= since]


def _first(count: int, entries: Iterator[BaselineEntry]) -> Iterator[BaselineEntry]:
    for number, entry in enumerate(entries, 1):
        yield entry
        if number >= count:
            return


def _generation(name: str) -> int:
    digits = name.partition("-")[2].partition("-")[0]
    return int(digits) if digits.isdigit() else 0
