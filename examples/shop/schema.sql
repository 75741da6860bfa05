CREATE TABLE categories (
  id   INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL
);

CREATE TABLE products (
  id          INTEGER PRIMARY KEY,
  category_id INTEGER NOT NULL REFERENCES categories (id),
  name        TEXT NOT NULL,
  description TEXT NOT NULL,
  price_cents INTEGER NOT NULL,
  stock       INTEGER NOT NULL,
  popularity  INTEGER NOT NULL
);
CREATE INDEX products_by_category ON products (category_id, popularity DESC);

CREATE TABLE reviews (
  id         INTEGER PRIMARY KEY,
  product_id INTEGER NOT NULL REFERENCES products (id),
  rating     INTEGER NOT NULL,
  body       TEXT NOT NULL
);
CREATE INDEX reviews_by_product ON reviews (product_id);

CREATE TABLE search_terms (
  term       TEXT NOT NULL,
  product_id INTEGER NOT NULL REFERENCES products (id),
  weight     INTEGER NOT NULL
);
CREATE INDEX search_terms_by_term ON search_terms (term, weight DESC);

CREATE TABLE carts (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL
);

CREATE TABLE cart_lines (
  cart_id    INTEGER NOT NULL REFERENCES carts (id),
  product_id INTEGER NOT NULL REFERENCES products (id),
  quantity   INTEGER NOT NULL,
  PRIMARY KEY (cart_id, product_id)
) WITHOUT ROWID;

CREATE TABLE orders (
  id          INTEGER PRIMARY KEY,
  customer_id INTEGER NOT NULL,
  placed_on   TEXT NOT NULL,
  total_cents INTEGER NOT NULL
);
CREATE INDEX orders_by_customer ON orders (customer_id);

CREATE TABLE order_lines (
  order_id    INTEGER NOT NULL REFERENCES orders (id),
  product_id  INTEGER NOT NULL REFERENCES products (id),
  quantity    INTEGER NOT NULL,
  price_cents INTEGER NOT NULL,
  PRIMARY KEY (order_id, product_id)
) WITHOUT ROWID;
CREATE INDEX order_lines_by_product ON order_lines (product_id);
