"""Agents on a language model: they reorder and word what the rules found, and every claim of theirs is checked by code."""

from perfagent.agents.llm.analyst import LlmAnalyst

__all__ = ["LlmAnalyst"]
