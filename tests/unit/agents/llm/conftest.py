# ruff: noqa: W293 - an empty line of context in a diff is one blank
"""A slow shop, the change that made it slow, and models that answer from a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from perfagent.model.comparison import Comparison, Row, RowVerdict, Verdict
from perfagent.model.evidence import Evidence
from perfagent.ports.analyst import Case
from perfagent.ports.language_model import Completion, JsonSchema, Message, ModelError, Reason, ToolCall, ToolSpec

CART = """from shop.store import query


def show_cart(cart_id):
    cart = query("SELECT * FROM carts WHERE id = ?", cart_id)
    items = []
    for line in cart.lines:
        items.append(query("SELECT * FROM items WHERE id = ?", line.item_id))
    return items


def total(cart):
    return sum(item.price for item in cart)
"""
DIFF = """diff --git a/shop/cart.py b/shop/cart.py
index 1111111..2222222 100644
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -3,8 +3,9 @@ from shop.store import query
 
 def show_cart(cart_id):
     cart = query("SELECT * FROM carts WHERE id = ?", cart_id)
-    ids = [line.item_id for line in cart.lines]
-    items = query("SELECT * FROM items WHERE id IN (?)", ids)
+    items = []
+    for line in cart.lines:
+        items.append(query("SELECT * FROM items WHERE id = ?", line.item_id))
     return items
 
 
diff --git a/shop/views.py b/shop/views.py
index 3333333..4444444 100644
--- a/shop/views.py
+++ b/shop/views.py
@@ -10,5 +10,5 @@ def routes(app):
     app.get("/cart/:id", show_cart)
     app.get("/products", list_products)
-    app.title = "Shop"
+    app.title = "The Shop"
     app.get("/healthz", health)
 
"""


def row(endpoint: str, baseline: float, candidate: float, metric: str = "p95", verdict: RowVerdict | None = None) -> Row:
    return Row(endpoint=endpoint, metric=metric, baseline=baseline, candidate=candidate, unit="s", row_verdict=verdict)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "shop").mkdir(parents=True)
    (root / "shop/cart.py").write_text(CART)
    return root


@pytest.fixture
def case(repository: Path) -> Case:
    """GET /cart/:id went from 40 ms to 96 ms, and asks the database 12 times instead of 2."""
    comparison = Comparison(
        rows=(
            row("GET /cart/:id", 0.040, 0.096, verdict=RowVerdict.REGRESSION),
            row("GET /products", 0.020, 0.020, verdict=RowVerdict.PASS),
            row("GET /healthz", 0.002, 0.002, verdict=RowVerdict.PASS),
        ),
        verdict=Verdict.REGRESSION,
        reasons=("p95 of GET /cart/:id",),
    )
    evidence = (
        Evidence(
            id="prom:queries", source="prometheus", name="db_queries_per_request", endpoint="GET /cart/:id", baseline=2.0, candidate=12.0
        ),
        Evidence(id="log:1", source="loki", name="app", text="slow query: SELECT * FROM items WHERE id = 7"),
    )
    return Case(comparison=comparison, diff=DIFF, evidence=evidence, repository=repository)


Answer = Mapping[str, Any] | Exception | Callable[..., Any] | Completion


class ScriptedModel:
    """Answers by role, in order; remembers every prompt. A callable gets messages and schema."""

    def __init__(
        self, *, context: int = 8192, calls_tools: bool = False, name: str = "scripted", **answers: Answer | Sequence[Answer]
    ) -> None:
        self.name = name
        self.context = context
        self.calls_tools = calls_tools
        self._answers = {role: list(a) if isinstance(a, (list, tuple)) else [a] for role, a in answers.items()}
        self.asked: list[tuple[str, Sequence[Message]]] = []
        self.timeouts: list[float] = []
        self.closed = False

    @property
    def prompts(self) -> str:
        return "\n".join(m.content for _, messages in self.asked for m in messages)

    @property
    def roles(self) -> list[str]:
        return [role for role, _ in self.asked]

    def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: JsonSchema | None = None,
        tools: Sequence[ToolSpec] = (),
        max_tokens: int = 1024,
        temperature: float = 0.0,
        timeout: float = 120.0,
    ) -> Completion:
        role = role_of(schema)
        self.asked.append((role, tuple(messages)))
        self.timeouts.append(timeout)
        script = self._answers.get(role)
        if not script:
            raise ModelError(Reason.ABSENT, f"no script for {role}")
        answer = script.pop(0) if len(script) > 1 else script[0]
        if callable(answer):
            answer = answer(messages, schema)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        return Completion(text=json.dumps(answer), parsed=answer, prompt_tokens=1000, completion_tokens=100)

    def close(self) -> None:
        self.closed = True


def role_of(schema: JsonSchema | None) -> str:
    if schema is None:
        return "tools"
    keys = set(schema["properties"])
    return next(
        role
        for role, key in (("triage", "cause"), ("code", "suspects"), ("environment", "environment"), ("remedy", "patch"))
        if key in keys
    )


def calls(*asked: tuple[str, Mapping[str, Any]]) -> Completion:
    return Completion(text="", calls=tuple(ToolCall(id=f"c{i}", name=n, arguments=a) for i, (n, a) in enumerate(asked)))


TRIAGE = {
    "cause": "code",
    "confidence": 0.9,
    "reason": "Only the cart is slower, and its query was moved into a loop.",
    "evidence": ["E1", "E2"],
}
SUSPECTS = {
    "suspects": [
        {
            "candidate": "C1",
            "mechanism": "Each line of the cart now asks the database once, 12 queries instead of 2.",
            "evidence": ["E1", "E2"],
        }
    ]
}
REMEDY = {
    "summary": "Fetch all items of the cart with one query.",
    "patch": True,
    "first_line": 6,
    "last_line": 8,
    "replacement": '    ids = [line.item_id for line in cart.lines]\n    items = query("SELECT * FROM items WHERE id IN (?)", ids)',
}
NO_ENVIRONMENT = {"environment": False, "confidence": 0.1, "mechanism": "", "evidence": []}


@pytest.fixture
def good() -> dict[str, Any]:
    """What a good model answers, by role."""
    return {"triage": TRIAGE, "code": SUSPECTS, "remedy": REMEDY, "environment": NO_ENVIRONMENT}
