from __future__ import annotations

import json
from pathlib import Path

import pytest

from perfagent.adapters.trackers import TRACKERS, TrackerAccess, open_tracker
from perfagent.adapters.trackers.jira import label_of
from perfagent.errors import ConfigurationError
from perfagent.ports.tracker import Defect

DEFECT = Defect(
    fingerprint="f", summary="s", description="d", severity="major", links={"pull request": "u"}, attachments=(Path("summary.jpg"),)
)


@pytest.mark.parametrize("name", TRACKERS)
def test_each_name_opens_its_tracker_without_asking_the_network(name: str, tmp_path: Path) -> None:
    access = TrackerAccess(provider=name, url="https://j.example", email="e", token="t0ken", project="P", run_folder=tmp_path)
    assert open_tracker(access).name == name
    assert "t0ken" not in repr(access)


def test_unknown_names_and_flavours_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="bugzilla"):
        open_tracker(TrackerAccess(provider="bugzilla"))
    with pytest.raises(ConfigurationError, match="flavor"):
        open_tracker(TrackerAccess(provider="jira", url="https://j.example", flavor="server"))
    with pytest.raises(ConfigurationError, match="email"):
        open_tracker(TrackerAccess(provider="jira", url="https://j.example", token="t"))


def test_without_a_tracker_the_defect_is_written_into_the_run_folder_once(tmp_path: Path) -> None:
    tracker = open_tracker(TrackerAccess(provider="local", run_folder=tmp_path))
    assert tracker.recovered("f", "fine") is None
    assert tracker.file_defect(DEFECT).created
    assert not tracker.file_defect(DEFECT).created
    (written,) = json.loads((tmp_path / "defect.json").read_text())["defects"]
    assert (written["summary"], written["attachments"], written["links"]) == ("s", ["summary.jpg"], {"pull request": "u"})
    assert tracker.recovered("f", "fine") is not None
    assert json.loads((tmp_path / "defect.json").read_text())["defects"][0]["recovered"] == "fine"


@pytest.mark.parametrize("content", ["", "[]", '{"defects": 5}', "\x00", '{"defects": ["x"]}'])
def test_a_broken_file_of_an_earlier_run_is_written_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "defect.json").write_text(content)
    assert open_tracker(TrackerAccess(provider="local", run_folder=tmp_path)).file_defect(DEFECT).created


def test_a_label_is_one_word_and_tells_regressions_apart() -> None:
    assert label_of("shop|GET /cart|p95") != label_of("shop|GET /cart|p99")
    assert label_of("x y").replace("perfagent-", "").isalnum()
