"""Who may accept a regression, and until when, on the hosts that tell."""

from __future__ import annotations

from datetime import UTC, date, datetime

from tests.contracts.fakes.hosts import Harness, only

COMMAND = "/perfagent accept `GET /cart` p95 until {until} because the tax rules need a second query"


def day(host: Harness, offset: int) -> date:
    return datetime.fromtimestamp(host.clock.time + offset * 86400, UTC).date()


def allow(host: Harness, name: str, *, write: bool) -> None:
    if host.name == "github":
        host.fake.permissions[name] = "write" if write else "read"
    else:
        host.fake.members[name] = 30 if write else 20


@only("github", "gitlab")
def test_a_command_by_someone_who_may_write_is_accepted(host: Harness) -> None:
    allow(host, "ann", write=True)
    host.fake.add_comment("ann", "Fine by me.\n" + COMMAND.format(until=day(host, 30)) + "\n")
    found = host.open().acceptances(host.pull_request)
    assert found.refused == ()
    (accepted,) = found.accepted
    assert (accepted.by, accepted.endpoint, accepted.metric) == ("ann", "GET /cart", "p95")
    assert accepted.reason == "the tax rules need a second query"
    assert accepted.covers("GET /cart", "p95", today=day(host, 30))
    assert not accepted.covers("GET /cart", "p95", today=day(host, 31))
    assert not accepted.covers("GET /item", "p95", today=day(host, 0))
    assert accepted.source.startswith("https://")


@only("github", "gitlab")
def test_a_command_by_a_reader_or_a_stranger_is_refused_by_name(host: Harness) -> None:
    allow(host, "bob", write=False)
    for name in ("bob", "mallory"):
        host.fake.add_comment(name, COMMAND.format(until=day(host, 30)))
    found = host.open().acceptances(host.pull_request)
    assert found.accepted == ()
    assert ["@bob" in found.refused[0], "@mallory" in found.refused[1]] == [True, True]


@only("github", "gitlab")
def test_our_own_comment_that_explains_the_command_is_no_command(host: Harness) -> None:
    allow(host, host.fake.me, write=True)
    allow(host, "ann", write=True)
    host.fake.add_comment(host.fake.me, COMMAND.format(until=day(host, 30)))
    host.fake.add_comment("ann", f"Like this?\n```\n{COMMAND.format(until=day(host, 30))}\n```\n> {COMMAND.format(until=day(host, 30))}")
    found = host.open().acceptances(host.pull_request)
    assert found.accepted == found.refused == ()


@only("github", "gitlab")
def test_what_is_not_understood_or_has_ended_is_said(host: Harness) -> None:
    allow(host, "ann", write=True)
    for words in (
        "/perfagent accept GET /cart p95",
        COMMAND.format(until="soon"),
        COMMAND.format(until=day(host, -1)),
        COMMAND.format(until=day(host, 5000)),
    ):
        host.fake.add_comment("ann", words)
    found = host.open().acceptances(host.pull_request)
    assert found.accepted == ()
    assert ["not understood" in found.refused[0], "not a day" in found.refused[1]] == [True, True]
    assert ["ended on" in found.refused[2], "more than a year" in found.refused[3]] == [True, True]


@only("github", "gitlab", "azure_devops")
def test_the_label_accepts_everything_for_who_may_set_it(host: Harness) -> None:
    allowed = "perfagent-accepted"
    if host.name == "github":
        allow(host, "ann", write=True)
        host.fake.events = [
            {"event": "labeled", "label": {"name": allowed}, "actor": {"login": "ann"}, "created_at": "2026-11-25T10:00:00Z"}
        ]
    if host.name == "gitlab":
        allow(host, "ann", write=True)
        user = {"id": sum(map(ord, "ann")), "username": "ann"}
        host.fake.label_events = [{"action": "add", "label": {"name": allowed}, "user": user, "created_at": "2026-11-25T10:00:00Z"}]
    assert host.open().acceptances(host.pull_request).accepted == ()
    host.fake.labels.append(allowed)
    (accepted,) = host.open().acceptances(host.pull_request).accepted
    assert accepted.covers("GET /anything", "p99", today=day(host, 0))
    assert host.name == "azure_devops" or (accepted.by, accepted.at is not None) == ("ann", True)
