"""A baseline store in S3, or in anything that speaks its protocol and honours conditional writes (`AWS_ENDPOINT_URL_S3`).

Credentials are found as every AWS tool finds them: the job's OIDC role, variables, profile, instance.
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

_ABSENT = ("NoSuchKey", "404")
_CONFLICT = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_HINTS = {
    "NoSuchBucket": "create the bucket, or correct baseline.store",
    "AccessDenied": "it needs s3:ListBucket on the bucket and s3:GetObject, s3:PutObject and s3:DeleteObject on the prefix",
    "ExpiredToken": "the job's credentials have expired: ask for them later in the job, or for longer",
    "NotImplemented": "this service does not know conditional writes, without which runs could be lost; use another one",
}
_MOST_DELETED = 1000  # keys in one DeleteObjects request


class S3Store(BlobStore):
    """`address` is BUCKET/PREFIX."""

    def __init__(self, address: str, _environ: Mapping[str, str]) -> None:
        bucket, _, prefix = address.partition("/")
        super().__init__(S3Blobs(client(), bucket, prefix))


def client(**changes: Any) -> Any:
    """Raises ConfigurationError where boto3 is not installed."""
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise ConfigurationError("a baseline store in S3 needs boto3", hint="pip install 'perfagent[aws]'") from error
    config = Config(
        connect_timeout=6,
        read_timeout=30,
        retries={"mode": "standard", "total_max_attempts": 4},
        request_checksum_calculation="when_required",  # services that only resemble S3 refuse the checksums that AWS adds by default
        user_agent_extra="perfagent",
    )
    try:
        return boto3.client("s3", config=config, **changes)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"baseline.store: S3 cannot be set up: {error}", hint="check the AWS_* variables of this job") from error


class S3Blobs:
    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""
        self.where = f"s3://{bucket}/{self._prefix}".rstrip("/")

    def get(self, name: str) -> Blob | None:
        def read() -> Blob:
            answer = self._client.get_object(Bucket=self._bucket, Key=self._prefix + name)
            return Blob(data=answer["Body"].read(), version=answer["ETag"])

        try:
            return self._try(f"read {name}", read)
        except KeyError:
            return None

    def put(self, name: str, data: bytes) -> None:
        self._try(f"write {name}", lambda: self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data))

    def swap(self, name: str, data: bytes, *, expected: str | None) -> None:
        condition = {"IfNoneMatch": "*"} if expected is None else {"IfMatch": expected}
        try:
            self._try(
                f"write {name}", lambda: self._client.put_object(Bucket=self._bucket, Key=self._prefix + name, Body=data, **condition)
            )
        except KeyError as error:  # what should have been replaced is gone
            raise ConflictError(name) from error

    def names(self, prefix: str) -> Iterator[str]:
        def listed() -> list[str]:
            pages = self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix + prefix)
            return [item["Key"].removeprefix(self._prefix) for page in pages for item in page.get("Contents", ())]

        yield from self._try(f"list {prefix}", listed)

    def delete(self, names: Sequence[str]) -> None:
        for start in range(0, len(names), _MOST_DELETED):
            keys = [{"Key": self._prefix + name} for name in names[start : start + _MOST_DELETED]]
            wanted = {"Objects": keys, "Quiet": True}
            answer = self._try("delete", partial(self._client.delete_objects, Bucket=self._bucket, Delete=wanted))
            for refused in answer.get("Errors", ()):
                raise self._refused(f"delete {refused.get('Key')}", refused.get("Code", ""), refused.get("Message", ""))

    def alone(self) -> AbstractContextManager[None]:
        return nullcontext()

    def _try(self, what: str, call: Callable[[], T]) -> T:
        """Raises KeyError for an object that is not there, ConflictError for a condition that does not hold, else UnavailableError."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return call()
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _ABSENT:
                raise KeyError(what) from error
            if code in _CONFLICT:
                raise ConflictError(what) from error
            raise self._refused(what, code, str(error.response.get("Error", {}).get("Message", ""))) from error
        except BotoCoreError as error:
            raise self._refused(what, type(error).__name__, str(error)) from error

    def _refused(self, what: str, code: str, message: str) -> UnavailableError:
        hint = _HINTS.get(code, "check the AWS_* variables of this job, its network, and baseline.store")
        return UnavailableError(f"the baseline store {self.where}: cannot {what}: {code} {message}".rstrip(), hint=hint)
