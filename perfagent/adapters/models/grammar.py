"""A GBNF grammar from the JSON Schemas that perfagent's agents use, for llama.cpp.

llama.cpp's own conversion leaves number ranges open, and a text without a bound lets a small model ramble until its answer is cut.
Here every text, list and number has an end.
"""

from __future__ import annotations

import json
import re

from perfagent.ports.language_model import JsonSchema

DEFAULT_TEXT = 300
DEFAULT_ITEMS = 8
_RULES = (
    'char ::= [^"\\\\\\x00-\\x1f\\x7f] | "\\\\" ["\\\\/bfnrt]',  # no \u escapes: nothing invisible can be spelled
    'sp ::= " "?',
)


def grammar_of(schema: JsonSchema) -> str:
    """Raises ValueError for what it does not know, rather than let anything through."""
    writer = _Writer()
    root = writer.rule("root", schema)
    return "\n".join([*writer.rules, *_RULES, ""]) if root == "root" else ""


class _Writer:
    def __init__(self) -> None:
        self.rules: list[str] = []
        self._taken: set[str] = set()

    def rule(self, wanted: str, schema: JsonSchema) -> str:
        """Writes a rule and returns its name."""
        name = re.sub(r"[^a-z0-9-]", "-", wanted.lower())
        while name in self._taken or name in ("char", "sp"):
            name += "-x"
        self._taken.add(name)
        at = len(self.rules)
        self.rules.insert(at, "")
        self.rules[at] = f"{name} ::= {self._body(name, schema)}"
        return name

    def _body(self, name: str, schema: JsonSchema) -> str:
        if "enum" in schema:
            return " | ".join(_literal(json.dumps(word, ensure_ascii=False)) for word in schema["enum"])
        kind = schema.get("type")
        if isinstance(kind, list):
            return " | ".join(self.rule(f"{name}-{one}", {**schema, "type": one}) for one in kind)
        match kind:
            case "object":
                return self._object(name, schema)
            case "array":
                return self._array(name, schema)
            case "string":
                return f'"\\"" char{{{schema.get("minLength", 0)},{schema.get("maxLength", DEFAULT_TEXT)}}} "\\""'
            case "integer" | "number":
                return _number(schema, whole=kind == "integer")
            case "boolean":
                return '"true" | "false"'
            case "null":
                return '"null"'
        raise ValueError(f"no grammar for a schema of type {kind!r}")

    def _object(self, name: str, schema: JsonSchema) -> str:
        """All keys, in the schema's order: an optional one is a nullable one."""
        parts = [f'{_literal(json.dumps(key))} ":" sp {self.rule(f"{name}-{key}", part)}' for key, part in schema["properties"].items()]
        return '"{" ' + ' "," sp '.join(parts) + ' "}"'

    def _array(self, name: str, schema: JsonSchema) -> str:
        item = self.rule(f"{name}-item", schema["items"])
        least, most = schema.get("minItems", 0), schema.get("maxItems", DEFAULT_ITEMS)
        some = f'{item} ("," sp {item}){{{max(0, least - 1)},{most - 1}}}'
        return f'"[" {some} "]"' if least else f'"[" ({some})? "]"'


def _number(schema: JsonSchema, *, whole: bool) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    sign = "" if low is not None and low >= 0 else '"-"? '
    if not whole and low == 0 and high == 1:
        return '"0" ("." [0-9]{1,3})? | "1"'
    digits = len(str(int(abs(high)))) if high is not None else 9
    number = f'{sign}("0" | [1-9] [0-9]{{0,{max(0, digits - 1)}}})'
    return number if whole else number + ' ("." [0-9]{1,6})?'


def _literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
