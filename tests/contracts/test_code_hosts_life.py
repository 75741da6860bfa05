"""The life of a pull request, as a reviewer sees it: open, regress, push again, fix, merge."""

from __future__ import annotations

from pathlib import Path

import pytest

from perfagent.errors import OptionalServiceError
from perfagent.ports.code_host import Annotation, Status, StatusState
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.github import REPO, FakeGitHub
from tests.contracts.fakes.hosts import QUICK, Harness
from tests.contracts.test_code_hosts_diff import seed
from tests.contracts.test_code_hosts_lines import LOOP, marked
from tests.contracts.test_code_hosts_status import WORDS

MARKER = "<!-- perfagent:shop -->"


def push(host: Harness, revision: str, text: str, state: StatusState, *findings: Annotation) -> None:
    adapter = host.open()
    adapter.upsert_comment(host.pull_request, f"{MARKER}\n{text}", marker=MARKER)
    adapter.annotate(host.pull_request, revision, findings)
    adapter.set_status(
        revision,
        Status(state=state, context="perfagent/load", description=text, url="https://ci.example/1"),
        pull_request=host.pull_request,
    )


def test_a_pull_request_from_regression_to_merge(host: Harness) -> None:
    seed(host)
    host.fake.add_comment("ann", "please review")
    words = WORDS[host.name]
    for revision, text, state, findings, shown in (
        ("1" * 40, "no change", StatusState.SUCCESS, (), []),
        ("2" * 40, "GET /cart p95 rose 34 %", StatusState.FAILURE, (LOOP,), [False]),
        ("3" * 40, "GET /cart p95 rose 41 %", StatusState.FAILURE, (LOOP,), [False]),
        ("4" * 40, "resolved: GET /cart p95", StatusState.SUCCESS, (), [True]),
    ):
        push(host, revision, text, state, *findings)
        mine = [body for author, body in host.fake.visible() if author == host.fake.me]
        assert len(mine) == 1
        assert text in mine[0]
        assert ["Resolved" in m["body"] for m in marked(host)] == shown
        assert host.fake.status_of(revision)[-1] == ("perfagent/load", words[state.value])
    assert ("ann", "please review") in host.fake.visible()


@pytest.fixture
def personal() -> FakeGitHub:
    """GitHub seen by a person's token."""
    return FakeGitHub(me="octocat", app=False)


def test_a_persons_token_on_github_posts_pictures_and_comments_as_that_person(personal: FakeGitHub, tmp_path: Path) -> None:
    from perfagent.adapters.code_hosts.access import HostAccess
    from perfagent.adapters.code_hosts.github import GitHub

    picture = tmp_path / "summary.png"
    picture.write_bytes(b"\x89PNG")
    access = HostAccess(
        provider="github", api_url=personal.url, repository=REPO, token=personal.token, limits=QUICK, pace=FakeClock().pace()
    )
    try:
        host = GitHub(access, uploads_url=personal.url)
        assert host.upload_picture(7, picture, alt="p95") == "![p95](https://github.com/user-attachments/assets/1234)"
        assert personal.pictures == [b"\x89PNG"]
        with pytest.raises(OptionalServiceError, match="not a picture"):
            host.upload_picture(7, tmp_path / "report.pdf", alt="x")
        for text in ("slower", "fixed"):
            host.upsert_comment(7, f"{MARKER} {text}", marker=MARKER)
        assert personal.visible() == [("octocat", f"{MARKER} fixed")]
    finally:
        personal.close()
    assert personal.violations == []
