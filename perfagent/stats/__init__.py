"""The verdict: from runs to a comparison. No I/O, no clock, no vendor."""
