"""Types of single settings: how a value is read, and how documentation, flags and JSON Schema speak of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer, WithJsonSchema

from perfagent.config.quantities import format_duration, format_fraction, parse_duration, parse_fraction, parse_url


@dataclass(frozen=True, slots=True)
class Kind:
    """How a setting is called in documentation (`duration`, `percentage`, ...)."""

    name: str


class Section(BaseModel):
    """A frozen group of settings; a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=False, hide_input_in_errors=True)


def _texts(value: Any) -> Any:
    """ "p95, error_rate" or one name a line is a list too: environment variables and CI inputs know no lists."""
    if isinstance(value, str):
        return [part.strip() for line in value.splitlines() for part in line.split(",") if part.strip()]
    return value


def _with_unit(value: object) -> float:
    return parse_duration(value, unit_needed=True)


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("must be longer than 0; write for example 30s")
    return value


def _below_one(value: float) -> float:
    if not 0.5 <= value < 1:
        raise ValueError(f"{value * 100:g}% is no confidence to decide with; write 50% or more and less than 100%, for example 99%")
    return value


_DURATION = {"type": ["string", "number"], "examples": ["30s", "15m", "1h30m", "250ms"], "description": "a number is seconds"}
_FRACTION = {"type": ["string", "number"], "examples": ["10%", 0.1]}

# JSON keeps what a person would write, so that a document of settings reads back as it was, and says its units.
_AS_DURATION = PlainSerializer(format_duration, return_type=str, when_used="json")
_AS_FRACTION = PlainSerializer(format_fraction, return_type=str, when_used="json")

Seconds = Annotated[float, Kind("duration"), BeforeValidator(parse_duration), _AS_DURATION, WithJsonSchema(_DURATION)]
PositiveSeconds = Annotated[Seconds, AfterValidator(_positive)]
SecondsWithUnit = Annotated[
    float, Kind("duration"), BeforeValidator(_with_unit), _AS_DURATION, WithJsonSchema({"type": "string", "examples": ["2ms"]})
]
Fraction = Annotated[float, Kind("percentage"), BeforeValidator(parse_fraction), _AS_FRACTION, WithJsonSchema(_FRACTION)]
Confidence = Annotated[Fraction, AfterValidator(_below_one)]
Url = Annotated[str, Kind("URL"), BeforeValidator(parse_url), WithJsonSchema({"type": "string", "format": "uri"})]
Texts = Annotated[tuple[str, ...], Kind("list"), BeforeValidator(_texts)]
Fractions = Annotated[dict[str, Fraction], Kind("mapping")]
TextMap = Annotated[
    dict[str, str],
    Kind("mapping"),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": ["string", "number", "boolean"]}}),
]
