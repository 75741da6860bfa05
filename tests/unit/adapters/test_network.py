from __future__ import annotations

import pytest

from perfagent.adapters.network import Network


def test_the_environments_proxies_and_bundle_are_taken() -> None:
    network = Network.from_environment(
        {"HTTPS_PROXY": "http://p:3128", "NO_PROXY": "a.example", "SSL_CERT_FILE": "/ca.pem", "http_proxy": ""}
    )
    assert network.proxies == {"https": "http://p:3128"}
    assert network.ca_bundle == "/ca.pem"
    assert Network.from_environment({"ALL_PROXY": "http://p"}).proxies == {"http": "http://p", "https": "http://p"}


@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        ("gitlab.acme.example", True),
        ("acme.example", True),
        (".acme.example", True),
        ("*.acme.example", True),
        ("gitlab.acme.example:8443", True),
        ("other, *", True),
        ("other acme.example", True),
        ("cme.example", False),
        ("gitlab.acme", False),
        ("", False),
    ],
)
def test_an_exempt_host_is_reached_directly(no_proxy: str, direct: bool) -> None:
    network = Network(proxies={"https": "http://p"}, no_proxy=no_proxy)
    assert network.proxies_for("https://GitLab.acme.example/api/v4") == ({} if direct else {"https": "http://p"})
