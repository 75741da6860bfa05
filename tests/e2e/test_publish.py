"""`perfagent publish`: what a trusted job posts of a folder that an untrusted one left, on a GitHub that remembers."""

import json
import random
import shutil

import pytest

from perfagent import documents
from perfagent.ci.context import Context
from perfagent.model.comparison import Comparison, Mode, Verdict
from perfagent.model.diagnosis import Cause, Diagnosis, Suspect
from perfagent.model.outcome import Outcome
from perfagent.model.run import Run
from tests.contracts.fakes.github import PULL, REPO, FakeGitHub
from tests.e2e import gate

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.timeout(180)]

HEAD = "c" * 40
POLICY = "service: shop\npublish: {annotations: false}\n"


@pytest.fixture
def github():
    fake = FakeGitHub()
    yield fake
    fake.close()


def a_run(side, number, factor):
    dice = random.Random(f"{side}{number}")
    rows = [("GET /cart" if i % 2 else "GET /items", i / 20, dice.lognormvariate(-3, 0.3)) for i in range(400)]
    columns = {
        "endpoint": [endpoint for endpoint, _, _ in rows],
        "time": [time for _, time, _ in rows],
        "duration": [duration * (factor if endpoint == "GET /cart" else 1) for endpoint, _, duration in rows],
        "failed": [False] * len(rows),
    }
    return Run.from_requests(columns, side=side, round=number, start=1_700_000_000 + number * 60, duration=20)


def handed_over(where, *, factor, code, verdict, **outcome):
    """The folder that the untrusted job left, in which anything may stand."""
    for side, times in (("baseline", 1.0), ("candidate", factor)):
        for number in range(1, 9):
            documents.write(where / "runs" / f"{side}-{number:02d}.json", a_run(side, number, times))
    said = Outcome(
        run_id="20261125T093000Z-cccccccc-beef",
        exit_code=code,
        verdict=verdict,
        mode=Mode.DUET,
        **{"repository": REPO, "pull_request": PULL, "service": "shop", "candidate_revision": "d" * 40, **outcome},
    )
    documents.write(where / "outcome.json", said)
    documents.write(where / "context.json", Context(repository=REPO, pull_request=PULL, head_revision=HEAD))
    documents.write(where / "comparison.json", Comparison(rows=(), verdict=verdict, mode=Mode.DUET))
    return where


def trusted_job(tmp_path, github, *arguments, policy=POLICY, event=None, name="workflow_run"):
    """In a checkout of the default branch, with the token."""
    work = tmp_path / "checkout"
    if not work.exists():
        work.mkdir()
        gate.write(work, {".perfagent.yml": policy})
        gate.git(work, "init", "--quiet")
        gate.commit(work, "Configure the gate")
    run = {"head_sha": HEAD, "head_branch": "fast", "pull_requests": [], "head_repository": {"id": 2}}
    document = event if event is not None else {"workflow_run": run, "repository": {"id": 1, "default_branch": "main"}}
    (tmp_path / "event.json").write_text(json.dumps(document))
    return gate.perfagent(
        work,
        "publish",
        *arguments,
        GITHUB_ACTIONS="true",
        GITHUB_EVENT_NAME=name,
        GITHUB_EVENT_PATH=str(tmp_path / "event.json"),
        GITHUB_REPOSITORY=REPO,
        GITHUB_API_URL=github.url,
        GITHUB_TOKEN=github.token,
        GITHUB_SHA="a" * 40,
        GITHUB_RUN_ID="99",
        GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"),
    )


def test_a_forks_run_is_judged_again_and_posted_on_the_pull_request(tmp_path, github):
    folder = handed_over(tmp_path / "artifact", factor=1.6, code=3, verdict=Verdict.REGRESSION)
    suspect = Suspect(file="shop/cart.py", start_line=3, end_line=4, score=0.9, mechanism="query in a loop", endpoints=("GET /cart",))
    documents.write(folder / "diagnosis.json", Diagnosis(cause=Cause.CODE, confidence=0.9, suspects=(suspect,)))
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 3, done.stderr
    ((author, body),) = github.visible()
    assert author == github.me
    assert "`GET /cart`" in body
    assert "shop/cart.py" in body
    assert github.status_of(HEAD) == [("perfagent/shop", "failure")]
    assert "`GET /cart`" in (tmp_path / "summary.md").read_text()


def test_a_run_that_claims_to_pass_is_posted_as_the_regression_that_it_is(tmp_path, github):
    folder = handed_over(tmp_path / "artifact", factor=1.6, code=0, verdict=Verdict.PASS)
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 3, done.stderr
    assert github.status_of(HEAD) == [("perfagent/shop", "failure")]
    ((_, body),) = github.visible()
    assert "the job that measured ended with 0; judged here again, its runs give 3" in body


def test_a_failed_run_whose_documents_say_pass_posts_nothing(tmp_path, github):
    folder = handed_over(tmp_path / "artifact", factor=1.0, code=3, verdict=Verdict.REGRESSION)
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 2
    assert "the folder contradicts itself" in done.stderr
    assert (github.visible(), github.statuses) == ([], [])


def test_nothing_that_the_untrusted_job_wrote_is_posted(tmp_path, github):
    evil = "<script>alert(1)</script> @acme/admins [click](https://evil.example) ::set-output name=x::y"
    folder = handed_over(
        tmp_path / "artifact",
        factor=1.6,
        code=3,
        verdict=Verdict.REGRESSION,
        links={"report": "https://evil.example/report", "job": "https://evil.example/job"},
        headline=evil,
        service="another",
        warnings=(evil,),
    )
    (folder / "comment.md").write_text(evil)
    (folder / "settings.json").write_text(json.dumps({"gate": {"max_regression": "900%"}, "jira": {"url": "https://evil.example"}}))
    (folder / "report.html").write_text(evil)
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 3, done.stderr
    ((_, body),) = github.visible()
    assert body.startswith("<!-- perfagent:shop -->")
    for part in ("<script>", "@acme", "https://evil.example", "](https://evil"):
        assert part not in body
    assert "\n::set-output" not in "\n" + done.stdout + done.stderr


@pytest.mark.parametrize(("repository", "number", "words"), [("evil/shop", PULL, "repository"), (REPO, 8, "pull request")])
def test_a_folder_of_another_change_posts_nothing(tmp_path, github, repository, number, words):
    folder = handed_over(tmp_path / "a", factor=1.6, code=3, verdict=Verdict.REGRESSION, repository=repository, pull_request=number)
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 2
    assert f"it names {words}" in done.stderr
    assert (github.visible(), github.statuses) == ([], [])


def test_an_event_that_knows_its_pull_request_is_not_overruled(tmp_path, github):
    folder = handed_over(tmp_path / "artifact", factor=1.6, code=3, verdict=Verdict.REGRESSION)
    known = {"number": PULL, "head": {"sha": HEAD, "ref": "fast", "repo": {"id": 1}}, "base": {"ref": "main", "repo": {"id": 1}}}
    event = {"workflow_run": {"head_sha": HEAD, "pull_requests": [known]}, "repository": {"id": 1, "default_branch": "main"}}
    refused = trusted_job(tmp_path, github, str(folder), "--pull-request", "8", event=event)
    assert refused.returncode == 2
    assert "contradicts this job's event, which is of pull request 7" in refused.stderr
    assert trusted_job(tmp_path, github, str(folder), event=event).returncode == 3
    assert len(github.visible()) == 1


def test_without_a_head_commit_of_its_own_the_job_sets_no_status(tmp_path, github):
    """A dispatched job's commit is the default branch's, which has nothing to do with the pull request."""
    folder = handed_over(tmp_path / "artifact", factor=1.6, code=3, verdict=Verdict.REGRESSION)
    event = {"repository": {"id": 1, "default_branch": "main"}}
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL), event=event, name="workflow_dispatch")
    assert done.returncode == 3, done.stderr
    assert "no status is set" in done.stderr
    assert github.statuses == []
    named = trusted_job(
        tmp_path, github, str(folder), "--pull-request", str(PULL), "--revision", HEAD, event=event, name="workflow_dispatch"
    )
    assert named.returncode == 3, named.stderr
    assert github.status_of(HEAD) == [("perfagent/shop", "failure")]


def test_a_run_that_did_not_end_is_posted_as_such(tmp_path, github):
    folder = handed_over(tmp_path / "artifact", factor=1.0, code=5, verdict=None, error="the target died")
    shutil.rmtree(folder / "runs")
    (folder / "comparison.json").unlink()
    done = trusted_job(tmp_path, github, str(folder), "--pull-request", str(PULL))
    assert done.returncode == 5, done.stderr
    assert github.status_of(HEAD) == [("perfagent/shop", "error")]
    ((_, body),) = github.visible()
    assert "the target died" in body
