"""perfagent: measure a change under load, decide by statistics, explain with evidence.

The library is the verdict without the pipeline: `Run`, `Gate`, `compare`, `read_k6`. Names are imported when first used,
so that `perfagent --help` costs no more than a bare interpreter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perfagent.ingest.k6 import read_k6 as read_k6
    from perfagent.model.comparison import Comparison as Comparison
    from perfagent.model.run import Run as Run
    from perfagent.stats.gate import Gate as Gate
    from perfagent.stats.gate import compare as compare

__version__ = "0.1.0"
__all__ = ["Comparison", "Gate", "Run", "__version__", "compare", "read_k6"]

_HOMES = {
    "Comparison": "perfagent.model.comparison",
    "Gate": "perfagent.stats.gate",
    "Run": "perfagent.model.run",
    "compare": "perfagent.stats.gate",
    "read_k6": "perfagent.ingest.k6",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'perfagent' has no attribute {name!r}")
