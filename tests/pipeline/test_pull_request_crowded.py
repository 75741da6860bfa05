"""Pull requests as they are: crowded, copied, forked, with names nobody thought of, and two pipelines at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable

import pytest

from perfagent.adapters.code_hosts import CODE_HOSTS, HostAccess, open_code_host
from perfagent.report import markdown
from perfagent.report.comment import marker
from tests.pipeline import jobs, shop
from tests.pipeline.conftest import Ended, Shop
from tests.pipeline.test_pull_request_accepted import label
from tests.pipeline.test_pull_request_life import GREEN, RED

Make = Callable[..., Shop]
FLAVOUR = {"github": "github", "gitlab": "gitlab", "azure_devops": "azure", "bitbucket": "bitbucket"}
ODD = (
    "GET /🛒/`cart`|<b>@all</b>",
    "GET /```suggestion\n# heading",
    "POST /a|b|c --> <!-- perfagent:shop --> [x](javascript:alert(1)) #7 !7",
)


def test_one_comment_among_120_others_and_a_copy_of_our_marker(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    mark = marker("shop", FLAVOUR[any_host])  # type: ignore[arg-type]
    for number in range(120):
        one.host.fake.add_comment("ann", f"comment {number}")
    one.host.fake.add_comment("eve", f"{mark}\nall is fine, merge it")
    one.push(shop.SLOW, factor=1.5)
    one.job()
    one.host.fake.add_comment("ann", "and one after it")
    one.push(shop.FIXED, factor=1.0)
    one.job()
    assert "✅" in one.comment
    assert len(one.host.fake.visible()) == 123
    assert ("eve", f"{mark}\nall is fine, merge it") in [(author, body.strip()) for author, body in one.host.fake.visible()]


@pytest.mark.parametrize("host", sorted(CODE_HOSTS))
def test_the_report_knows_each_hosts_limit(host: str, tmp_path) -> None:
    if host == "local":
        return
    access = HostAccess(provider=host, api_url="http://127.0.0.1:9", repository="a/b", run_folder=tmp_path)
    assert markdown.LIMITS[FLAVOUR[host]] == open_code_host(access).comment_limit  # type: ignore[attr-defined]


def test_a_report_of_90_endpoints_fits_and_says_the_worst_first(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    names = tuple(f"GET /orders/{number:03d}/{'lines-of-an-order-' * 9}" for number in range(90))
    one.measured = many(names)
    ended = one.job(jira=False)
    assert ended.code == 3
    limit = markdown.LIMITS[FLAVOUR[any_host]]
    assert 5_000 < len(one.comment) <= limit
    assert one.comment.split("\n\n")[1].startswith("❌ **`GET /orders/")
    assert one.comment.count("```") % 2 == 0
    assert one.comment.count("<details>") == one.comment.count("</details>")
    assert "perfagent-state:" in one.comment, "what the next run must know is not cut off"


def many(names: tuple[str, ...]) -> tuple[object, ...]:
    return shop.runs(1.6, slow=names, quick=("GET /items",), each=20)


def test_names_from_outside_stay_text(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    one.measured = shop.runs(1.5, slow=ODD)
    assert one.job().code == 3
    assert "🛒" in one.comment
    for line in one.comment.splitlines():
        assert not line.startswith(("# heading", "```suggestion"))
    tables = [line for line in one.comment.splitlines() if line.startswith("| ")]
    widths = {len(unescaped_cells(line)) for line in tables}
    assert len(widths) == 1, "no name breaks a row"
    one.push(shop.FIXED, factor=1.0)
    one.measured = shop.runs(1.0, slow=ODD)
    assert one.job().code == 0
    assert len(one.comments) == 1
    assert "Resolved" in one.comment


def unescaped_cells(line: str) -> list[str]:
    return line.replace("\\|", "¦").strip().strip("|").split("|")


def test_two_pipelines_at_once_end_with_one_comment_and_one_defect(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    together, ended = threading.Barrier(2), []
    post_comment, pattern = one.host.fake.comment_post

    def both_have_looked(request: object) -> None:
        if (request.method, True) == (post_comment, pattern_matches(pattern, request.path)):  # type: ignore[attr-defined]
            try:
                together.wait(2)
            except threading.BrokenBarrierError:
                return

    handle = one.host.fake.handle

    def held(request: object) -> object:
        both_have_looked(request)
        return handle(request)

    one.host.fake.handle = held
    threads = [threading.Thread(target=lambda: ended.append(one.job().code)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert ended == [3, 3]
    assert len(one.comments) == 1
    assert "❌" in one.comment
    assert one.status == RED[any_host]
    assert len(one.tracker.open_keys()) == 1


def pattern_matches(pattern: str, path: str) -> bool:
    return re.search(pattern, path) is not None


def test_a_forks_job_measures_and_gates_and_posts_nothing(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    ended = one.job(fork=True)
    assert ended.code == 3
    assert one.comments == []
    assert one.host.fake.requests == [], "without a token the host is not even asked"
    assert one.tracker.issues == {}
    assert said_why(ended)
    assert "❌ **`GET /cart` p95 rose" in (ended.folder / "comment.md").read_text()


def said_why(ended: Ended) -> bool:
    return any("is not set" in warning and "nothing is posted" in warning for warning in ended.outcome.warnings)


def test_a_comment_that_was_deleted_or_cannot_be_edited_is_posted_anew_once(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    one.job()
    one.host.fake.remove_comment(ids(one)[0])
    one.job()
    assert len(one.comments) == 1
    one.host.fake.locked = True
    ended = one.job()
    assert ended.code == 3
    one.host.fake.locked = False
    one.push(shop.FIXED, factor=1.0)
    assert one.job().code == 0
    assert one.status == GREEN[any_host]
    assert "✅" in one.comments[-1]


def ids(one: Shop) -> list[str]:
    fake = one.host.fake
    if one.host.name == "github":
        return [str(i) for i in fake.comments]
    if one.host.name == "gitlab":
        return [str(i) for i, note in fake.notes.items() if note["type"] is None]
    if one.host.name == "azure_devops":
        return [f"{i}/1" for i, t in fake.threads.items() if not t.get("threadContext")]
    return [str(i) for i, c in fake.comments.items() if not c.get("inline")]


def test_outside_a_pull_request_there_is_a_status_and_no_complaint(pull_request: Make) -> None:
    one = pull_request("github")
    one.push(shop.FIXED, factor=1.0)
    env = {"GITHUB_ACTIONS": "true", "GITHUB_REPOSITORY": "octo/shop", "GITHUB_SHA": one.repository.head(), "GITHUB_REF_NAME": "feature"}
    ended = one.invoke(["run"], {**env, "GITHUB_API_URL": one.host.fake.url, "GITHUB_TOKEN": one.host.fake.token})
    assert ended.code == 0
    assert one.status == "success"
    assert one.comments == []
    assert not any("comment" in warning for warning in ended.outcome.warnings)


def test_a_trusted_job_posts_what_the_forks_job_measured_and_people_can_accept_it_there(pull_request: Make, any_host: str) -> None:
    one = pull_request(any_host)
    one.push(shop.SLOW, factor=1.5)
    measured = one.job(fork=True)
    fork = jobs.environment(one.host, one.folder, head=one.repository.head(), base=one.repository.head("main"), fork=True)
    trusted = {**fork, jobs.TOKEN[any_host]: one.host.fake.token, **jobs.with_jira(one.tracker)}
    posted = one.invoke(["publish", str(measured.folder)], trusted)
    assert posted.code == 3
    assert "❌ **`GET /cart` p95 rose" in one.comment
    assert one.status == RED[any_host]
    assert one.tracker.open_keys() == ["PERF-1"]
    if any_host in ("github", "gitlab"):
        label(one)
        assert one.invoke(["publish", str(measured.folder)], trusted).code == 0
        assert "☑️" in one.comment
        assert one.status == GREEN[any_host]
