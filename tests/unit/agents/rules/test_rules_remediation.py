"""A hunk taken back as a patch, only where that is safe."""

from __future__ import annotations

import pytest

from perfagent.agents.rules import RulesAnalyst
from perfagent.model.comparison import Comparison, Row
from perfagent.ports.analyst import Case

COMPARISON = Comparison(
    rows=tuple(Row(endpoint=f"GET /{n}", metric="p95", baseline=0.1, candidate=0.1 * r) for n, r in {"cart": 3, "users": 1}.items())
)


def _remedy(path: str, body: str):
    diff = f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n{body}"
    return RulesAnalyst().explain(Case(comparison=COMPARISON, diff=diff)).remediation


CACHE = "@@ -3,4 +3,3 @@ x\n import a\n-@lru_cache\n def cart():\n     return 1\n"


def test_the_hunk_is_reversed():
    remedy = _remedy("shop/cart.py", CACHE)
    assert remedy is not None
    assert remedy.patch == "--- a/shop/cart.py\n+++ b/shop/cart.py\n@@ -3,3 +3,4 @@\n import a\n+@lru_cache\n def cart():\n     return 1\n"


def test_removed_lines_come_before_added_ones():
    body = "@@ -1,2 +1,2 @@\n def cart():\n-    return cache.get('cart')\n+    return slow_cart()\n\\ No newline at end of file\n"
    remedy = _remedy("cart.py", body)
    assert remedy is not None
    assert remedy.patch is not None
    assert remedy.patch.endswith("-    return slow_cart()\n\\ No newline at end of file\n+    return cache.get('cart')\n")


@pytest.mark.parametrize(
    "path",
    ["db/migrations/cart.sql", "../cart.py", "/etc/cart.py", ".perfagent/baseline/cart.py", "cart with blanks.py", 'quo"ted/cart.py'],
)
def test_only_words_where_a_patch_would_not_be_safe(path):
    remedy = _remedy(path, CACHE.replace("@lru_cache", "CREATE INDEX cart ON cart (id); @lru_cache"))
    assert remedy is None or remedy.patch is None
