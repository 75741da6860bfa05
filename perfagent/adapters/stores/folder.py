"""A baseline store in a folder: what CI keeps as a cache or an artifact."""

from __future__ import annotations

import fcntl
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from perfagent.adapters.stores.blob_store import BlobStore
from perfagent.adapters.stores.blobs import Blob, ConflictError
from perfagent.adapters.stores.catalogue import digest
from perfagent.errors import UnavailableError

_LOCK = ".lock"
_LOCK_TIMEOUT = 120.0  # seconds; a writer needs far less than one, and a lock ends with its process


class FolderStore(BlobStore):
    def __init__(self, path: Path, _environ: Mapping[str, str] | None = None) -> None:
        super().__init__(FolderBlobs(path))


class FolderBlobs:
    """Written to a temporary file, flushed to the disk, then renamed. Writers take turns by a lock on a file in the folder."""

    def __init__(self, folder: Path, *, lock_timeout: float = _LOCK_TIMEOUT) -> None:
        self.where = str(folder)
        self._folder = folder
        self._lock_timeout = lock_timeout
        self._turn = threading.RLock()  # threads of this process; the file's lock is for other processes
        self._depth = 0

    def get(self, name: str) -> Blob | None:
        try:
            data = (self._folder / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            self._check_is_folder()
            return None
        except OSError as error:
            raise self._refused("read", name, error) from error
        return Blob(data=data, version=digest(data))

    def put(self, name: str, data: bytes) -> None:
        path = self._folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, data)
        except OSError as error:
            raise self._refused("write", name, error) from error

    def swap(self, name: str, data: bytes, *, expected: str | None) -> None:
        with self.alone():
            there = self.get(name)
            if (there.version if there else None) != expected:
                raise ConflictError(name)
            self.put(name, data)

    def names(self, prefix: str) -> Iterator[str]:
        below, _, start = prefix.rpartition("/")
        try:
            found = [entry.name for entry in os.scandir(self._folder / below) if entry.is_file()]
        except (FileNotFoundError, NotADirectoryError):
            return
        except OSError as error:
            raise self._refused("list", prefix, error) from error
        yield from (f"{below}/{name}" if below else name for name in found if name.startswith(start) and not name.startswith("."))

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError as error:
                raise self._refused("delete", name, error) from error

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._turn:
            self._depth += 1
            try:
                if self._depth > 1:
                    yield
                    return
                handle = self._open_lock()
                try:
                    self._wait_for(handle)
                    yield
                finally:
                    os.close(handle)  # frees the lock
            finally:
                self._depth -= 1

    def _check_is_folder(self) -> None:
        if self._folder.exists() and not self._folder.is_dir():
            raise UnavailableError(f"the baseline store {self.where} is not a folder", hint="point baseline.store elsewhere")

    def _open_lock(self) -> int:
        self._check_is_folder()
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            return os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise self._refused("lock", _LOCK, error) from error

    def _wait_for(self, handle: int) -> None:
        end = time.monotonic() + self._lock_timeout
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= end:
                    raise UnavailableError(
                        f"the baseline store {self.where} stayed locked by another process for {self._lock_timeout:g} s",
                        hint=f"look for a perfagent that hangs; the lock on {self._folder / _LOCK} ends with it",
                    ) from None
                time.sleep(0.02)
            except OSError as error:
                raise self._refused("lock", _LOCK, error) from error

    def _refused(self, what: str, name: str, error: OSError) -> UnavailableError:
        return UnavailableError(
            f"the baseline store {self.where}: cannot {what} {name}: {error.strerror or error}",
            hint="check its permissions and the free space, or point baseline.store elsewhere",
        )


def _write(path: Path, data: bytes) -> None:
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
    _flush(path.parent)


def _flush(folder: Path) -> None:
    """A rename is on the disk once its folder is."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
