"""Fingerprints in a raw FAISS file. It is checked before FAISS sees it: FAISS reads what a header says, whatever the file holds."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

from perfagent.stats.fingerprint import DIMENSIONS

_HEADER = struct.Struct("<4siqqqBi")  # fourcc, dimensions, vectors, two unused, trained, metric: faiss/impl/index_write.cpp
_FLAT_L2 = b"IxF2"
_METRIC_L2 = 1


class DamagedIndexError(ValueError):
    """Says what is wrong with the file."""


class Vectors:
    """Vectors by position, from 0 without gaps."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Sequence[Sequence[float]]) -> Vectors:
        import faiss
        import numpy as np

        index = faiss.IndexFlatL2(DIMENSIONS)
        if vectors:
            index.add(np.asarray(vectors, dtype="float32"))
        return cls(index)

    @classmethod
    def from_bytes(cls, data: bytes, *, count: int) -> Vectors:
        """Raises DamagedIndexError unless `data` is a flat index of `count` vectors of our length."""
        import faiss
        import numpy as np

        if len(data) < _HEADER.size + 8:
            raise DamagedIndexError(f"{len(data)} bytes are no index")
        kind, dimensions, vectors, _, _, _, metric = _HEADER.unpack_from(data)
        if kind != _FLAT_L2 or metric != _METRIC_L2 or dimensions != DIMENSIONS:
            raise DamagedIndexError(f"it is no flat index of {DIMENSIONS} dimensions")
        (floats,) = struct.unpack_from("<Q", data, _HEADER.size)
        whole = _HEADER.size + 8 + 4 * DIMENSIONS * vectors
        if vectors < 0 or floats != DIMENSIONS * vectors or len(data) != whole:
            raise DamagedIndexError(f"it has {len(data)} bytes where {vectors} vectors need {whole}")
        if vectors != count:
            raise DamagedIndexError(f"it holds {vectors} vectors for {count} entries")
        return cls(faiss.deserialize_index(np.frombuffer(data, dtype="uint8")))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def to_bytes(self) -> bytes:
        import faiss

        return bytes(faiss.serialize_index(self._index).tobytes())

    def with_added(self, vector: Sequence[float]) -> Vectors:
        import faiss
        import numpy as np

        copy = faiss.clone_index(self._index)
        copy.add(np.asarray([vector], dtype="float32"))
        return Vectors(copy)

    def without(self, positions: Sequence[int]) -> Vectors:
        """Those that stay keep their order, and close the gaps."""
        import faiss
        import numpy as np

        copy = faiss.clone_index(self._index)
        copy.remove_ids(faiss.IDSelectorBatch(np.asarray(positions, dtype="int64")))
        return Vectors(copy)

    def nearest(self, vector: Sequence[float], among: Sequence[int]) -> list[int]:
        """The positions `among` in order of distance; equal distances in order of position, the last added first."""
        if not among:
            return []
        import faiss
        import numpy as np

        search_parameters: Any = faiss.SearchParameters  # its type hints know no keyword
        parameters = search_parameters(sel=faiss.IDSelectorBatch(np.asarray(among, dtype="int64")))
        distances, found = self._index.search(np.asarray([vector], dtype="float32"), len(among), params=parameters)
        pairs = [(float(d), int(p)) for d, p in zip(distances[0], found[0], strict=True) if p >= 0]
        return [position for _, position in sorted(pairs, key=lambda pair: (round(pair[0], 6), -pair[1]))]
