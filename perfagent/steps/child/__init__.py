"""Child processes that cannot outlive perfagent: k6 and the targets it starts itself."""

from perfagent.steps.child.child import Child, start
from perfagent.steps.child.environment import explicit

__all__ = ["Child", "explicit", "start"]
