"""k6's raw output kept compressed while it is read. A full disk ends the keeping, never the measurement."""

from __future__ import annotations

import contextlib
from pathlib import Path

from isal import igzip

_LEVEL = 1  # of 0 to 3; 30 times smaller than the text, for about 1 µs a request


class RawFile:
    """`write` from one thread. `lost` says why the file is not there; empty while all is well."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lost = ""
        self._file: igzip.IGzipFile | None = None
        try:
            self._file = igzip.IGzipFile(path, "wb", compresslevel=_LEVEL)  # type: ignore[no-untyped-call]
        except OSError as error:
            self._give_up(error)

    def write(self, data: bytes) -> None:
        if self._file is not None:
            try:
                self._file.write(data)  # type: ignore[no-untyped-call]
            except OSError as error:
                self._give_up(error)

    def close(self) -> Path | None:
        """The file, or None when it could not be kept."""
        if self._file is not None:
            try:
                self._file.close()
            except OSError as error:
                self._give_up(error)
        self._file = None
        return None if self.lost else self.path

    def _give_up(self, error: OSError) -> None:
        self.lost = f"the raw output could not be kept: {error.strerror or error}"
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)  # the space is needed for the documents
