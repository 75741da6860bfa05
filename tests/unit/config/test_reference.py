"""One truth for inputs: key, variable, flag, documentation and schema are the settings' own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from perfagent.ci import detect as ci_detect
from perfagent.config.objectives import METRIC_NAMES
from perfagent.config.page import with_tables
from perfagent.config.reference import CONTEXT_VARIABLES, Setting, settings_reference
from perfagent.config.settings import Settings
from perfagent.stats.policy import METRICS

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


def test_the_documented_tables_are_current() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page), "run: python -m perfagent.config.page docs/configuration.md"


def test_names_of_keys_variables_and_flags_are_each_unique() -> None:
    settings = settings_reference()
    for names in ([s.key for s in settings], [s.env for s in settings], [s.flag for s in settings]):
        assert len(set(names)) == len(names)


@pytest.mark.parametrize("setting", settings_reference(), ids=lambda s: s.key)
def test_every_setting_is_described_in_a_sentence(setting: Setting) -> None:
    assert setting.description.endswith(".")
    assert "|" not in setting.description  # it stands in a table


def test_a_setting_is_named_alike_everywhere() -> None:
    (found,) = [s for s in settings_reference() if s.key == "gate.max_regression"]
    assert (found.env, found.flag, found.type, found.default) == (
        "PERFAGENT_GATE__MAX_REGRESSION",
        "--gate-max-regression",
        "percentage",
        "10%",
    )


def test_shown_defaults_are_the_real_ones() -> None:
    shown = {s.key: s.default for s in settings_reference()}
    assert shown["rounds.duration"] == "30s"
    assert shown["gate.metrics"] == ", ".join(Settings().gate.metrics)
    assert shown["rounds.keep_raw"] == "true"
    assert shown["target.candidate.url"] == ""


def test_metrics_are_those_of_the_statistics() -> None:
    assert set(METRIC_NAMES) == set(METRICS)


def test_variables_about_the_change_are_those_that_ci_reads() -> None:
    source = Path(ci_detect.__file__).read_text(encoding="utf-8")
    assert {name for name in CONTEXT_VARIABLES if name != "PERFAGENT_CONFIG"} == {
        word.strip('"') for word in source.replace("(", " ").replace(")", " ").replace(",", " ").split() if word.startswith('"PERFAGENT_')
    }


# Read by name only through the provider that is configured.
THROUGH_THE_PROVIDER = {"llm.model", "llm.base_url"}


def test_no_setting_is_without_effect() -> None:
    """Each is read by something outside of the configuration itself and of doctor, which only looks."""
    package = Path(ci_detect.__file__).parents[1]
    readers = [p for p in package.rglob("*.py") if p.parent.name != "config" and p.name not in ("checks.py", "service_checks.py")]
    source = "\n".join(p.read_text(encoding="utf-8") for p in readers)
    idle = [s.key for s in settings_reference() if not re.search(rf"\.{s.path[-1]}\b", source)]
    assert set(idle) <= THROUGH_THE_PROVIDER
