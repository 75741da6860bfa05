"""The analyst that needs no model: ranks changes and names the cause from evidence alone, the same answer every time."""

from perfagent.agents.rules.analyst import RulesAnalyst

__all__ = ["RulesAnalyst"]
