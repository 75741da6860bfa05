"""What a reader met beside good points: counted while reading, told in words at the end. Nothing is dropped silently."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from perfagent.ingest.names import OTHER

NAMES_SHOWN = 5
_NAMES_KEPT = 200
_SHOWN_BYTES = 80
_NAME_THEM = "to name them yourself set tags: {name: '...'} on the request, or use http.url`...`"


@dataclass(slots=True)
class Odd:
    """Counts of the odd. `other_metrics` and `other_types` keep at most 200 names."""

    text_lines: int = 0
    malformed: int = 0
    first_malformed: bytes = b""
    cut_off: bool = False
    not_numbers: int = 0
    negative: int = 0
    too_long: int = 0
    before_start: int = 0
    clock_back: int = 0
    warmup_requests: int = 0
    http_reqs: int = 0
    http_durations: int = 0
    requests: int = 0
    other_metrics: Counter[str] = field(default_factory=Counter)
    other_types: Counter[str] = field(default_factory=Counter)
    remarks: list[str] = field(default_factory=list)

    def malformed_line(self, line: bytes) -> None:
        self.malformed += 1
        if not self.first_malformed:
            self.first_malformed = line[:_SHOWN_BYTES]

    def metric(self, name: str, points: int = 1) -> None:
        self.other_metrics[name if name in self.other_metrics or len(self.other_metrics) < _NAMES_KEPT else "..."] += points

    def type(self, name: str) -> None:
        self.other_types[name if name in self.other_types or len(self.other_types) < _NAMES_KEPT else "..."] += 1


def notes(
    odd: Odd, *, grouped: set[str], overflow: Counter[str], kept: int, cells_full: bool, without_side: int, warmup: float
) -> tuple[str, ...]:
    """Sentences for `Run.notes`, the ones that may change a conclusion first."""
    first = odd.first_malformed.decode("utf-8", "backslashreplace")
    told = (
        (odd.malformed, f"{_many(odd.malformed, 'malformed line')} left out; the first begins {first!r}"),
        (odd.cut_off, "the last line is cut off and was left out"),
        (odd.not_numbers, f"{_many(odd.not_numbers, 'value')} not a number, left out"),
        (odd.negative, f"{_many(odd.negative, 'negative value')} left out"),
        (odd.too_long, f"{_many(odd.too_long, 'value')} above 17,592 s left out"),
        (odd.clock_back, f"the clock jumped back {_many(odd.clock_back, 'time')}; time cells overlap there"),
        (odd.before_start, f"{_many(odd.before_start, 'point')} dated before the start, counted at the time last seen"),
        (
            odd.http_reqs not in (0, odd.http_durations) and not odd.cut_off,
            f"{odd.http_reqs} points of http_reqs but {odd.http_durations} of http_req_duration: the output is not complete",
        ),
        (without_side, f"{_many(without_side, 'request')} without the wanted tag `side` left out"),
        (cells_full, "too many time cells: later requests count in the totals only"),
        (
            overflow,
            f"more than {kept} endpoints: {_many(len(overflow), 'further name')} ({_names(overflow)}) put in `{OTHER}`; {_NAME_THEM}",
        ),
        (
            grouped,
            f"requests without a name were grouped by path into {_many(len(grouped), 'endpoint')} ({_names(grouped)}); {_NAME_THEM}",
        ),
        (odd.warmup_requests, f"{_many(odd.warmup_requests, 'request')} in the warm-up of {warmup:g} s left out"),
        (odd.text_lines, f"{_many(odd.text_lines, 'line')} of text between the points passed over"),
        (odd.other_types, f"{_counted(odd.other_types)} of an unknown type passed over"),
        (odd.other_metrics, f"{_counted(odd.other_metrics)} of metrics that are not compared"),
    )
    return (*(text for happened, text in told if happened), *odd.remarks)


def _many(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _names(names: set[str] | Mapping[str, int]) -> str:
    shown = ", ".join(sorted(names)[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown}, ..."


def _counted(counts: Counter[str]) -> str:
    return f"{_many(counts.total(), 'point')} ({_names(counts)})"
