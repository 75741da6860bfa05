from perfagent.steps.child import explicit


def test_only_named_variables_reach_a_child():
    environ = {"PATH": "/bin", "HOME": "/h", "GITHUB_TOKEN": "x", "PERFAGENT_JIRA_TOKEN": "y", "https_proxy": "http://p"}
    assert explicit(environ) == {"PATH": "/bin", "HOME": "/h", "https_proxy": "http://p"}


def test_configured_variables_win():
    assert explicit({"PATH": "/bin", "TZ": "UTC"}, {"TZ": "CET", "A": "1"}) == {"PATH": "/bin", "TZ": "CET", "A": "1"}


def test_there_is_always_a_path():
    assert explicit({})["PATH"]
