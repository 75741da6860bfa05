"""What k6's exit codes mean (grafana/k6 errext/exitcodes/codes.go, and what was seen of 0.57, 1.1 and 2.2)."""

from __future__ import annotations

import signal

THRESHOLDS_CROSSED = 99
"""Not an error here: the gate has limits of its own, and reports this one as a note."""

_MEANINGS = {
    97: "the cloud run failed or was aborted",
    98: "the progress of the cloud run could not be read",
    99: "thresholds were crossed",
    100: "setup() took longer than its limit",
    101: "teardown() took longer than its limit",
    102: "a time limit was reached",
    103: "the run was stopped through k6's REST API",
    104: "the options are invalid",
    105: "the run was aborted by a signal",
    106: "k6's REST API could not be bound to its address",
    107: "script exception",
    108: "the script aborted the test (exec.test.abort)",
    109: "k6 itself crashed (Go panic)",
    110: "the script failed the test (exec.test.fail)",
    255: "k6 could not start the run",
}


def meaning(code: int) -> str:
    """In words; a negative code is the signal that killed k6, as Python tells it."""
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"killed by {name}{', perhaps for lack of memory' if name == 'SIGKILL' else ''}"
    return f"{_MEANINGS.get(code, 'an unknown failure')}, exit code {code}"
