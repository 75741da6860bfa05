"""Once with the tool server as what it is, a process of its own, and with the picture drawn."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from perfagent.tools.client import connected as real_connected
from tests.pipeline import shop
from tests.pipeline.conftest import Shop

REPOSITORY = Path(__file__).parents[2]


@pytest.mark.e2e
def test_a_regression_through_a_real_tool_server(pull_request: Callable[..., Shop], monkeypatch: pytest.MonkeyPatch) -> None:
    one = pull_request("gitlab")
    monkeypatch.setattr("perfagent.pipeline.connected", real_connected)
    one.push(shop.SLOW, factor=1.5)
    ended = one.job(PYTHONPATH=str(REPOSITORY), PATH=f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin")
    assert ended.code == 3
    assert "❌ **`GET /cart` p95 rose" in one.comment
    assert "](/uploads/" in one.comment
    (picture,) = one.host.fake.uploads
    assert b"\r\n\r\n\xff\xd8\xff" in picture
    assert one.status == "failed"
    assert {s["pipeline_id"] for s in one.host.fake.statuses} == {42}, "the status joins the pipeline that is running"
    assert one.tracker.attachments["PERF-1"]["summary.jpg"].startswith(b"\xff\xd8\xff")
    for token in (one.host.fake.token, one.tracker.token):
        assert token not in ended.words
