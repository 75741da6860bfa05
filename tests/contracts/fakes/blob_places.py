"""Stores over the fakes of S3 and Azure Blob, through the vendors' own clients."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from perfagent.adapters.stores import azblob, s3
from perfagent.adapters.stores.blob_store import BlobStore
from tests.contracts.fakes.azure_blob import FakeAzureBlob
from tests.contracts.fakes.s3 import FakeS3

Open = Callable[[], BlobStore]


def _at_once(_seconds: float) -> None:
    """Instead of a pause between two attempts."""


@contextmanager
def s3_store(prefix: str = "team/perf", bucket: str = "bucket") -> Iterator[tuple[FakeS3, Open]]:
    pytest.importorskip("boto3", reason="boto3 is not installed (extra `aws`)")

    fake = FakeS3()
    client = s3.client(endpoint_url=fake.url, region_name="eu-central-1", aws_access_key_id="id", aws_secret_access_key="key")
    try:
        yield fake, lambda: BlobStore(s3.S3Blobs(client, bucket, prefix), sleep=_at_once)
    finally:
        client.close()
        fake.close()
    assert fake.violations == []


@contextmanager
def azure_store(prefix: str = "team/perf", container: str = "box") -> Iterator[tuple[FakeAzureBlob, Open]]:
    pytest.importorskip("azure.storage.blob", reason="azure-storage-blob is not installed (extra `azure`)")
    fake = FakeAzureBlob()
    client = azblob.client(container, {"AZURE_STORAGE_CONNECTION_STRING": fake.connection_string})
    try:
        yield fake, lambda: BlobStore(azblob.AzureBlobs(client, prefix), sleep=_at_once)
    finally:
        client.close()
        fake.close()
    assert fake.violations == []
