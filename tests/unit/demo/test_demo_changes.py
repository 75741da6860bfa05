"""The demo's pull requests, as far as their patches tell."""

from __future__ import annotations

import json
import re

import pytest
import yaml

from perfagent.config.settings import Settings
from perfagent.demo.changes import CHANGES, PATCHES, Change, find
from perfagent.demo.repository import configuration
from perfagent.errors import ConfigurationError, ExitCode


def files_of(change: Change) -> list[str]:
    return re.findall(r"^diff --git a/\S+ b/(\S+)$", text_of(change), flags=re.MULTILINE)


def text_of(change: Change) -> str:
    assert change.patch is not None
    return change.patch.read_text(encoding="utf-8")


def test_there_is_a_patch_for_each_change_and_no_other() -> None:
    assert sorted(path.stem for path in PATCHES.iterdir()) == sorted(change.name for change in CHANGES)


def test_all_but_one_slow_something() -> None:
    assert [change.name for change in CHANGES if change.exit_code is ExitCode.PASS] == ["innocent"]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_a_change_touches_more_than_what_is_wrong_with_it(change: Change) -> None:
    files = files_of(change)
    assert len(files) >= 3
    assert not change.file or change.file in files


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.name)
def test_the_message_does_not_give_it_away(change: Change) -> None:
    message = text_of(change).partition("\ndiff --git")[0].lower()
    for word in ("slow", "loop", "index", "cache", "blocking", "pool", "query", "regression", "latency", "performance"):
        assert not re.search(rf"\b{word}\b", message), f"{word!r} gives it away"


def test_an_unknown_change_is_refused_with_the_nearest_and_all_others() -> None:
    with pytest.raises(ConfigurationError, match=r"did you mean lost-index\?") as caught:
        find("lost-indx")
    assert "query-in-loop" in (caught.value.hint or "")


def test_the_configuration_is_one_that_perfagent_accepts_even_with_an_odd_interpreter() -> None:
    settings = Settings(**yaml.safe_load(configuration('/opt/my "python"/bin/python3')))
    assert settings.target.baseline.ref == "main"
    assert settings.target.candidate.command is not None
    assert settings.target.candidate.command.startswith("'/opt/my \"python\"/bin/python3' -m uvicorn")
    assert json.dumps(settings.target.candidate.command)
