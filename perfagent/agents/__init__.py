"""The analysts: from evidence to a diagnosis that can be checked."""
