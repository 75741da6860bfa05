"""One file per vendor, each behind a port."""
