"""A baseline store in Azure Blob Storage.

The account comes from the variables that Azure's own tools read: `AZURE_STORAGE_CONNECTION_STRING`; or `AZURE_STORAGE_ACCOUNT` with
`AZURE_STORAGE_KEY` or `AZURE_STORAGE_SAS_TOKEN`; or the account alone and the job's own identity (workload identity, OIDC, `az login`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import Any, TypeVar

from perfagent.adapters.stores.blob_store import BlobStore
from perfagent.adapters.stores.blobs import Blob, ConflictError
from perfagent.errors import ConfigurationError, UnavailableError

T = TypeVar("T")

_TIMES: dict[str, Any] = {"connection_timeout": 6, "read_timeout": 30, "retry_total": 3}  # seconds and attempts
_HINTS = {
    "ContainerNotFound": "create the container, or correct baseline.store",
    "AuthorizationPermissionMismatch": "the identity needs the role Storage Blob Data Contributor on the container",
    "AuthorizationFailure": "the identity needs the role Storage Blob Data Contributor on the container, and the network must be allowed",
    "AuthenticationFailed": "check AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN, and this machine's clock",
}


class AzureBlobStore(BlobStore):
    """`address` is CONTAINER/PREFIX."""

    def __init__(self, address: str, environ: Mapping[str, str]) -> None:
        container, _, prefix = address.partition("/")
        super().__init__(AzureBlobs(client(container, environ), prefix))


def client(container: str, environ: Mapping[str, str]) -> Any:
    """Raises ConfigurationError where no account is named or the packages are not installed."""
    try:
        from azure.storage.blob import ContainerClient
    except ImportError as error:
        raise ConfigurationError(
            "a baseline store in Azure needs azure-storage-blob and azure-identity", hint="pip install 'perfagent[azure]'"
        ) from error
    connection, account = environ.get("AZURE_STORAGE_CONNECTION_STRING", ""), environ.get("AZURE_STORAGE_ACCOUNT", "")
    try:
        if connection:
            return ContainerClient.from_connection_string(connection, container, **_TIMES)
        if account:
            url = f"https://{account}.blob.core.windows.net"
            return ContainerClient(url, container, credential=_credential(environ), **_TIMES)
    except ValueError as error:
        raise ConfigurationError("baseline.store: AZURE_STORAGE_CONNECTION_STRING is no connection string of a storage account") from error
    raise ConfigurationError(
        "baseline.store: no storage account is named", hint="set AZURE_STORAGE_ACCOUNT, or AZURE_STORAGE_CONNECTION_STRING"
    )


def _credential(environ: Mapping[str, str]) -> Any:
    key = environ.get("AZURE_STORAGE_KEY") or environ.get("AZURE_STORAGE_SAS_TOKEN")
    if key:
        return key
    from azure.identity import DefaultAzureCredential

    return DefaultAzureCredential()


class AzureBlobs:
    def __init__(self, container: Any, prefix: str = "") -> None:
        self._container = container
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.where = f"azblob://{container.container_name}/{self._prefix}".rstrip("/")

    def get(self, name: str) -> Blob | None:
        def read() -> Blob:
            stream = self._container.download_blob(self._prefix + name)
            return Blob(data=stream.readall(), version=stream.properties.etag)

        try:
            return self._try(f"read {name}", read)
        except KeyError:
            return None

    def put(self, name: str, data: bytes) -> None:
        self._try(f"write {name}", lambda: self._container.upload_blob(self._prefix + name, data, overwrite=True))

    def swap(self, name: str, data: bytes, *, expected: str | None) -> None:
        from azure.core import MatchConditions

        condition: dict[str, Any] = {"overwrite": False}
        if expected is not None:
            condition = {"overwrite": True, "etag": expected, "match_condition": MatchConditions.IfNotModified}
        try:
            self._try(f"write {name}", lambda: self._container.upload_blob(self._prefix + name, data, **condition))
        except KeyError as error:  # what should have been replaced is gone
            raise ConflictError(name) from error

    def names(self, prefix: str) -> Iterator[str]:
        found = self._try(f"list {prefix}", lambda: list(self._container.list_blob_names(name_starts_with=self._prefix + prefix)))
        yield from (name.removeprefix(self._prefix) for name in found)

    def delete(self, names: Sequence[str]) -> None:
        for name in names:
            try:
                self._try(f"delete {name}", partial(self._container.delete_blob, self._prefix + name))
            except KeyError:
                continue

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _try(self, what: str, call: Callable[[], T]) -> T:
        """Raises KeyError for a blob that is not there, ConflictError for a condition that does not hold, else UnavailableError."""
        from azure.core.exceptions import AzureError, HttpResponseError

        try:
            return call()
        except HttpResponseError as error:
            said = getattr(error, "error_code", None) or error.status_code or ""
            code = str(getattr(said, "value", said))
            if error.status_code == 404 and code != "ContainerNotFound":
                raise KeyError(what) from error
            if error.status_code in (409, 412) and code in ("BlobAlreadyExists", "ConditionNotMet", "409", "412"):
                raise ConflictError(what) from error
            raise self._refused(what, code, error.reason or "") from error
        except AzureError as error:
            raise self._refused(what, type(error).__name__, str(error.message).splitlines()[0] if error.message else "") from error

    def _refused(self, what: str, code: str, message: str) -> UnavailableError:
        hint = _HINTS.get(code, "check the AZURE_* variables of this job, its network, and baseline.store")
        return UnavailableError(f"the baseline store {self.where}: cannot {what}: {code} {message}".rstrip(), hint=hint)
