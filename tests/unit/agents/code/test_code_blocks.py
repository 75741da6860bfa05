"""Loops and async functions are found by indentation, in every language."""

from __future__ import annotations

import pytest

from perfagent.agents.code.blocks import in_async_function, loops_around

LOOPS = [
    "for x in y:", "for (const a of b) {", "xs.forEach((x) => {", "await Promise.all(ids.map(async (id) => {", "items.each do |item|",
    "items.map { |i|", "for _, v := range xs {", "foreach ($a as $b) {", "foreach (var x in y) {", "for (Foo f : foos) {", "while (true) {",
    "orders.stream().map(o -> {", "xs.Select(x => new A {", "array_map(function ($x) {", "users.find_each do |u|",
]  # fmt: skip
NO_LOOPS = [
    "const x = map.get(1);", "User.objects.filter(id=1)", "qs = qs.filter(", "form = 1", "db.select(", "return xs.map(f)", "where: {",
    "query.where({", "await prisma.order.findMany({where: {", "if (x) {", "def f(x):",
]  # fmt: skip


@pytest.mark.parametrize("header", LOOPS)
def test_a_line_inside_a_loop_knows_it(header):
    assert loops_around([header, "    query()"], 1) == [0]


@pytest.mark.parametrize("header", NO_LOOPS)
def test_other_blocks_are_no_loops(header):
    assert loops_around([header, "    query()"], 1) == []


def test_what_is_iterated_over_runs_once():
    assert loops_around(["def f():", "    for x in query():", "        use(x)"], 1) == []


def test_loops_end_with_their_function():
    lines = ["for x in y:", "    def inner():", "        query()"]
    assert loops_around(lines, 2) == []


def test_nested_loops_come_innermost_first():
    assert loops_around(["for a in b:", "  for c in d:", "    work()"], 2) == [1, 0]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["async def f():", "    x()"], True),
        (["def f():", "    x()"], False),
        (["async def f():", "    def g():", "        x()"], False),
        (["app.get('/x', async (req, res) => {", "  x()"], True),
        (["export async function f() {", "  x()"], True),
        (["public async Task<int> F() {", "  x()"], True),
        (["async def f():", "    if a:", "        x()"], True),
    ],
)
def test_async_functions(lines, expected):
    assert in_async_function(lines, len(lines) - 1) is expected
