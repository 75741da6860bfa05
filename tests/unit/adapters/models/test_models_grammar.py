"""The grammar that bounds what llama.cpp can write; the real parser reads it in tests/e2e."""

from __future__ import annotations

import re

import pytest

from perfagent.adapters.models.grammar import grammar_of
from perfagent.adapters.models.schemas import strict

SCHEMA = {
    "type": "object",
    "properties": {
        "cause": {"type": "string", "enum": ["code", 'a "quoted" one']},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1},
        "lines": {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 999}, "maxItems": 3},
        "why": {"type": ["string", "null"], "maxLength": 40},
        "patch": {"type": "boolean"},
    },
    "required": ["cause", "confidence", "lines", "why", "patch"],
    "additionalProperties": False,
}


def rules(schema) -> dict[str, str]:
    return dict(line.split(" ::= ", 1) for line in grammar_of(schema).strip().splitlines())


def test_every_rule_that_is_used_is_written_once():
    found = rules(SCHEMA)
    assert "root" in found
    used = {
        name
        for body in found.values()
        for name in re.findall(r"(?<![\"\w\\-])[a-z][a-z-]*(?![\w\"])", re.sub(r'"(?:\\.|[^"\\])*"|\[[^]]*\]', "", body))
    }
    assert used <= set(found)


def test_texts_lists_and_numbers_have_an_end():
    found = rules(SCHEMA)
    assert "char{0,40}" in found["root-why-string"]
    assert found["root-lines"].count("{0,2}") == 1
    assert "[0-9]{0,2}" in found["root-lines-item"]
    assert found["root-confidence"] == '"0" ("." [0-9]{1,3})? | "1"'


def test_words_to_choose_from_are_spelled_out():
    assert rules(SCHEMA)["root-cause"] == r'"\"code\"" | "\"a \\\"quoted\\\" one\""'


def test_no_escape_can_spell_a_character_that_nobody_sees():
    assert "u" not in rules(SCHEMA)["char"].split("|")[1].replace("\\\\", "")


def test_a_text_without_a_bound_gets_one():
    assert "char{0,300}" in rules({"type": "string"})["root"]


def test_an_unknown_type_is_refused_rather_than_left_open():
    with pytest.raises(ValueError, match="no grammar"):
        grammar_of({"type": "object", "properties": {"a": {"anyOf": []}}})


def test_strict_schemas_have_no_bounds_and_every_key():
    made = strict({"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string", "maxLength": 3}, "maxItems": 2}}})
    assert made == {
        "type": "object",
        "properties": {"a": {"type": "array", "items": {"type": "string"}}},
        "required": ["a"],
        "additionalProperties": False,
    }
