"""A store that is damaged, foreign or newer: a reason, and all that can still be used."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from perfagent.adapters.stores import open_store
from perfagent.adapters.stores.folder import FolderBlobs, FolderStore
from perfagent.errors import ConfigurationError, UnavailableError
from perfagent.model.run import Environment, Run, Side
from perfagent.ports.baseline_store import BaselineEntry


def a_run(latency: float = 0.010) -> Run:
    requests = {"endpoint": ["GET /"] * 20, "time": [i / 2 for i in range(20)], "duration": [latency] * 20, "failed": [False] * 20}
    run = Run.from_requests(requests, side=Side.CANDIDATE, start=datetime(2026, 11, 2, tzinfo=UTC), duration=10.0)
    return replace(run, environment=Environment(machine="m", k6_version="1.1.0", scenario_hash="s", options_hash="o"))


def an_entry(id: str, latency: float = 0.010) -> BaselineEntry:
    return BaselineEntry(id=id, service="shop", revision="r", recorded_at=datetime(2026, 11, 2, tzinfo=UTC), runs=(a_run(latency),))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two entries."""
    store = FolderStore(tmp_path / "store")
    store.add(an_entry("near"))
    store.add(an_entry("far", 0.080))
    return tmp_path / "store"


def current(folder: Path, kind: str) -> Path:
    return folder / json.loads((folder / "manifest.json").read_text())[f"{kind}_file"]


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated index": (lambda f: cut(current(f, "index")), r"index-.*\.faiss is not the file that was written"),
    "foreign index": (lambda f: current(f, "index").write_bytes(b"PK\x03\x04 something else"), r"index-.*\.faiss is not the file"),
    "index gone": (lambda f: current(f, "index").unlink(), "a file that its manifest names is gone"),
    "truncated rows": (lambda f: cut(current(f, "rows")), r"rows-.*\.json is not the file that was written"),
    "truncated manifest": (lambda f: cut(f / "manifest.json"), "its manifest cannot be read"),
    "foreign manifest": (lambda f: (f / "manifest.json").write_text('{"name": "x"}'), "its manifest cannot be read"),
    "empty manifest": (lambda f: (f / "manifest.json").write_text(""), "its manifest cannot be read"),
    "manifest gone": (lambda f: (f / "manifest.json").unlink(), "it has no manifest"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_table_or_index_is_made_again_from_the_documents(folder: Path, damage: str) -> None:
    spoil, reason = DAMAGE[damage]
    spoil(folder)
    store = FolderStore(folder)
    assert [entry.id for entry in store.nearest(a_run(), service="shop")] == ["near", "far"]
    (problem,) = store.problems
    assert "2 documents" in problem
    assert re.search(reason, problem)


@pytest.mark.parametrize("damage", DAMAGE)
def test_the_next_run_that_is_added_mends_the_store(folder: Path, damage: str) -> None:
    DAMAGE[damage][0](folder)
    FolderStore(folder).add(an_entry("new", 0.020))
    store = FolderStore(folder)
    assert [entry.id for entry in store.nearest(a_run(), service="shop")] == ["near", "new", "far"]
    assert list(store.problems) == []


def test_a_manifest_that_names_files_outside_is_not_followed(folder: Path, tmp_path: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    (tmp_path / "outside.json").write_bytes(current(folder, "rows").read_bytes())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "rows_file": "../outside.json"}))
    store = FolderStore(folder)
    assert len(store.entries()) == 2
    assert "names files that cannot be" in store.problems[0]


def test_a_checksum_that_fits_does_not_make_a_foreign_index_readable(folder: Path) -> None:
    import hashlib

    hostile = b"IxF2" + (2**31 - 1).to_bytes(4, "little") + b"\xff" * 64
    current(folder, "index").write_bytes(hostile)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["index_sha256"] = hashlib.sha256(hostile).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))
    store = FolderStore(folder)
    assert len(store.nearest(a_run(), service="shop")) == 2
    assert "no flat index of 64 dimensions" in store.problems[0]


ENTRY_DAMAGE: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (cut, "its checksum differs"),
    "foreign": (lambda p: p.write_bytes(gzip.compress(b'{"hello": 1}')), "its checksum differs"),
    "gone": (lambda p: p.unlink(), "is gone"),
}


@pytest.mark.parametrize("damage", ENTRY_DAMAGE)
def test_a_damaged_document_is_left_out_with_a_reason(folder: Path, damage: str) -> None:
    spoil, reason = ENTRY_DAMAGE[damage]
    spoil(folder / "entries" / "near.json.gz")
    store = FolderStore(folder)
    assert [entry.id for entry in store.nearest(a_run(), service="shop", limit=1)] == ["far"]
    assert reason in store.problems[0]
    assert "near.json.gz" in store.problems[0]


def test_a_document_that_is_no_entry_is_left_out_when_the_table_is_made_again(folder: Path) -> None:
    (folder / "entries" / "near.json.gz").write_bytes(gzip.compress(b'{"id": "near", "service": 3}'))
    (folder / "manifest.json").unlink()
    store = FolderStore(folder)
    assert [entry.id for entry in store.entries()] == ["far"]
    assert any("near.json.gz is no baseline entry" in problem for problem in store.problems)


def test_a_store_of_a_newer_program_is_neither_read_nor_overwritten(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    text = json.dumps({**manifest, "schema_version": 99})
    (folder / "manifest.json").write_text(text)
    store = FolderStore(folder)
    assert list(store.nearest(a_run(), service="shop")) == []
    assert "newer perfagent (schema 99" in store.problems[0]
    with pytest.raises(UnavailableError, match="is left alone"):
        store.add(an_entry("new"))
    assert (folder / "manifest.json").read_text() == text


def test_what_a_killed_writer_left_is_not_seen_and_goes_away(folder: Path) -> None:
    (folder / ".manifest.json.abc").write_text("half")
    (folder / "index-00000003-dead.faiss").write_bytes(b"half an index")
    store = FolderStore(folder)
    assert len(store.entries()) == 2
    assert list(store.problems) == []
    for number in range(6):
        store.add(an_entry(f"n{number}"))
    assert not (folder / "index-00000003-dead.faiss").exists()
    assert len(list(folder.glob("index-*"))) <= 3


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("not a folder")
    with pytest.raises(UnavailableError, match="is not a folder"):
        FolderStore(tmp_path / "store").entries()
    with pytest.raises(UnavailableError, match="is not a folder"):
        FolderStore(tmp_path / "store").add(an_entry("a"))


def test_a_lock_that_nobody_gives_back_is_an_error_that_names_it(folder: Path) -> None:
    other = FolderBlobs(folder)
    with other.alone(), pytest.raises(UnavailableError, match="stayed locked by another process"):
        FolderBlobs(folder, lock_timeout=0.0).swap("manifest.json", b"{}", expected=None)


def test_an_unknown_address_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="a folder"):
        open_store("ftp://somewhere", directory=tmp_path, environ={})
    assert isinstance(open_store("kept", directory=tmp_path, environ={}), FolderStore)
