"""Documents on disk: JSON in and out, checked against the model's types, written atomically.

A newer program reads older documents: unknown keys are ignored, missing ones take the model's defaults.
"""

from __future__ import annotations

import gzip
import json
import os
import tempfile
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from perfagent.errors import InputError

T = TypeVar("T")


_adapters: dict[type[Any], TypeAdapter[Any]] = {}  # made once each: building a validator costs more than a document


def _adapter(kind: type[T]) -> TypeAdapter[T]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def to_json(value: object, *, indent: int | None = 2) -> str:
    """JSON text with stable keys; not-a-number and infinities become null (JSON has none)."""
    data = _adapter(type(value)).dump_python(value, mode="json")
    return json.dumps(_finite(data), indent=indent, ensure_ascii=False, allow_nan=False) + "\n"


def write(path: Path, value: object, *, indent: int | None = 2) -> None:
    """Write atomically (temporary file, fsync, rename), so that a reader sees the old or the new document, never half of one."""
    write_bytes(path, to_json(value, indent=indent).encode())


def write_bytes(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        data = gzip.compress(data, compresslevel=6, mtime=0)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def from_json(kind: type[T], text: str | bytes, *, name: str) -> T:
    """Raises InputError naming the file (`name`), the key and what would be right."""
    try:
        return _adapter(kind).validate_json(text)
    except ValidationError as error:
        mistakes = [f"{name}: {'.'.join(str(p) for p in e['loc']) or 'document'}: {e['msg']}" for e in error.errors()[:20]]
        raise InputError(f"{name} is not a valid {kind.__name__.lower()} document", mistakes=mistakes) from error


def read(kind: type[T], path: Path) -> T:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    if path.suffix == ".gz":
        data = gzip.decompress(data)
    return from_json(kind, data, name=str(path))


def schema(kind: type[object]) -> dict[str, Any]:
    """JSON Schema of a document."""
    return _adapter(kind).json_schema()


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        return {k: _finite(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_finite(v) for v in value]
    return value
