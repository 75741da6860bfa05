from __future__ import annotations

import pytest

from perfagent.ci.context import Host
from perfagent.ci.words import branch_name, given, host_of


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("git@github.com:acme/shop.git", (Host.GITHUB, "acme/shop", "https://github.com")),
        ("https://github.com/acme/shop", (Host.GITHUB, "acme/shop", "https://github.com")),
        ("https://x-access-token:t0ken@github.com/acme/shop.git", (Host.GITHUB, "acme/shop", "https://github.com")),
        ("ssh://git@gitlab.example.net:2222/a/b/c.git", (Host.GITLAB, "a/b/c", "https://gitlab.example.net")),
        ("https://bitbucket.org/acme/shop/", (Host.BITBUCKET, "acme/shop", "https://bitbucket.org")),
        ("https://git.example.net/acme/shop.git", (Host.UNKNOWN, "acme/shop", "https://git.example.net")),
        ("/srv/git/shop.git", (Host.UNKNOWN, "", "")),
        ("", (Host.UNKNOWN, "", "")),
    ],
)
def test_clone_addresses_are_read(url: str, expected: tuple[Host, str, str]) -> None:
    assert host_of(url) == expected


def test_values_that_ci_puts_in_place_of_nothing_are_not_given() -> None:
    env = {"A": "<nil>", "B": "$(System.PullRequest.PullRequestId)", "C": "  ", "D": "yes"}
    assert given(env, "A", "B", "C", "D") == "yes"


@pytest.mark.parametrize(("text", "name"), [("refs/heads/feature/x", "feature/x"), ("origin/main", "main"), ("main", "main")])
def test_branches_are_bare_names(text: str, name: str) -> None:
    assert branch_name(text) == name
