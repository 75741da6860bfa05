from __future__ import annotations

import pytest

from perfagent.adapters.code_hosts.once import write_once
from perfagent.adapters.http import HttpError

LOST = HttpError("lost", maybe_applied=True)


class Service:
    """Writes are applied or not, and their answers arrive or not, as the script says."""

    def __init__(self, *script: tuple[bool, Exception | None]) -> None:
        self.script = list(script)
        self.written: list[int] = []

    def write(self) -> int:
        applied, error = self.script.pop(0)
        if applied:
            self.written.append(len(self.written) + 1)
        if error is not None:
            raise error
        return self.written[-1]

    def already(self) -> int | None:
        return self.written[-1] if self.written else None


@pytest.mark.parametrize(
    "script",
    [
        [(True, None)],
        [(True, LOST)],
        [(False, LOST), (True, None)],
        [(False, LOST), (True, LOST)],
    ],
)
def test_it_is_written_exactly_once(script: list[tuple[bool, Exception | None]]) -> None:
    service = Service(*script)
    assert write_once(service.write, already=service.already) == 1
    assert service.written == [1]


def test_a_refusal_is_not_repeated_and_two_losses_are_given_up() -> None:
    refused = Service((False, HttpError("no", status=403)))
    with pytest.raises(HttpError, match="no"):
        write_once(refused.write, already=refused.already)
    lost = Service((False, LOST), (False, LOST))
    with pytest.raises(HttpError, match="lost"):
        write_once(lost.write, already=lost.already)
    assert lost.script == []
