import pytest

from perfagent.errors import ConfigurationError
from perfagent.steps.targets import TargetSpec


def test_the_port_is_put_into_the_command():
    spec = TargetSpec(command="python app.py --port $PORT --bind '0.0.0.0:${PORT}'")
    assert spec.arguments({"PORT": "8123"}) == ["python", "app.py", "--port", "8123", "--bind", "0.0.0.0:8123"]


def test_an_argument_list_is_taken_as_it_is():
    spec = TargetSpec(command=("python", "my app.py", "$PORT"))
    assert spec.arguments({"PORT": "1"}) == ["python", "my app.py", "1"]


def test_shell_words_have_no_meaning():
    assert TargetSpec(command="serve ; rm -rf $HOME").arguments({"PORT": "1"}) == ["serve", ";", "rm", "-rf", "$HOME"]


@pytest.mark.parametrize("wrong", [{}, {"url": "http://x", "command": "y"}])
def test_either_a_url_or_a_command(wrong):
    with pytest.raises(ConfigurationError, match="either a url or a command"):
        TargetSpec(**wrong)


def test_an_open_quote_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="cannot be split"):
        TargetSpec(command="python 'app.py")


def test_an_empty_command_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match="empty"):
        TargetSpec(command="  ")
