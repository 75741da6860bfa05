"""A file of measurements, opened: what it is by its content (a suffix may lie), and its bytes piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path
from typing import Any, Literal

from perfagent.errors import InputError

_zlib: Any
try:
    from isal import isal_zlib as _zlib  # 5 to 7 times the speed of zlib
except ImportError:
    _zlib = zlib

Kind = Literal["json", "csv", "run"]
_PIECE = 1 << 21
_PACKED_PIECE = 1 << 17
_HEAD = 1 << 16
_WANTED = "k6's raw output (--out json=FILE or --out csv=FILE, plain or .gz) or a run.json of perfagent"


def pieces(path: Path, note: Callable[[str], None]) -> Iterator[bytes]:
    """The content, unpacked. A gzip stream that breaks off or is damaged gives what was readable, and a note. Raises InputError."""
    try:
        with path.open("rb", buffering=0) as file:
            packed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            yield from _unpacked(file, note) if packed else _plain(file)
    except IsADirectoryError as error:
        raise InputError(f"{path} is a folder", hint=f"name the files in it; each must be {_WANTED}") from error
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error


def _plain(file: FileIO) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        yield piece


def _unpacked(file: FileIO, note: Callable[[str], None]) -> Iterator[bytes]:
    packed, total = b"", 0
    member: Any = None
    while packed or (packed := file.read(_PACKED_PIECE)):
        if member is None:
            if total and not packed.startswith(b"\x1f"):  # what follows a complete stream is padding, or not ours
                note(f"bytes after the end of the gzip stream were passed over ({total:,} bytes read before them)")
                return
            member = _zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(packed, _PIECE)
        except _zlib.error as error:
            note(f"the gzip stream is damaged after {total:,} bytes of content ({error}); what follows is lost")
            return
        total += len(piece)
        if piece:
            yield piece
        packed = member.unconsumed_tail
        if member.eof:
            packed, member = member.unused_data, None
    if member is not None:
        rest = member.flush()
        if rest:
            yield rest
        note(f"the gzip stream breaks off after {total + len(rest):,} bytes of content; what follows is lost")


def kind_of(path: Path, head: bytes) -> Kind:
    """Told by the first bytes of the content. Raises InputError naming what was found."""
    if not head.strip():
        raise InputError(f"{path} is empty", hint=f"expected {_WANTED}; did k6 end before its first request?")
    lines = [line for line in head[:_HEAD].removeprefix(b"\xef\xbb\xbf").splitlines() if line.strip()]
    if any(line.startswith((b'{"metric":', b'{"type":')) or (line.startswith(b"{") and b'"Point"' in line) for line in lines):
        return "json"
    first = lines[0].strip()
    if b"metric_name" in first and b"metric_value" in first:
        return "csv"
    if first.startswith(b"{") and b'"metrics"' in head and (b'"root_group"' in head or b'"results"' in head):
        found = "k6's end-of-test summary, which has no single requests"
    elif (first.startswith(b"{") and b'"endpoints"' in head) or b'"schema_version"' in head:
        return "run"
    else:
        found = repr(first[:60].decode("utf-8", "backslashreplace"))
    raise InputError(f"{path} is not a k6 output: it begins with {found}", hint=f"expected {_WANTED}")
