"""Which CI this is and what it says of the change: pure functions of the environment passed in."""
