from __future__ import annotations

import json
from pathlib import Path

import pytest

from perfagent.adapters.code_hosts import CODE_HOSTS, HostAccess, open_code_host
from perfagent.errors import ConfigurationError, OptionalServiceError
from perfagent.ports.code_host import Annotation, Status, StatusState


@pytest.mark.parametrize("name", CODE_HOSTS)
def test_each_name_opens_its_host_without_asking_the_network(name: str, tmp_path: Path) -> None:
    access = HostAccess(
        provider=name, api_url="https://host.example/api/v4", repository="o/r", project="p", token="t0ken", run_folder=tmp_path
    )
    assert open_code_host(access).name == name
    assert "t0ken" not in repr(access)


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(ConfigurationError, match="gitea") as caught:
        open_code_host(HostAccess(provider="gitea"))
    assert "github, gitlab, azure_devops, bitbucket, local" in str(caught.value.hint)


def test_without_a_host_everything_is_written_into_the_run_folder(tmp_path: Path) -> None:
    host = open_code_host(HostAccess(provider="local", run_folder=tmp_path))
    first = host.upsert_comment(1, "<!-- m --> slower 🐢", marker="<!-- m -->")
    second = host.upsert_comment(1, "<!-- m --> fixed", marker="<!-- m -->")
    host.set_status("abc", Status(state=StatusState.FAILURE, context="perfagent", description="slower"), pull_request=1)
    host.annotate(1, "abc", [Annotation(file="a.py", start_line=1, end_line=2, title="t", message="m")])
    assert (first.created, second.created, second.url) == (True, False, (tmp_path / "comment.md").as_uri())
    assert (tmp_path / "comment.md").read_text() == "<!-- m --> fixed"
    assert json.loads((tmp_path / "status.json").read_text())["state"] == "failure"
    assert json.loads((tmp_path / "annotations.json").read_text())["annotations"][0]["end_line"] == 2
    with pytest.raises(OptionalServiceError, match="no code host"):
        host.get_diff(1)


def test_a_run_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    host = open_code_host(HostAccess(provider="local", run_folder=tmp_path / "file"))
    with pytest.raises(OptionalServiceError, match=r"comment\.md"):
        host.upsert_comment(1, "x", marker="x")
