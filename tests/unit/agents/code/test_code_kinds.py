"""What part a file plays is read from its path."""

from __future__ import annotations

import pytest

from perfagent.agents.code.kinds import kind_of


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("app/views.py", "source"),
        ("src/main/java/com/example/shop/OrderService.java", "source"),
        ("internal/api/routes.go", "source"),
        ("config/routes.rb", "source"),
        ("app/controllers/application_controller.rb", "source"),
        ("server/api/orders.ts", "source"),
        ("tests/test_views.py", "test"),
        ("app/tests.py", "test"),
        ("src/cart.spec.ts", "test"),
        ("internal/api/routes_test.go", "test"),
        ("src/test/java/com/example/OrderTest.java", "test"),
        ("Api.Tests/OrdersTests.cs", "test"),
        ("CHANGELOG.md", "docs"),
        ("docs/conf.py", "docs"),
        ("changelogs/unreleased/1.yml", "docs"),
        ("db/migrate/20260101_add.rb", "migration"),
        ("shop/migrations/0004_x.py", "migration"),
        ("schema.sql", "migration"),
        ("helm/values.yaml", "settings"),
        ("Dockerfile", "settings"),
        ("forum/settings.py", "settings"),
        ("config/database.yml", "settings"),
        ("gunicorn.conf.py", "settings"),
        (".env.production", "settings"),
        ("main.tf", "settings"),
        ("package.json", "manifest"),
        ("requirements/base.txt", "manifest"),
        ("src/Api/Api.csproj", "manifest"),
        ("yarn.lock", "lock"),
        ("go.sum", "lock"),
        ("web/components/List.tsx", "frontend"),
        ("app/views/posts/index.html.erb", "template"),
        (".github/workflows/test.yml", "ci"),
        ("node_modules/x/index.js", "generated"),
        ("api/v1/shop.pb.go", "generated"),
        ("locales/de.json", "text"),
        ("scripts/release.py", "script"),
        ("shop/management/commands/load.py", "script"),
    ],
)
def test_kind_of_a_path(path, kind):
    assert kind_of(path).value == kind
