from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from perfagent.cli.options import flags_of, settings_options
from perfagent.config.environment import flags_layer
from perfagent.config.reference import Setting, settings_reference
from perfagent.config.settings import Settings


@click.command()
@settings_options
def show(flags: dict[str, Any]) -> None:
    """Prints what was given."""
    click.echo(repr({key: value for key, value in flags.items() if value not in (None, ())}))


def given(*arguments: str) -> dict[str, Any]:
    answer = CliRunner().invoke(show, arguments)
    assert answer.exit_code == 0, answer.output
    return eval(answer.output)  # type: ignore[no-any-return]  # noqa: S307 - our own repr


EXAMPLES = {"list": "p95", "mapping": "A=1", "percentage": "90%", "duration": "20s", "number": "5", "URL": "http://a.example", "text": "x"}


@pytest.mark.parametrize("setting", settings_reference(), ids=lambda s: s.flag)
def test_every_setting_has_its_flag_and_arrives_under_its_key(setting: Setting) -> None:
    if setting.type == "yes/no":
        assert given(setting.flag) == {setting.key: True}
        assert given(setting.flag.replace("--", "--no-", 1)) == {setting.key: False}
        return
    value = setting.choices[-1] if setting.choices else EXAMPLES[setting.type]
    flags = given(setting.flag, value)
    assert flags == {setting.key: (value,) if setting.repeatable else value}
    assert not flags_layer(flags).mistakes


def test_a_flag_that_is_not_given_leaves_the_layers_below_alone() -> None:
    assert given() == {}
    assert Settings(**flags_layer(given("--no-publish-status", "--gate-metrics", "p95", "--gate-metrics", "p99")).values) == Settings(
        publish={"status": False}, gate={"metrics": ("p95", "p99")}
    )


def test_short_flags_are_the_same_setting() -> None:
    assert given("--max-regression", "5%") == given("--gate-max-regression", "5%") == {"gate.max_regression": "5%"}


def test_services_are_hidden_from_the_help_but_work() -> None:
    text = CliRunner().invoke(show, ["--help"]).output
    assert "--gate-slo" in text
    assert "--jira-url" not in text
    assert given("--jira-url", "https://j.example") == {"jira.url": "https://j.example"}


def test_a_command_may_take_some_settings_only() -> None:
    @click.command()
    @flags_of(("mode",))
    def few(flags: dict[str, Any]) -> None:
        """Takes one."""
        click.echo(flags["mode"])

    assert CliRunner().invoke(few, ["--mode", "turns"]).output == "turns\n"
    assert CliRunner().invoke(few, ["--service", "x"]).exit_code == 2
