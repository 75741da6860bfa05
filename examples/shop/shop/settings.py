"""Settings from `settings.yml` beside the package."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Times in seconds."""

    folder: Path
    pool_size: int
    max_connections: int
    pool_timeout: float
    cache_ttl: float
    cache_entries: int
    page_size: int
    max_lines: int
    currency: str


def load(path: Path = ROOT / "settings.yml") -> Settings:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    database, cache = document["database"], document["cache"]
    return Settings(
        folder=path.parent / database["folder"],
        pool_size=database["pool_size"],
        max_connections=database["max_connections"],
        pool_timeout=database["pool_timeout"],
        cache_ttl=cache["ttl"],
        cache_entries=cache["max_entries"],
        page_size=document["catalogue"]["page_size"],
        max_lines=document["orders"]["max_lines"],
        currency=document["orders"]["currency"],
    )
