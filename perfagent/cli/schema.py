"""`perfagent schema NAME`: JSON Schema of the configuration or of a document."""

from __future__ import annotations

import json
from typing import Any

import click

from perfagent.cli.session import Session

NAMES = ("configuration", "run", "comparison", "diagnosis", "evidence", "outcome")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


@click.command("schema", short_help="Print the JSON Schema of the configuration or of a document.")
@click.argument("name", type=click.Choice(NAMES))
@click.pass_obj
def command(session: Session, *, name: str) -> None:
    """Print the JSON Schema of the configuration file or of a document, for editors and other programs."""
    session.console.data(json.dumps(schema_of(name), indent=2, ensure_ascii=False))


def schema_of(name: str) -> dict[str, Any]:
    return {"$schema": DIALECT, **_body(name), "title": f"perfagent {name}"}


def _body(name: str) -> dict[str, Any]:
    from perfagent import documents
    from perfagent.model.comparison import Comparison
    from perfagent.model.diagnosis import Diagnosis
    from perfagent.model.evidence import Evidence
    from perfagent.model.outcome import Outcome
    from perfagent.model.run import Run

    if name == "configuration":
        from perfagent.config.settings import Settings

        return Settings.model_json_schema()
    if name == "evidence":
        return _listed("evidence", documents.schema(Evidence))
    kinds: dict[str, type[Any]] = {"run": Run, "comparison": Comparison, "diagnosis": Diagnosis, "outcome": Outcome}
    return documents.schema(kinds[name])


def _listed(key: str, item: dict[str, Any]) -> dict[str, Any]:
    """`{"evidence": [...]}`."""
    definitions = item.pop("$defs", {})
    return {
        "type": "object",
        "properties": {key: {"type": "array", "items": {"$ref": "#/$defs/Item"}}},
        "required": [key],
        "$defs": {**definitions, "Item": item},
    }
