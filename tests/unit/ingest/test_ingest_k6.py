from __future__ import annotations

import gzip
import math
from pathlib import Path
from typing import Any

import pytest

from perfagent import documents
from perfagent.errors import InputError
from perfagent.ingest.k6 import read_k6
from perfagent.model.run import Run, Side

VERSIONS = ("0.57", "1.1", "2.2")


def _endpoints(run: Run) -> dict[str, tuple[int, int]]:
    return {e.endpoint: (e.requests, e.failed) for e in run.endpoints}


EXPECTED = {
    "GET /a": (8, 0),
    "GET broken page": (8, 8),
    "GET /item/{id}": (8, 8),
    "POST /cart/${}": (8, 0),
    "GET /refused": (2, 2),
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("kind", ["json", "csv"])
def test_real_output_of_each_version_gives_every_request(data: Path, version: str, kind: str, either_way: str) -> None:
    run = read_k6(data / f"k6-{version}.{kind}.gz", side=Side.CANDIDATE, round=3, scenario="shop")
    assert _endpoints(run) == EXPECTED
    assert (run.side, run.round, run.scenario, run.id) == (Side.CANDIDATE, 3, "shop", "candidate-3")
    assert run.health.iterations == 8
    assert run.bytes_received is not None
    assert run.bytes_received > 6000


@pytest.mark.parametrize("version", VERSIONS)
def test_json_and_csv_of_the_same_run_agree(data: Path, version: str) -> None:
    as_json, as_csv = (read_k6(data / f"k6-{version}.{kind}.gz") for kind in ("json", "csv"))
    assert [e.timings for e in as_json.endpoints] == [e.timings for e in as_csv.endpoints]
    assert (as_json.bytes_received, as_json.bytes_sent, as_json.health) == (as_csv.bytes_received, as_csv.bytes_sent, as_csv.health)


def test_duration_is_the_sum_of_its_phases_in_seconds(data: Path) -> None:
    for endpoint in read_k6(data / "k6-2.2.json.gz").endpoints:
        parts = sum(endpoint.timings[phase].total for phase in ("sending", "waiting", "receiving"))
        assert endpoint.timings["duration"].total == pytest.approx(parts, abs=1e-7)
        assert endpoint.timings["duration"].maximum < 5


def test_unset_names_are_noted_with_the_fix(data: Path) -> None:
    notes = " ".join(read_k6(data / "k6-1.1.json.gz").notes)
    assert "GET /item/{id}" in notes
    assert "tags: {name:" in notes


@pytest.mark.parametrize("name", ["k6-1.1-lean.csv.gz", "k6-2.2-metadata.csv.gz", "k6-2.2-metadata.json.gz"])
def test_other_system_tags_find_failures_by_status(data: Path, name: str, either_way: str) -> None:
    failed = {e.endpoint: e.failed for e in read_k6(data / name).endpoints}
    assert (failed["GET /a"], failed["GET broken page"]) == (0, 8)


@pytest.mark.parametrize("name", ["k6-2.2-metadata.csv.gz", "k6-2.2-metadata.json.gz"])
def test_metadata_makes_no_endpoints_of_its_own(data: Path, name: str, either_way: str) -> None:
    assert {e.endpoint: e.requests for e in read_k6(data / name).endpoints} == {k: v for k, (v, _) in EXPECTED.items()}


def test_one_side_of_an_output_that_carries_both(data: Path, either_way: str) -> None:
    path = data / "k6-1.1-sides.json.gz"
    runs = [read_k6(path, side=side, only_side=side) for side in Side]
    assert [r.requests for r in runs] == [17, 17]
    assert [r.health.iterations for r in runs] == [4, 4]


def test_an_output_of_both_sides_is_not_one_run(data: Path) -> None:
    with pytest.raises(InputError, match="both sides") as caught:
        read_k6(data / "k6-1.1-sides.json.gz")
    assert "only_side" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["raw.txt", "raw.json", "raw.csv.gz", "raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_content_counts_not_the_suffix(raw: Any, tmp_path: Path, name: str, packed: bool) -> None:
    content = raw.request(0, 10).bytes()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if packed else content)
    assert read_k6(path).requests == 1


@pytest.mark.parametrize("name", ["run.json", "run.json.gz"])
def test_a_run_document_is_read_back_for_the_asked_side(new_raw: Any, tmp_path: Path, name: str) -> None:
    run = new_raw("json").request(0, 10).request(1, 20).stream().finish(round=2)
    documents.write(tmp_path / name, run)
    read = read_k6(tmp_path / name, side=Side.CANDIDATE)
    assert (read.side, read.round, read.endpoints) == (Side.CANDIDATE, 2, run.endpoints)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"hello world\n", "begins with 'hello world'"),
        (b'{"root_group":{},"metrics":{"http_reqs":{"count":3}}}', "end-of-test summary"),
        (b"time,latency\n1,2\n", "time,latency"),
        (b"\x89PNG\r\n\x1a\n\0\0", "begins with"),
    ],
)
def test_a_file_of_another_kind_is_named_with_what_it_is(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "odd.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_k6(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert "--out json=FILE" in str(caught.value.hint)


def test_a_missing_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"cannot read .*gone\.json"):
        read_k6(tmp_path / "gone.json")


def test_a_folder_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        read_k6(tmp_path)


def test_an_output_without_any_request_is_an_input_error(raw: Any, tmp_path: Path) -> None:
    path = raw.point("vus", 0, 1, {}).point("my_trend", 1, 5, {}).write(tmp_path / "raw")
    with pytest.raises(InputError, match=r"no http request was measured.*my_trend"):
        read_k6(path)


def test_a_warmup_longer_than_the_run_is_an_input_error(raw: Any, tmp_path: Path) -> None:
    path = raw.request(0, 10).request(3, 10).write(tmp_path / "raw")
    with pytest.raises(InputError, match="all 2 requests lie in the warm-up of 30 s"):
        read_k6(path, warmup=30)


@pytest.mark.parametrize("kept", [0.5, 0.9])
def test_a_gzip_stream_that_breaks_off_gives_what_was_readable(new_raw: Any, tmp_path: Path, kept: float) -> None:
    raw = new_raw("json")
    for i in range(3000):
        raw.request(i / 10, 10 + math.sin(i), name=f"GET /{i % 7}")
    packed = gzip.compress(raw.bytes())
    path = tmp_path / "raw.json.gz"
    path.write_bytes(packed[: int(len(packed) * kept)])
    run = read_k6(path)
    assert 3000 * (kept - 0.25) < run.requests < 3000 * (kept + 0.1)
    assert any("breaks off" in n for n in run.notes)


def test_a_damaged_gzip_stream_gives_what_came_before(new_raw: Any, tmp_path: Path) -> None:
    raw = new_raw("json")
    for i in range(3000):
        raw.request(i / 10, 10 + math.sin(i), name=f"GET /{i % 7}")
    packed = bytearray(gzip.compress(raw.bytes()))
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    path = tmp_path / "raw.json.gz"
    path.write_bytes(packed)
    run = read_k6(path)
    assert 0 < run.requests < 3000
    assert any("damaged" in n for n in run.notes)


def test_several_gzip_members_are_one_stream(new_raw: Any, tmp_path: Path) -> None:
    path = tmp_path / "raw.json.gz"
    path.write_bytes(gzip.compress(new_raw("json").request(0, 10).bytes()) + gzip.compress(new_raw("json").request(1, 10).bytes()))
    run = read_k6(path)
    assert (run.requests, run.notes) == (2, ())
