"""One comment, kept current, on every code host, whatever happens on the way."""

from __future__ import annotations

import threading

import pytest

from perfagent.errors import OptionalServiceError
from tests.contracts.fakes.clock import FakeClock
from tests.contracts.fakes.hosts import Harness, only
from tests.contracts.fakes.server import Answer, Fault

MARKER = "<!-- perfagent:shop -->"


def body(text: str) -> str:
    return f"{MARKER}\n## {text}\n\n| endpoint | p95 |\n|---|---|\n| `GET /cart` | +34 % |\n"


def ours(host: Harness) -> list[str]:
    return [text for author, text in host.fake.visible() if author == host.fake.me]


def post(host: Harness, text: str) -> None:
    host.open().upsert_comment(host.pull_request, body(text), marker=MARKER)


def fault(host: Harness, where: str, kind: str, *, times: int = 1, answer: Answer | None = None) -> None:
    method, path = getattr(host.fake, where)
    host.fake.faults.append(Fault(method, path, kind, times, answer))


def assert_one(host: Harness, text: str) -> None:
    assert len(ours(host)) == 1
    assert text in ours(host)[0]


def test_it_is_posted_once_and_then_edited_in_place(host: Harness) -> None:
    first = host.open().upsert_comment(host.pull_request, body("slower"), marker=MARKER)
    second = host.open().upsert_comment(host.pull_request, body("fixed"), marker=MARKER)
    assert first.created
    assert not second.created
    assert first.id == second.id
    assert first.url == second.url != ""
    assert_one(host, "fixed")


def test_it_is_found_behind_120_other_comments(host: Harness) -> None:
    for n in range(60):
        host.fake.add_comment("ann", f"remark {n}")
    post(host, "slower")
    for n in range(60):
        host.fake.add_comment("bob", f"answer {n}")
    post(host, "fixed")
    assert_one(host, "fixed")
    assert len(host.fake.visible()) == 121


def test_someone_elses_copy_of_the_marker_is_left_alone(host: Harness) -> None:
    copy = body("all is well") + "\n\n[//]: # (perfagent:shop)"
    host.fake.add_comment("mallory", copy)
    post(host, "slower")
    post(host, "slower still")
    assert ("mallory", copy) in host.fake.visible()
    assert_one(host, "slower still")


def test_a_deleted_comment_is_posted_anew(host: Harness) -> None:
    posted = host.open().upsert_comment(host.pull_request, body("slower"), marker=MARKER)
    host.fake.remove_comment(posted.id)
    post(host, "slower")
    assert_one(host, "slower")


def test_a_comment_that_a_person_edited_is_brought_back(host: Harness) -> None:
    posted = host.open().upsert_comment(host.pull_request, body("slower"), marker=MARKER)
    host.fake.remove_comment(posted.id)
    host.fake.add_comment(host.fake.me, host.as_posted(body("slower").replace("+34 %", "nothing to see")))
    post(host, "slower")
    assert_one(host, "+34 %")


def test_a_comment_that_cannot_be_edited_is_followed_by_one_new_one(host: Harness) -> None:
    posted = host.open().upsert_comment(host.pull_request, body("slower"), marker=MARKER)
    host.fake.edit_forbidden.add(posted.id)
    host.fake.delete_forbidden = True
    post(host, "second run")
    post(host, "third run")
    assert [("slower" in t, "third run" in t) for t in ours(host)] == [(True, False), (False, True)]


def test_a_locked_conversation_is_named_and_nothing_is_repeated(host: Harness) -> None:
    host.fake.locked = True
    with pytest.raises(OptionalServiceError, match="could not comment on") as caught:
        post(host, "slower")
    assert "lock" in str(caught.value).lower()
    assert host.fake.count(*host.fake.comment_post) == 1


def test_a_token_that_may_only_read_is_told_which_right_is_missing(host: Harness) -> None:
    host.fake.read_only = True
    with pytest.raises(OptionalServiceError) as caught:
        post(host, "slower")
    assert caught.value.hint is not None
    assert "give it" in caught.value.hint
    assert host.fake.count(*host.fake.comment_post) == 1


def test_two_pipelines_at_once_end_with_one_comment(host: Harness) -> None:
    start = threading.Barrier(2)
    failures: list[Exception] = []

    def pipeline(text: str) -> None:
        adapter = host.open(pace=FakeClock().pace())
        start.wait()
        try:
            adapter.upsert_comment(host.pull_request, body(text), marker=MARKER)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=pipeline, args=(f"pipeline {n}",)) for n in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(ours(host)) == 1


def test_another_pipelines_comment_posted_between_look_and_post_wins(host: Harness) -> None:
    """The first look finds nothing; the rival's comment is older than ours by then."""
    adapter = host.open()
    original = host.fake.fault_for
    method, path = host.fake.comment_post

    def rival(request):  # type: ignore[no-untyped-def]
        if request.method == method and host.fake.count(method, path) == 1 and not ours(host):
            host.fake.add_comment(host.fake.me, host.as_posted(body("rival")))
        return original(request)

    host.fake.fault_for = rival
    posted = adapter.upsert_comment(host.pull_request, body("ours"), marker=MARKER)
    assert_one(host, "ours")
    assert not posted.created


@pytest.mark.parametrize("kind", ["reset", "lost", "half", "truncated", "silence", "late"])
def test_a_broken_answer_to_the_post_still_ends_with_one_comment(host: Harness, kind: str) -> None:
    fault(host, "comment_post", kind)
    post(host, "slower")
    assert_one(host, "slower")


@pytest.mark.parametrize("kind", ["reset", "lost", "half", "truncated", "silence"])
def test_a_broken_answer_to_the_edit_still_ends_with_one_comment(host: Harness, kind: str) -> None:
    post(host, "slower")
    fault(host, "comment_edit", kind)
    post(host, "fixed")
    assert_one(host, "fixed")


@pytest.mark.parametrize("kind", ["reset", "half", "truncated", "silence"])
def test_a_broken_answer_to_the_list_is_asked_again(host: Harness, kind: str) -> None:
    post(host, "slower")
    fault(host, "comment_list", kind)
    post(host, "fixed")
    assert_one(host, "fixed")


LIMITED = {
    "429 with Retry-After": (Answer(status=429, json={"message": "slow down"}, headers={"Retry-After": "17"}), 17.0),
    "429 without Retry-After": (Answer(status=429, json={"message": "slow down"}), 0.1),
    "503 with Retry-After": (Answer(status=503, text="maintenance", headers={"Retry-After": "5"}), 5.0),
}


@pytest.mark.parametrize("name", LIMITED)
def test_a_limit_on_the_post_is_waited_out(host: Harness, name: str) -> None:
    answer, least = LIMITED[name]
    fault(host, "comment_post", "answer", answer=answer)
    post(host, "slower")
    assert_one(host, "slower")
    assert sum(host.clock.slept) >= least
    assert sum(host.clock.slept) < 60


@pytest.mark.parametrize("status", [500, 502, 504])
def test_a_server_error_then_good_ends_with_one_comment(host: Harness, status: int) -> None:
    for where in ("comment_list", "comment_post"):
        fault(host, where, "answer", answer=Answer(status=status, text="oops"))
    post(host, "slower")
    assert_one(host, "slower")


HOPELESS = {
    "401": Answer(status=401, json={"message": "Bad credentials"}),
    "a web page": Answer(text="<!DOCTYPE html><html><body>Sign in</body></html>", headers={"Content-Type": "text/html"}),
    "203": Answer(status=203, text="<html>Sign in</html>", headers={"Content-Type": "text/html"}),
    "302 to the sign-in page": Answer(status=302, text="", headers={"Location": "https://login.example/signin"}),
    "429 for an hour": Answer(status=429, json={"message": "slow down"}, headers={"Retry-After": "3600"}),
    "500 for ever": Answer(status=500, text="oops"),
    "something else": Answer(json={"unexpected": ["shape"]}),
}


@pytest.mark.parametrize("name", HOPELESS)
def test_what_does_not_get_better_ends_in_bounded_time_with_one_clear_message(host: Harness, name: str) -> None:
    for where in ("comment_list", "comment_post"):
        fault(host, where, "answer", times=1000, answer=HOPELESS[name])
    before = host.clock.time
    with pytest.raises(OptionalServiceError, match="could not comment on") as caught:
        post(host, "slower")
    assert host.clock.time - before <= host.access.limits.deadline
    assert caught.value.hint or "500" in caught.value.message
    assert host.access.token not in str(caught.value)
    assert len(host.fake.requests) < 30
    assert "\n" not in caught.value.message


def test_no_connection_ends_in_bounded_time_and_names_the_address(host: Harness) -> None:
    host.fake.close()
    before = host.clock.time
    with pytest.raises(OptionalServiceError, match="no connection") as caught:
        post(host, "slower")
    assert host.clock.time - before <= host.access.limits.deadline
    assert host.access.token not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_re_run_after_a_lost_answer_that_was_given_up_ends_with_one_comment(host: Harness) -> None:
    fault(host, "comment_post", "late", times=1)
    method, path = host.fake.comment_list
    host.fake.faults.append(Fault(method, path, "answer", 0, Answer(status=500, text="oops")))
    adapter = host.open()
    original = host.fake.fault_for

    def list_breaks_after_the_post(request):  # type: ignore[no-untyped-def]
        if host.fake.count(*host.fake.comment_post):
            host.fake.faults[-1].times = 1
        return original(request)

    host.fake.fault_for = list_breaks_after_the_post
    with pytest.raises(OptionalServiceError):
        adapter.upsert_comment(host.pull_request, body("slower"), marker=MARKER)
    host.fake.fault_for = original
    host.fake.faults.clear()
    post(host, "slower")
    assert_one(host, "slower")


def test_ninety_thousand_characters_are_cut_where_the_host_needs_it_and_found_again(host: Harness) -> None:
    long = body("slower") + "".join(f"| `GET /cart/{n}` | 🐢 +{n} % |\n" for n in range(3_500))
    long += "```text\n" + "x" * 20_000 + "\n```\n"
    assert len(long) > 90_000
    for _ in range(2):
        host.open().upsert_comment(host.pull_request, long, marker=MARKER)
    assert_one(host, "slower")
    assert len(ours(host)[0]) <= host.open().comment_limit


def test_names_with_emoji_tables_and_fences_arrive_unchanged(host: Harness) -> None:
    nasty = body("`a|b`.py 🦊 ``` ~~~ <script> GET /ä/{id}?q=1&r=2 \\n")
    host.open().upsert_comment(host.pull_request, nasty, marker=MARKER)
    assert "`a|b`.py 🦊 ``` ~~~ <script> GET /ä/{id}?q=1&r=2 \\n" in ours(host)[0]


def test_the_comment_of_the_last_run_can_be_read(host: Harness) -> None:
    assert host.open().find_comment(host.pull_request, marker=MARKER) is None
    host.fake.add_comment("mallory", host.as_posted(body("not this one")))
    post(host, "slower")
    found = host.open().find_comment(host.pull_request, marker=MARKER)
    assert found is not None
    assert "## slower" in found


@only("bitbucket")
def test_a_marker_that_is_a_link_reference_already_stays_as_it_is(host: Harness) -> None:
    mark = "[//]: # (perfagent:shop)"
    for text in ("slower", "fixed"):
        host.open().upsert_comment(host.pull_request, f"{mark}\n## {text}\n", marker=mark)
    assert ours(host) == [f"{mark}\n## fixed\n"]
    assert host.open().find_comment(host.pull_request, marker=mark) == f"{mark}\n## fixed\n"
