"""What an adapter needs to know of the model it should open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from perfagent.adapters.network import Network, Pace


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAccess:
    """`model` is a name, a deployment, or a GGUF file seen from `directory`; `context` in tokens; `environ` is read for Entra ID only."""

    provider: str
    model: str
    base_url: str | None = None
    key: str | None = None
    context: int = 16_384
    directory: Path = Path()
    environ: Mapping[str, str] = field(default_factory=dict)
    network: Network = field(default_factory=Network)
    pace: Pace = field(default_factory=Pace)
