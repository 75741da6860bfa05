"""Anti-patterns, settings and version steps in changed lines."""

from __future__ import annotations

import pytest

from perfagent.agents.rules.changes import sites_of
from perfagent.agents.rules.matching import matches_of
from perfagent.text.diff import parse_diff


def _diff(path: str, before: str, after: str) -> str:
    import difflib

    body = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{path}", f"b/{path}", n=10)
    return f"diff --git a/{path} b/{path}\n" + "".join(body)


def _strongest(path: str, before: str, after: str):
    sites = sites_of(parse_diff(_diff(path, before, after)), None)
    matches = [m for site in sites for m in matches_of(site, sites)]
    return max(matches, key=lambda m: m.weight, default=None)


CODE = {
    "query in a loop, Python": ("a.py", "def f(db):\n    x = 1\n", "def f(db):\n    for i in ids:\n        db.execute(q, i)\n", "query in a loop"),
    "query in a loop, JavaScript": ("a.js", "async function f() {\n}\n", "async function f() {\n  for (const i of ids) {\n    await User.findByPk(i);\n  }\n}\n", "query in a loop"),
    "query in a loop, Go": ("a.go", "func f() {\n}\n", "func f() {\n\tfor _, i := range ids {\n\t\tdb.QueryRow(q, i)\n\t}\n}\n", "query in a loop"),
    "query in a loop by re-indentation": ("a.py", "def f():\n    row = db.query(q)\n    use(row)\n", "def f():\n    for x in xs:\n        row = db.query(q)\n    use(row)\n", "query in a loop"),
    "related rows, Django": ("a.py", "q = T.objects.select_related('a')\n", "q = T.objects.all()\n", "related rows loaded one by one"),
    "related rows, one name of a list": ("a.py", "def f(q):\n    return q.prefetch_related(\n        'a',\n        'b',\n    )\n", "def f(q):\n    return q.prefetch_related(\n        'a',\n    )\n", "related rows loaded one by one"),
    "related rows, JPA": ("R.java", '  @Query("select o from O o left join fetch o.p")\n', '  @Query("select o from O o")\n', "related rows loaded one by one"),
    "lost index, SQL": ("schema.sql", "CREATE INDEX i ON t (a);\n", "\n", "lost index"),
    "lost index, migration": ("db/migrate/1_x.rb", "def change\n  x\nend\n", "def change\n  remove_index :orders, :user_id\nend\n", "lost index"),
    "lost cache, decorator": ("a.py", "@lru_cache\ndef f():\n    return 1\n", "def f():\n    return 1\n", "lost cache"),
    "lost cache, look-up": ("a.rb", "def f\n  Rails.cache.fetch('x') { y }\nend\n", "def f\n  y\nend\n", "lost cache"),
    "blocking call in async code": ("a.py", "async def f():\n    return 1\n", "async def f():\n    requests.get(u)\n    return 1\n", "blocking call"),
    "sleep": ("a.go", "func f() {\n\tx()\n}\n", "func f() {\n\ttime.Sleep(time.Second)\n\tx()\n}\n", "sleep"),
    "lost concurrency": ("a.ts", "const [a, b] = await Promise.all([x(), y()]);\n", "const a = await x();\nconst b = await y();\n", "lost concurrency"),
    "lock": ("a.cs", "void F() {\n  X();\n}\n", "void F() {\n  lock (_gate)\n  {\n    X();\n  }\n}\n", "lock"),
    "lost limit": ("a.py", "rows = q.limit(50).all()\n", "rows = q.all()\n", "more rows loaded"),
    "lost compression": ("a.js", "app.use(compression());\n", "\n", "lost compression"),
    "client per request": ("a.cs", "Task F() {\n  x();\n}\n", "Task F() {\n  using var c = new HttpClient();\n  x();\n}\n", "connection or client per request"),
    "regular expression in a loop": ("a.go", "func f() {\n\tfor _, x := range xs {\n\t}\n}\n", "func f() {\n\tfor _, x := range xs {\n\t\tr := regexp.MustCompile(p)\n\t}\n}\n", "more computation"),
    "list searched in a loop": ("a.py", "def f(a, seen):\n    for x in a:\n        pass\n", "def f(a, seen):\n    for x in a:\n        if x not in seen_list:\n            pass\n", "quadratic work"),
    "batch lost": ("a.py", "T.objects.bulk_create(rows)\n", "T.save(rows)\n", "lost batching"),
}  # fmt: skip


@pytest.mark.parametrize("name", CODE)
def test_an_anti_pattern_is_seen(name):
    path, before, after, family = CODE[name]
    found = _strongest(path, before, after)
    assert found is not None
    assert found.family.value == family
    assert found.weight >= 0.5


HARMLESS = {
    "renamed variable": ("a.py", "def f(db):\n    for i in ids:\n        db.execute(q, i)\n", "def f(db):\n    for n in ids:\n        db.execute(q, n)\n"),
    "relation added": ("a.py", "q = T.objects.select_related('a')\n", "q = T.objects.select_related('a', 'b')\n"),
    "moved code": ("a.py", "@lru_cache\ndef f():\n    return 1\n\nx = 1\n", "x = 1\n\n@lru_cache\ndef f():\n    return 1\n"),
    "comment": ("a.py", "x = 1\n", "# time.sleep(1) in a loop over all rows\nx = 1\n"),
    "index in the way back": ("db/migrate/1_x.rb", "def up\n  add_index :a, :b\nend\n", "def up\n  add_index :a, :b\nend\n\ndef down\n  remove_index :a, :b\nend\n"),
    "import": ("a.py", "x = 1\n", "from functools import lru_cache\nx = 1\n"),
    "what is iterated over": ("a.py", "def f():\n    pass\n", "def f():\n    return [x for x in db.query(q)]\n"),
}  # fmt: skip


@pytest.mark.parametrize("name", HARMLESS)
def test_a_harmless_change_weighs_little(name):
    found = _strongest(*HARMLESS[name])
    assert found is None or found.weight < 0.5


SETTINGS = {
    "pool": ("values.yaml", "db:\n  poolSize: 30\n", "db:\n  poolSize: 4\n", "pool"),
    "cpu": ("deploy.yaml", "limits:\n  cpu: \"2\"\n", "limits:\n  cpu: 300m\n", "cpu"),
    "memory": ("deploy.yaml", "limits:\n  memory: 2Gi\n", "limits:\n  memory: 256Mi\n", "memory"),
    "workers in a command": ("Dockerfile", 'CMD ["gunicorn", "--workers", "8"]\n', 'CMD ["gunicorn", "--workers", "1"]\n', "pool"),
    "name and value on two lines": ("d.yaml", "env:\n  - name: WEB_CONCURRENCY\n    value: \"8\"\n", "env:\n  - name: WEB_CONCURRENCY\n    value: \"2\"\n", "pool"),
    "keep-alive off": ("settings.py", "DB = {\n    'CONN_MAX_AGE': 600,\n}\n", "DB = {\n    'CONN_MAX_AGE': 0,\n}\n", "network"),
    "gzip off": ("nginx.conf", "gzip on;\n", "gzip off;\n", "payload"),
    "debug on": ("app.yml", "debug: false\n", "debug: true\n", "logging"),
    "log level": ("config/environments/production.rb", "config.log_level = :info\n", "config.log_level = :debug\n", "logging"),
    "cache off": ("app.yml", "cache:\n  enabled: true\n", "cache:\n  enabled: false\n", "cache"),
    "cache shorter": ("app.toml", "cache_ttl = 300\n", "cache_ttl = 1\n", "cache"),
    "smaller machine": ("main.tf", 'instance_type = "db.r6g.xlarge"\n', 'instance_type = "db.t3.micro"\n', "cpu"),
}  # fmt: skip


@pytest.mark.parametrize("name", SETTINGS)
def test_a_costly_setting_is_seen(name):
    path, before, after, factor = SETTINGS[name]
    found = _strongest(path, before, after)
    assert found is not None
    assert found.factor == factor
    assert found.weight >= 0.5


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("poolSize: 4\n", "poolSize: 30\n"),
        ("debug: true\n", "debug: false\n"),
        ("host: a.example\n", "host: b.example\n"),
        ("title: a\n", "title: b\n"),
    ],
)
def test_a_setting_that_moves_the_good_way_weighs_little(before, after):
    found = _strongest("values.yaml", before, after)
    assert found is None or found.weight < 0.5


STEPS = {
    "package.json": ('    "express": "^4.21.1",\n', '    "express": "^5.0.1",\n', "express"),
    "requirements.txt": ("sqlalchemy==2.0.36\n", "sqlalchemy==1.4.54\n", "sqlalchemy"),
    "go.mod": ("\tgorm.io/gorm v1.25.12\n", "\tgorm.io/gorm v1.30.0\n", "gorm.io/gorm"),
    "pom.xml": ("<artifactId>hibernate-core</artifactId>\n<version>6.6.1</version>\n", "<artifactId>hibernate-core</artifactId>\n<version>7.0.0</version>\n", "hibernate-core"),
    "Gemfile.lock": ("    rails (7.2.1)\n", "    rails (8.0.0)\n", "rails"),
    "Api.csproj": ('<PackageReference Include="Npgsql" Version="8.0.8" />\n', '<PackageReference Include="Npgsql" Version="9.0.0" />\n', "Npgsql"),
    "Dockerfile": ("FROM python:3.12-slim\n", "FROM python:3.12-alpine\n", "python"),
}  # fmt: skip


@pytest.mark.parametrize("path", STEPS)
def test_a_version_step_is_seen(path):
    before, after, name = STEPS[path]
    found = _strongest(path, before, after)
    assert found is not None
    assert (found.family.value, found.name) == ("dependency step", name)
    assert found.weight >= 0.5


def test_steps_of_tools_and_of_the_project_itself_weigh_nothing():
    found = _strongest(
        "package.json", '{\n  "version": "1.0.0",\n  "eslint": "^8.0.0"\n', '{\n  "version": "1.1.0",\n  "eslint": "^9.0.0"\n'
    )
    assert found is None or found.weight < 0.2
