"""The service under test: at a URL, or started here from a checkout and stopped with everything it started."""

from perfagent.steps.targets.running import RunningTarget, running
from perfagent.steps.targets.spec import TargetSpec

__all__ = ["RunningTarget", "TargetSpec", "running"]
