"""A small shop: a catalogue, a search, carts, orders and recommendations over SQLite."""
