"""The functions of a file, with a grammar and without."""

from __future__ import annotations

import pytest

from perfagent.agents.code import functions as functions_module
from perfagent.agents.code.functions import function_at, functions_in
from perfagent.agents.code.languages import language_of

SOURCES = {
    "a.py": ("class A:\n    @get('/x')\n    async def f(self):\n        return 1\n\ndef h():\n    pass\n", [("f", "A", 2, 4), ("h", "", 6, 7)]),
    "a.ts": (
        "@Controller('x')\nexport class C {\n  @Get(':id')\n  async find(): Promise<X> {\n    return 1;\n  }\n}\nconst h = async (a) => {\n  b\n};\n",
        [("find", "C", 3, 6), ("h", "", 8, 10)],
    ),
    "a.go": ("func (s *Server) Handle(w W) {\n\tx()\n}\nfunc main() {\n\ty()\n}\n", [("Handle", "Server", 1, 3), ("main", "", 4, 6)]),
    "A.java": ("class A {\n  @GetMapping(\"/x\")\n  public List<A> all() {\n    return r.all();\n  }\n}\n", [("all", "A", 2, 5)]),
    "a.rb": ("class OrdersController < A\n  def index\n    @x = 1\n  end\nend\n", [("index", "OrdersController", 2, 4)]),
    "A.cs": ("public class A {\n  public async Task<int> Get(int id) {\n    return 1;\n  }\n}\n", [("Get", "A", 2, 4)]),
    "a.php": ("<?php\nclass A {\n  public function index() {\n    return 1;\n  }\n}\n", [("index", "A", 3, 5)]),
    "a.js": ("exports.show = async (req) => {\n  a();\n};\nfunction z() {\n  b();\n}\n", [("show", "", 1, 3), ("z", "", 4, 6)]),
}  # fmt: skip


@pytest.mark.parametrize("path", SOURCES)
def test_functions_with_a_grammar(path):
    pytest.importorskip("tree_sitter", reason="the code extra is not installed")
    text, expected = SOURCES[path]
    assert [(f.name, f.owner, f.start, f.end) for f in functions_in(text, language_of(path))] == expected


@pytest.mark.parametrize("path", [p for p in SOURCES if p != "a.js"])
def test_functions_without_a_grammar(path, monkeypatch):
    monkeypatch.setattr(functions_module, "_grammar", lambda _: None)
    functions_in.cache_clear()
    text, expected = SOURCES[path]
    found = {f.name for f in functions_in(text, language_of(path))}
    functions_in.cache_clear()
    assert {name for name, _, _, _ in expected} <= found


def test_the_innermost_function_is_found():
    functions = functions_in("def a():\n    def b():\n        x\n    y\n", language_of("a.py"))
    assert function_at(functions, 3).name == "b"
    assert function_at(functions, 4).name == "a"
    assert function_at(functions, 9) is None


def test_broken_source_gives_what_can_be_read():
    assert functions_in("def a(:\n  (((\n\ndef b():\n    pass\n", language_of("a.py")) is not None
