from __future__ import annotations

from pathlib import Path

import pytest

from perfagent.config.loading import load
from perfagent.config.policy import differs, policy_from
from perfagent.errors import ConfigurationError

BASE = "service: shop\ngate: {max_regression: 5%}\nrounds: {min: 6, duration: 20s}\n"


def test_a_pull_request_cannot_loosen_the_gate_that_judges_it(tmp_path: Path) -> None:
    head = "service: shop2\ngate: {max_regression: 900%, on_inconclusive: warn}\nrounds: {min: 1, duration: 10s}\nmode: history\n"
    (tmp_path / ".perfagent.yml").write_text(head)
    settings = load(file=None, env={}, flags={}, cwd=tmp_path, policy=policy_from(BASE))
    assert settings.gate.max_regression == 0.05
    assert settings.gate.on_inconclusive == "fail"
    assert settings.rounds.min == 6
    assert settings.mode == "auto"
    assert (settings.service, settings.rounds.duration) == ("shop2", 10.0)  # no policy


def test_what_ci_itself_says_still_wins_over_the_base(tmp_path: Path) -> None:
    settings = load(file=None, env={"PERFAGENT_GATE__MAX_REGRESSION": "7%"}, flags={}, cwd=tmp_path, policy=policy_from(BASE))
    assert settings.gate.max_regression == 0.07


def test_changed_policy_is_named_key_by_key() -> None:
    head = BASE.replace("5%", "50%").replace("min: 6", "min: 2") + "baseline: {branch: develop}\n"
    assert differs(BASE, head) == ["gate.max_regression", "baseline.branch", "rounds.min"]


@pytest.mark.parametrize("head", [BASE.replace("5%", "0.05"), BASE.replace("shop", "cart"), BASE + "# said\n", BASE + "gate2: 3\n"])
def test_a_change_that_means_the_same_is_no_change_of_policy(head: str) -> None:
    assert differs(BASE, head) == []


def test_a_policy_that_cannot_be_read_differs_as_a_whole() -> None:
    assert "gate" in differs(BASE, "gate: [")
    assert differs("gate: [", "gate: [") == []


def test_an_added_objective_is_named() -> None:
    assert differs("", 'gate: {slo: {"GET /cart p95": 3s}}') == ["gate.slo.GET /cart p95"]


def test_a_base_that_cannot_be_read_is_an_error_and_not_the_defaults() -> None:
    with pytest.raises(ConfigurationError, match="policy comes from there"):
        policy_from("gate: {max_regression: lots}")
