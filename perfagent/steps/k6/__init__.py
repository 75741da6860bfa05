"""k6 as a measuring instrument: found, given the user's unchanged script, watched, and judged when it has ended."""

from perfagent.steps.k6.binary import K6Binary, find_k6
from perfagent.steps.k6.duet import DuetWay, execute_duet
from perfagent.steps.k6.execution import execute
from perfagent.steps.k6.request import K6Execution, K6Progress, K6Request

__all__ = ["DuetWay", "K6Binary", "K6Execution", "K6Progress", "K6Request", "execute", "execute_duet", "find_k6"]
