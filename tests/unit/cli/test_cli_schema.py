from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from perfagent.cli.init import configuration
from perfagent.cli.project import Project
from perfagent.cli.schema import NAMES, schema_of
from perfagent.config.settings import Settings, as_document

Perfagent = Callable[..., Any]


@pytest.mark.parametrize("name", NAMES)
def test_every_schema_is_a_valid_schema(perfagent: Perfagent, name: str) -> None:
    printed = json.loads(perfagent("schema", name).out)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed["title"] == f"perfagent {name}"


def test_an_unknown_name_lists_the_known_ones(perfagent: Perfagent) -> None:
    answer = perfagent("schema", "config")
    assert answer.code == 2
    assert "configuration" in answer.err


def test_the_configurations_schema_takes_what_init_writes_and_what_a_run_keeps() -> None:
    validator = jsonschema.Draft202012Validator(schema_of("configuration"))
    validator.validate(yaml.safe_load(configuration(Project(service="shop"))))
    validator.validate(as_document(Settings()))


def test_the_configurations_schema_refuses_an_unknown_key() -> None:
    validator = jsonschema.Draft202012Validator(schema_of("configuration"))
    assert not validator.is_valid({"gate": {"max_regresion": "5%"}})


def test_the_schema_of_evidence_is_that_of_its_file() -> None:
    validator = jsonschema.Draft202012Validator(schema_of("evidence"))
    validator.validate({"evidence": [{"id": "e1", "source": "k6", "name": "dropped", "baseline": 0, "candidate": [1, 2]}]})
    assert not validator.is_valid({"evidence": [{"name": "dropped"}]})
