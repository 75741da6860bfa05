"""What every baseline store does, whatever it keeps its bytes in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from perfagent.adapters.stores.blob_store import BlobStore
from perfagent.adapters.stores.folder import FolderBlobs
from perfagent.errors import InputError
from perfagent.model.run import Environment, GeneratorHealth, Run, Side
from perfagent.ports.baseline_store import BaselineEntry
from tests.contracts.fakes.blob_places import azure_store, s3_store

START = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
HERE = Environment(machine="runner-1", cpu="EPYC", cores=2, k6_version="v1.1.0", scenario_hash="s1", options_hash="o1", target="http://t")
Open = Callable[[], BlobStore]


def a_run(*, environment: Environment = HERE, latency: float = 0.010, started_at: datetime = START) -> Run:
    requests = {
        "endpoint": ["GET /cart", "GET /search"] * 50,
        "time": [i * 0.1 for i in range(100)],
        "duration": [latency * (1 + i % 7 / 10) for i in range(100)],
        "failed": [False] * 100,
    }
    run = Run.from_requests(requests, side=Side.CANDIDATE, round=1, start=started_at, duration=10.0)
    return replace(run, environment=environment, health=GeneratorHealth(vus_max=4), open_model=True)


def an_entry(id: str, *runs: Run, service: str = "shop", day: int = 0, **changes: object) -> BaselineEntry:
    entry = BaselineEntry(id=id, service=service, revision=f"rev-{id}", recorded_at=START + timedelta(days=day), runs=runs or (a_run(),))
    return replace(entry, **changes)  # type: ignore[arg-type]


@pytest.fixture(params=["folder", "s3", "azblob"])
def open_it(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Open]:
    """Each call opens the same store anew."""
    if request.param == "folder":
        yield lambda: BlobStore(FolderBlobs(tmp_path / "store"))
    elif request.param == "s3":
        with s3_store() as (_, open_it):
            yield open_it
    else:
        with azure_store() as (_, open_it):
            yield open_it


def ids(entries: object) -> list[str]:
    return [entry.id for entry in entries]  # type: ignore[attr-defined]


def test_a_store_that_is_not_there_yet_is_empty_and_no_problem(open_it: Open) -> None:
    store = open_it()
    assert list(store.nearest(a_run(), service="shop")) == []
    assert list(store.entries()) == []
    assert list(store.problems) == []


def test_what_was_added_comes_back_whole_from_a_store_opened_anew(open_it: Open) -> None:
    entry = an_entry(
        "a", a_run(), a_run(latency=0.012), accepted_by="ada", accepted_reason="new images", expires_at=START + timedelta(days=90)
    )
    open_it().add(entry)
    store = open_it()
    assert list(store.entries()) == [entry]
    assert list(store.nearest(a_run(), service="shop")) == [entry]
    assert list(store.problems) == []


def test_an_entry_of_the_same_id_is_replaced(open_it: Open) -> None:
    store = open_it()
    store.add(an_entry("a", revision="one"))
    store.add(an_entry("a", revision="two"))
    assert [entry.revision for entry in open_it().entries()] == ["two"]


@pytest.mark.parametrize(
    "other",
    [
        replace(HERE, scenario_hash="s2"),
        replace(HERE, options_hash="o2"),
        replace(HERE, k6_version="v2.2.0"),
    ],
    ids=["scenario", "options", "k6 major"],
)
def test_runs_that_are_not_comparable_are_never_near(open_it: Open, other: Environment) -> None:
    store = open_it()
    store.add(an_entry("other", a_run(environment=other)))
    store.add(an_entry("same", a_run(environment=replace(HERE, k6_version="1.4.2"))))
    assert ids(store.nearest(a_run(), service="shop")) == ["same"]


def test_another_service_is_never_near(open_it: Open) -> None:
    store = open_it()
    store.add(an_entry("a", service="pay"))
    assert ids(store.nearest(a_run(), service="shop")) == []
    assert ids(store.nearest(a_run(), service="pay")) == ["a"]


def test_the_same_machine_comes_before_another_one_and_like_latencies_before_unlike(open_it: Open) -> None:
    store = open_it()
    elsewhere = replace(HERE, machine="runner-9", cpu="Xeon")
    store.add(an_entry("elsewhere", a_run(environment=elsewhere)))
    store.add(an_entry("slow", a_run(latency=0.040)))
    store.add(an_entry("like", a_run(latency=0.011)))
    assert ids(store.nearest(a_run(), service="shop")) == ["like", "slow", "elsewhere"]
    assert ids(store.nearest(a_run(), service="shop", limit=2)) == ["like", "slow"]


def test_of_equals_the_one_added_last_is_nearest(open_it: Open) -> None:
    store = open_it()
    for day in range(3):
        store.add(an_entry(f"day-{day}", day=day))
    assert ids(store.nearest(a_run(), service="shop")) == ["day-2", "day-1", "day-0"]


def test_runs_from_before_an_accepted_change_are_no_baseline_any_more(open_it: Open) -> None:
    store = open_it()
    store.add(an_entry("before", day=0))
    store.add(an_entry("accepted", a_run(latency=0.020), day=1, accepted_by="ada", accepted_reason="pays for encryption"))
    store.add(an_entry("after", a_run(latency=0.021), day=2))
    assert sorted(ids(store.nearest(a_run(), service="shop"))) == ["accepted", "after"]
    assert ids(store.entries()) == ["before", "accepted", "after"]


def test_an_acceptance_that_has_expired_counts_no_more(open_it: Open) -> None:
    store = open_it()
    store.add(an_entry("before", day=0))
    store.add(an_entry("accepted", day=1, accepted_by="ada", accepted_reason="until the fix", expires_at=START + timedelta(days=10)))
    today = START + timedelta(days=11)
    assert ids(store.nearest(a_run(started_at=today), service="shop")) == ["before"]


def test_removed_entries_are_gone_and_the_others_are_found_as_before(open_it: Open) -> None:
    store = open_it()
    for name, latency in (("a", 0.010), ("b", 0.020), ("c", 0.040)):
        store.add(an_entry(name, a_run(latency=latency)))
    store.remove(["b", "never-there"])
    again = open_it()
    assert ids(again.entries()) == ["a", "c"]
    assert ids(again.nearest(a_run(latency=0.041), service="shop")) == ["c", "a"]
    assert list(again.problems) == []


def test_an_entry_without_a_run_is_refused(open_it: Open) -> None:
    with pytest.raises(InputError, match="has no run"):
        open_it().add(replace(an_entry("a"), runs=()))


@pytest.mark.parametrize("hostile", ["../../outside", "a/b", "", ".hidden", "x" * 500, "naïve ☃"])
def test_any_id_is_kept_inside_the_store(open_it: Open, hostile: str, tmp_path: Path) -> None:
    open_it().add(an_entry(hostile))
    assert ids(open_it().entries()) == [hostile]
    open_it().remove([hostile])
    assert ids(open_it().entries()) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"store"}


def test_writers_at_the_same_time_lose_no_run(open_it: Open) -> None:
    names = [f"job-{number}" for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda name: open_it().add(an_entry(name)), names))
    store = open_it()
    assert sorted(ids(store.entries())) == sorted(names)
    assert len(store.nearest(a_run(), service="shop")) == 10
    assert list(store.problems) == []


def test_a_store_that_stays_open_sees_what_others_write(open_it: Open) -> None:
    reader = open_it()
    reader.add(an_entry("a"))
    assert ids(reader.nearest(a_run(), service="shop")) == ["a"]
    open_it().add(an_entry("b"))
    assert sorted(ids(reader.nearest(a_run(), service="shop"))) == ["a", "b"]
