from __future__ import annotations

from pathlib import Path

import pytest

from perfagent.errors import InputError
from perfagent.ingest.files import Saved, read_many
from perfagent.ingest.k6 import read_k6
from perfagent.model.run import Side


def _saved(data: Path) -> list[Saved]:
    names = ("k6-1.1.json.gz", "k6-2.2.csv.gz", "k6-0.57.json.gz")
    return [Saved(path=data / name, side=Side.CANDIDATE, round=i) for i, name in enumerate(names)]


def test_runs_come_in_the_order_of_the_files(data: Path) -> None:
    files = _saved(data)
    assert read_many(files) == [read_k6(f.path, side=f.side, round=f.round) for f in files]


@pytest.mark.e2e
def test_several_processes_give_the_same_runs(data: Path) -> None:
    assert read_many(_saved(data), processes=2) == read_many(_saved(data), processes=1)


@pytest.mark.e2e
def test_an_error_in_another_process_arrives_whole(data: Path, tmp_path: Path) -> None:
    (tmp_path / "empty.json").touch()
    with pytest.raises(InputError, match="is empty") as caught:
        read_many([*_saved(data), Saved(path=tmp_path / "empty.json")], processes=2)
    assert caught.value.hint is not None
    assert "--out json" in caught.value.hint
