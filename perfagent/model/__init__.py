"""The words perfagent thinks in: frozen values, standard library only, base units (seconds, bytes, fractions)."""
