"""Baseline stores, by the scheme of their address. Each is loaded when it is configured."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from perfagent.errors import ConfigurationError

if TYPE_CHECKING:
    from perfagent.adapters.stores.blob_store import BlobStore

STORES = {
    "": "perfagent.adapters.stores.folder:FolderStore",
    "s3": "perfagent.adapters.stores.s3:S3Store",
    "azblob": "perfagent.adapters.stores.azblob:AzureBlobStore",
}
"""A scheme (`s3` of `s3://BUCKET/PREFIX`; empty for a folder) and the class that is opened with the address behind it."""


def open_store(address: str, *, directory: Path, environ: Mapping[str, str]) -> BlobStore:
    """`environ` may hold credentials; a relative folder is below `directory`. Opening asks nothing of a network.

    Raises ConfigurationError for an unknown scheme, and for a store whose packages or account are missing.
    """
    scheme, separator, rest = address.partition("://")
    name = scheme if separator else ""
    if name not in STORES:
        known = ", ".join(f"{s}://" if s else "a folder" for s in STORES)
        raise ConfigurationError(f"baseline.store: {address!r} is no store that is known here", hint=f"known: {known}")
    module, _, kind = STORES[name].partition(":")
    store: BlobStore = getattr(import_module(module), kind)(rest if name else directory / address, environ)
    return store
