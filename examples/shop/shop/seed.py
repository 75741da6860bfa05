"""Makes the data: the same rows for the same schema and seed, built once into a template and copied for each start."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import sqlite3
import tempfile
from datetime import date, timedelta
from pathlib import Path

from shop.settings import ROOT

SEED = 20240229
CATEGORIES = ("books", "games", "garden", "kitchen", "music", "outdoor", "tools", "toys")
PRODUCTS = 8_000
REVIEWS = 24_000
CARTS = 400
LINES_PER_CART = (8, 14)  # of a household; every sixth cart is a school's or an office's
LINES_PER_LARGE_CART = (40, 48)
CUSTOMERS = 2_000
ORDERS = 6_000
ADJECTIVES = (
    "small", "large", "quiet", "bright", "sturdy", "light", "folding", "warm", "round", "classic", "modern", "plain",
    "heavy", "narrow", "wide", "soft", "striped", "wooden", "steel", "handmade", "rustic", "portable", "waterproof", "slim",
)  # fmt: skip
NOUNS = (
    "lamp", "chair", "kettle", "puzzle", "guitar", "rake", "tent", "hammer", "robot", "novel",
    "pan", "drum", "rope", "bench", "clock", "mug", "kite", "saw", "stove", "atlas",
    "shelf", "basket", "flute", "spade", "stool", "lantern", "pillow", "vase", "ladder", "globe",
    "teapot", "apron", "easel", "swing", "bucket", "whistle", "compass", "blanket", "mirror", "bell",
)  # fmt: skip


def prepare(folder: Path) -> Path:
    """A fresh database file for one process, copied from the template (made here when schema or seed are new)."""
    schema = (ROOT / "schema.sql").read_text(encoding="utf-8")
    recipe = hashlib.sha256((schema + Path(__file__).read_text(encoding="utf-8")).encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    template = folder / f"template-{recipe}.db"
    if not template.exists():
        _build(template, schema)
    handle, name = tempfile.mkstemp(dir=folder, prefix="shop-", suffix=".db")
    os.close(handle)
    shutil.copyfile(template, name)
    return Path(name)


def discard(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def _build(template: Path, schema: str) -> None:
    handle, name = tempfile.mkstemp(dir=template.parent, prefix="template-", suffix=".part")
    os.close(handle)
    connection = sqlite3.connect(name, isolation_level=None)
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.executescript(schema)
    connection.execute("BEGIN")
    rng = random.Random(SEED)
    _catalogue(connection, rng)
    _carts(connection, rng)
    _orders(connection, rng)
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    Path(name).replace(template)


def _catalogue(connection: sqlite3.Connection, rng: random.Random) -> None:
    connection.executemany("INSERT INTO categories VALUES (?, ?, ?)", ((i + 1, slug, slug.title()) for i, slug in enumerate(CATEGORIES)))
    products, terms = [], []
    for product_id in range(1, PRODUCTS + 1):
        adjective, noun = rng.choice(ADJECTIVES), rng.choice(NOUNS)
        category = rng.randrange(len(CATEGORIES))
        slug = CATEGORIES[category]
        name = f"{adjective} {noun} {product_id}"
        description = f"A {adjective} {noun} for {slug}. " * 4
        popularity = rng.randrange(100_000)
        products.append((product_id, category + 1, name, description, rng.randrange(199, 39_900), 1_000_000, popularity))
        words = (adjective, noun, f"{noun}s", f"{adjective}-{noun}", slug, f"{slug}-{noun}")
        terms += [(word, product_id, popularity) for word in words]
    connection.executemany("INSERT INTO products VALUES (?, ?, ?, ?, ?, ?, ?)", products)
    connection.executemany("INSERT INTO search_terms (term, product_id, weight) VALUES (?, ?, ?)", terms)
    reviews = ((i, rng.randrange(PRODUCTS) + 1, rng.randrange(1, 6), "Does what it says.") for i in range(1, REVIEWS + 1))
    connection.executemany("INSERT INTO reviews VALUES (?, ?, ?, ?)", reviews)


def _carts(connection: sqlite3.Connection, rng: random.Random) -> None:
    connection.executemany("INSERT INTO carts VALUES (?, ?)", ((i, rng.randrange(CUSTOMERS) + 1) for i in range(1, CARTS + 1)))
    for cart_id in range(1, CARTS + 1):
        lines = rng.randint(*(LINES_PER_LARGE_CART if cart_id % 6 == 0 else LINES_PER_CART))
        chosen = rng.sample(range(1, PRODUCTS + 1), lines)
        connection.executemany("INSERT INTO cart_lines VALUES (?, ?, ?)", [(cart_id, p, rng.randrange(1, 4)) for p in chosen])


def _orders(connection: sqlite3.Connection, rng: random.Random) -> None:
    orders, lines = [], []
    first = date(2024, 1, 1)
    for order_id in range(1, ORDERS + 1):
        # A few products sell most, as in any shop: squaring pulls the draw to the low numbers.
        chosen = {int(rng.random() ** 2 * PRODUCTS) + 1 for _ in range(4)}
        prices = {product: rng.randrange(199, 39_900) for product in chosen}
        placed = first + timedelta(days=order_id * 360 // ORDERS)
        orders.append((order_id, rng.randrange(CUSTOMERS) + 1, placed.isoformat(), sum(prices.values())))
        lines += [(order_id, product, 1, price) for product, price in prices.items()]
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?)", orders)
    connection.executemany("INSERT INTO order_lines VALUES (?, ?, ?, ?)", lines)
