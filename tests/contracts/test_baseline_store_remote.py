"""What only stores in a cloud have: no lock, lost answers, rights, addresses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from perfagent.adapters.stores import azblob, open_store
from perfagent.adapters.stores.azblob import AzureBlobStore
from perfagent.adapters.stores.s3 import S3Store
from perfagent.errors import ConfigurationError, UnavailableError
from tests.contracts.fakes.blob_places import Open, azure_store, s3_store
from tests.contracts.fakes.server import Answer, Fault
from tests.contracts.test_baseline_store import a_run, an_entry, ids

PLACES = {"s3": s3_store, "azblob": azure_store}


@pytest.fixture(params=PLACES)
def place(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Open]]:
    with PLACES[request.param]() as (fake, open_it):
        yield fake, open_it


def keys(fake: Any) -> list[str]:
    return sorted(getattr(fake, "objects", None) or fake.blobs)


def test_everything_lies_below_the_prefix(place: tuple[Any, Open]) -> None:
    fake, open_it = place
    open_it().add(an_entry("a"))
    assert keys(fake)
    assert all(key.startswith("team/perf/") for key in keys(fake))


def test_a_second_writer_that_comes_in_between_loses_nothing(place: tuple[Any, Open]) -> None:
    _, open_it = place
    open_it().add(an_entry("first"))
    store, interrupted = open_it(), []

    def swap_late(*arguments: Any, **named: Any) -> None:
        if not interrupted:
            interrupted.append(True)
            open_it().add(an_entry("in between"))
        swap(*arguments, **named)

    swap, store._blobs.swap = store._blobs.swap, swap_late  # type: ignore[method-assign]
    store.add(an_entry("last"))
    assert ids(open_it().entries()) == ["first", "in between", "last"]


def test_a_swap_whose_answer_is_lost_counts_once(place: tuple[Any, Open]) -> None:
    fake, open_it = place
    open_it().add(an_entry("a"))
    fake.faults.append(Fault("PUT", r"manifest\.json", "lost"))
    open_it().add(an_entry("b"))
    store = open_it()
    assert ids(store.entries()) == ["a", "b"]
    assert list(store.problems) == []


def test_a_writer_that_dies_before_the_swap_changes_nothing(place: tuple[Any, Open]) -> None:
    fake, open_it = place
    open_it().add(an_entry("a"))
    fake.faults.append(Fault("PUT", r"manifest\.json", "answer", answer=Answer(status=400), times=99))
    with pytest.raises(UnavailableError, match=r"cannot write manifest\.json"):
        open_it().add(an_entry("b"))
    fake.faults.clear()
    store = open_it()
    assert ids(store.entries()) == ["a"]
    assert ids(store.nearest(a_run(), service="shop")) == ["a"]
    assert list(store.problems) == []


def test_files_of_earlier_states_go_away(place: tuple[Any, Open]) -> None:
    fake, open_it = place
    for number in range(6):
        open_it().add(an_entry(f"n{number}"))
    assert len([key for key in keys(fake) if key.endswith(".faiss")]) == 2


@pytest.mark.parametrize("damaged", [".faiss", "manifest.json", "rows-"])
def test_a_damaged_file_is_made_again_from_the_documents(place: tuple[Any, Open], damaged: str) -> None:
    fake, open_it = place
    open_it().add(an_entry("a"))
    there = getattr(fake, "objects", None)
    for key in keys(fake):
        if damaged in key and there is not None:
            there[key] = b"PK\x03\x04"
        elif damaged in key:
            fake.blobs[key] = (b"PK\x03\x04", '"other"')
    store = open_it()
    assert ids(store.nearest(a_run(), service="shop")) == ["a"]
    assert len(store.problems) == 1


def test_a_container_that_does_not_exist_is_said(place: tuple[Any, Open], request: pytest.FixtureRequest) -> None:
    name = {"s3": {"bucket": "nowhere"}, "azblob": {"container": "nowhere"}}[request.node.callspec.params["place"]]
    with PLACES[request.node.callspec.params["place"]](**name) as (_, open_it), pytest.raises(UnavailableError) as caught:
        open_it().entries()
    assert "nowhere" in caught.value.message
    assert "create the" in (caught.value.hint or "")


def test_a_missing_right_is_said_with_the_rights_that_are_needed() -> None:
    denied = Answer(status=403, text="<Error><Code>AccessDenied</Code></Error>", headers={"Content-Type": "application/xml"})
    with s3_store() as (fake, open_it):
        fake.faults.append(Fault("GET", "manifest", "answer", times=9, answer=denied))
        with pytest.raises(UnavailableError, match="AccessDenied") as caught:
            open_it().entries()
    assert "s3:PutObject" in (caught.value.hint or "")


def test_addresses_open_without_asking_a_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("boto3")
    pytest.importorskip("azure.storage.blob")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    assert isinstance(open_store("s3://bucket/prefix", directory=tmp_path, environ={}), S3Store)
    account = {"AZURE_STORAGE_ACCOUNT": "acc", "AZURE_STORAGE_KEY": "a2V5"}
    assert isinstance(open_store("azblob://box/prefix", directory=tmp_path, environ=account), AzureBlobStore)


@pytest.mark.parametrize(
    ("environ", "said"),
    [({}, "no storage account is named"), ({"AZURE_STORAGE_CONNECTION_STRING": "nonsense"}, "no connection string")],
)
def test_an_azure_store_without_an_account_is_refused_before_it_is_used(environ: dict[str, str], said: str) -> None:
    pytest.importorskip("azure.storage.blob")
    with pytest.raises(ConfigurationError, match=said) as caught:
        azblob.client("box", environ)
    assert "nonsense" not in str(caught.value)
