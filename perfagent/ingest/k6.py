"""Any output of k6, or a run.json, as a Run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path

from perfagent.errors import InputError
from perfagent.ingest.source import kind_of, pieces
from perfagent.ingest.stream import K6Stream
from perfagent.model.run import Run, Side


def read_k6(
    path: str | Path,
    *,
    side: Side = Side.BASELINE,
    round: int | None = None,
    warmup: float = 0.0,
    scenario: str = "",
    id: str | None = None,
    only_side: Side | None = None,
) -> Run:
    """Read `.json`, `.csv` (k6 0.57 to 2.x), `.gz` of either, or a `run.json`; told apart by content.

    `warmup`: seconds left out at the start. `only_side`: keep only the requests with this tag `side`, where one output carries both.
    Of a run.json only `side` and, where given, `round`, `scenario` and `id` are replaced: its warm-up was cut when it was made.
    Raises InputError for a file that is none of these, is empty, or has no request.
    """
    path = Path(path)
    side = Side(side)
    remarks: list[str] = []
    content = pieces(path, remarks.append)
    head = _head(content)
    kind = kind_of(path, head)
    if kind == "run":
        return _document(path, head, content, side=side, round=round, scenario=scenario, id=id)
    stream = K6Stream(kind, warmup=warmup, only_side=only_side)
    for piece in chain([head], content):
        stream.feed(piece)
    for remark in remarks:
        stream.note(remark)
    run = stream.finish(side=side, round=round, scenario=scenario, id=id)
    if not run.requests:
        seen = f" ({'; '.join(run.notes)})" if run.notes else ""
        raise InputError(f"{path}: {run.problems[0]}{seen}", hint="a comparison needs requests on both sides; look at k6's own log")
    return run


def _head(content: Iterator[bytes]) -> bytes:
    head = b""
    for piece in content:
        head += piece
        if len(head) >= 1 << 16:
            break
    return head


def _document(path: Path, head: bytes, rest: Iterator[bytes], *, side: Side, round: int | None, scenario: str, id: str | None) -> Run:
    from perfagent import documents  # pydantic costs a tenth of a second, which k6's own files need not pay

    run = documents.from_json(Run, b"".join([head, *rest]), name=str(path))
    if not run.requests:
        raise InputError(f"{path}: the run has no request", hint="a comparison needs requests on both sides")
    return replace(
        run,
        side=side,
        round=run.round if round is None else round,
        scenario=scenario or run.scenario,
        id=run.id if id is None else id,
    )
