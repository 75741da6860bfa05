"""Metrics and logs of the system under test."""
