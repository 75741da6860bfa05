"""Holds what a fake receives and answers against the vendor's OpenAPI document: a fake must not forgive what the service would refuse.

The documents lie in `../shared/contracts` beside the checkout; where that folder is absent nothing is checked, and one test says so.
"""

from __future__ import annotations

import gzip
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

FOLDER = Path(__file__).resolve().parents[3].parent / "shared" / "contracts"
_METHODS = ("get", "post", "put", "patch", "delete")


def _plain(node: Any) -> Any:
    """OpenAPI 3.0's and Swagger 2.0's dialect as JSON Schema: `nullable`, and no keywords that mean something else there."""
    if isinstance(node, list):
        return [_plain(item) for item in node]
    if not isinstance(node, dict):
        return node
    kept = {
        k: _plain(v)
        for k, v in node.items()
        if k not in ("nullable", "x-nullable", "example", "examples", "discriminator", "xml", "format")
    }
    if isinstance(kept.get("required"), bool):
        kept.pop("required")
    if node.get("nullable") or node.get("x-nullable"):
        return {"anyOf": [kept, {"type": "null"}]}
    return kept


class Contract:
    """`problems` of a request or an answer are sentences; none means that it keeps to the document."""

    def __init__(self, name: str, *, prefix: str = "", nullable_everywhere: bool = False) -> None:
        self._document = json.loads(gzip.decompress((FOLDER / f"{name}.openapi.json.gz").read_bytes()))
        self._prefix = prefix
        self._nullable_everywhere = nullable_everywhere
        self._paths: list[tuple[re.Pattern[str], str]] = []
        for template in sorted(self._document["paths"], key=lambda p: (p.count("{"), -len(p))):
            pattern = re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template))
            self._paths.append((re.compile(pattern + r"/?$"), template))
        self._validators: dict[str, Any] = {}

    def request_problems(self, method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
        operation, template = self._operation(method, path)
        if operation is None:
            return [f"{method} {path}: the contract knows no such operation"]
        problems = [
            f"{method} {template}: query parameter {n!r} is missing" for n in self._required_query(operation, template) if n not in query
        ]
        schema = self._body_schema(operation)
        if schema is not None and body is not None:
            problems += self._check(schema, body, f"{method} {template} request")
            problems += self._unknown_keys(schema, body, f"{method} {template} request")
        return problems

    def answer_problems(self, method: str, path: str, status: int, body: Any) -> list[str]:
        operation, template = self._operation(method, path)
        if operation is None:
            return []
        answers = operation["responses"]
        answer = answers.get(str(status)) or answers.get(f"{status // 100}XX") or answers.get("default")
        if answer is None:
            return [f"{method} {template}: the contract knows no answer {status}"] if status < 300 else []
        answer = self._resolve(answer)
        schema = answer.get("schema") or next(
            (c.get("schema") for kind, c in (answer.get("content") or {}).items() if "json" in kind), None
        )
        if schema is None or status >= 400:
            return []
        return self._check(schema, body, f"{method} {template} answer {status}")

    def _operation(self, method: str, path: str) -> tuple[dict[str, Any] | None, str]:
        for pattern, template in self._paths:
            if pattern.match(self._prefix + path) and method.lower() in self._document["paths"][template]:
                return self._document["paths"][template][method.lower()], template
        return None, ""

    def _required_query(self, operation: dict[str, Any], template: str) -> list[str]:
        shared = self._document["paths"][template].get("parameters", [])
        found = [self._resolve(p) for p in [*shared, *operation.get("parameters", [])]]
        return [p["name"] for p in found if p.get("in") == "query" and p.get("required")]

    def _body_schema(self, operation: dict[str, Any]) -> dict[str, Any] | None:
        for parameter in operation.get("parameters", []):
            parameter = self._resolve(parameter)
            if parameter.get("in") == "body":
                return parameter.get("schema")
        content = self._resolve(operation.get("requestBody") or {}).get("content") or {}
        return next((c.get("schema") for kind, c in content.items() if "json" in kind), None)

    def _unknown_keys(self, schema: dict[str, Any], body: Any, where: str) -> list[str]:
        schema = self._resolve(schema)
        if not isinstance(body, dict) or "properties" not in schema or any(k in schema for k in ("allOf", "oneOf", "anyOf")):
            return []
        if schema.get("additionalProperties"):
            return []
        return [f"{where}: unknown key {key!r}" for key in body if key not in schema["properties"]]

    def _resolve(self, node: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in node:
            target: Any = self._document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def _check(self, schema: dict[str, Any], body: Any, where: str) -> list[str]:
        key = json.dumps(schema, sort_keys=True)
        if key not in self._validators:
            root = {
                "components": _components(id(self), self._document, "components"),
                "definitions": _components(id(self), self._document, "definitions"),
                "allOf": [_plain(schema)],
            }
            self._validators[key] = jsonschema.Draft4Validator(root)
        problems = []
        for error in list(self._validators[key].iter_errors(body))[:5]:
            at = "/".join(str(p) for p in error.absolute_path)
            if self._nullable_everywhere and error.instance is None:
                continue
            problems.append(f"{where}: {at or 'document'}: {error.message[:200]}")
        return problems


_PLAIN: dict[tuple[int, str], Any] = {}


def _components(owner: int, document: dict[str, Any], part: str) -> Any:
    if (owner, part) not in _PLAIN:
        _PLAIN[owner, part] = _plain(document.get(part) or {})
    return _PLAIN[owner, part]


@cache
def contract(name: str, *, prefix: str = "", nullable_everywhere: bool = False) -> Contract | None:
    """None where the shared contracts are absent."""
    if not (FOLDER / f"{name}.openapi.json.gz").exists():
        return None
    return Contract(name, prefix=prefix, nullable_everywhere=nullable_everywhere)
