"""The demo's pull requests. Each is a patch in `patches/`, as a colleague would have mailed it; its message does not give it away."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perfagent.config.suggestions import did_you_mean
from perfagent.errors import ConfigurationError, ExitCode

PATCHES = Path(__file__).parent / "patches"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`file` is where the fault lies and `endpoints` what it slows; both empty for a change that slows nothing.

    `patch` is None where the branch is the base itself.
    """

    name: str
    summary: str
    file: str = ""
    endpoints: tuple[str, ...] = ()

    @property
    def patch(self) -> Path | None:
        return PATCHES / f"{self.name}.patch" if self is not UNCHANGED else None

    @property
    def exit_code(self) -> ExitCode:
        """What the gate should answer."""
        return ExitCode.REGRESSION if self.file else ExitCode.PASS


CHANGES = (
    Change(
        name="query-in-loop",
        summary="the cart asks the database for each of its products",
        file="shop/handlers/cart.py",
        endpoints=("GET /cart/{id}",),
    ),
    Change(
        name="lost-index",
        summary="a new key takes the place of the index that searches used",
        file="schema.sql",
        endpoints=("GET /search",),
    ),
    Change(
        name="blocking-call",
        summary="a slow hash runs in the event loop when an order is placed",
        file="shop/handlers/orders.py",
        endpoints=("POST /orders",),
    ),
    Change(
        name="lost-cache",
        summary="a new parameter costs the recommendations their cache",
        file="shop/handlers/recommendations.py",
        endpoints=("GET /recommendations",),
    ),
    Change(
        name="reduced-pool",
        summary="the connection pool keeps no connection open",
        file="settings.yml",
        endpoints=("GET /products", "GET /products/{id}", "GET /search", "GET /cart/{id}", "POST /orders"),
    ),
    Change(name="innocent", summary="a tidy-up that slows nothing"),
)
"""The first is shown by default."""

UNCHANGED = Change(name="unchanged", summary="nothing: the base against itself")
ALL = (*CHANGES, UNCHANGED)


def find(name: str) -> Change:
    """Raises ConfigurationError that lists what there is."""
    for change in ALL:
        if change.name == name:
            return change
    names = [change.name for change in ALL]
    raise ConfigurationError(
        f"--change: the demo has no change {name!r}{did_you_mean(name, names)}", hint=f"the changes are {', '.join(names)}"
    )
