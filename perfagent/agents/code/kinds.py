"""What part a file plays in a service, from its path: only some parts can make a request slower."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import PurePosixPath

from perfagent.agents.code.languages import language_of


class Kind(StrEnum):
    SOURCE = "source"
    MIGRATION = "migration"
    TEMPLATE = "template"
    SETTINGS = "settings"
    MANIFEST = "manifest"
    LOCK = "lock"
    FRONTEND = "frontend"
    SCRIPT = "script"
    TEST = "test"
    DOCS = "docs"
    CI = "ci"
    GENERATED = "generated"
    TEXT = "text"  # translations, fixtures
    OTHER = "other"


_LOCKS = {
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "poetry.lock", "pipfile.lock", "uv.lock", "pdm.lock",
    "gemfile.lock", "composer.lock", "cargo.lock", "go.sum", "packages.lock.json", "gradle.lockfile", "bun.lockb", "bun.lock", "mix.lock",
}  # fmt: skip
_MANIFESTS = {
    "package.json", "pyproject.toml", "setup.py", "setup.cfg", "pipfile", "gemfile", "composer.json", "cargo.toml", "go.mod", "pom.xml",
    "build.gradle", "build.gradle.kts", "libs.versions.toml", "directory.packages.props", "packages.config", "mix.exs", "global.json",
    "environment.yml", "constraints.txt", "gradle.properties",
}  # fmt: skip
_MANIFEST = re.compile(
    r"(?:^|/)(?:requirements[\w.\-]*\.(?:txt|in)|requirements/[\w.\-]+\.(?:txt|in)|[\w.\-]+\.(?:csproj|fsproj|gemspec))$"
)
_TEST = re.compile(
    r"(?:^|/)(?:tests?|__tests__|spec|specs|testing|test[-_]?(?:data|utils?|helpers?|fixtures?)|testdata|e2e|cypress|playwright|fixtures?|__mocks__|mocks?|"
    r"__snapshots__|stories|benchmarks?|[\w.\-]*[.\-]tests?|[\w]+Tests?|src/(?:test|integrationTest|androidTest))/"
    r"|(?:^|/)(?:test_[^/]*|conftest)\.py$|[^/]*[._-](?:tests?|spec|e2e|stories|cy|bench)\.\w+$|(?:^|/)tests?\.py$|_test\.go$|(?:Tests?|Spec|IT|TestCase)\.(?:java|kt|cs|php|scala|groovy)$",
)
_DOCS = re.compile(
    r"(?:^|/)(?:docs?|documentation|changelogs?|\.?changesets?|newsfragments|release[-_]notes|design|adr|rfcs?)/"
    r"|\.(?:md|mdx|rst|adoc|asciidoc|txt)$"
    r"|(?:^|/)(?:changelog|changes|history|news|readme|license|licence|authors|contributors|contributing|notice|codeowners|security|todo|copying|version)[^/]*$",
    re.IGNORECASE,
)
_DOCS_ALWAYS = re.compile(r"^(?:docs?|documentation|website|changelogs?|newsfragments|\.changeset|changes)/")
_CI = re.compile(
    r"(?:^|/)(?:\.github|\.gitlab|\.circleci|\.azure-pipelines|\.buildkite|\.drone|\.husky|\.vscode|\.idea|\.devcontainer)/"
    r"|(?:^|/)(?:\.gitlab-ci[^/]*|\.travis\.yml|azure-pipelines[^/]*\.ya?ml|bitbucket-pipelines\.yml|jenkinsfile[^/]*|\.pre-commit-config\.yaml|\.drone\.yml"
    r"|codecov\.yml|\.codecov\.yml|renovate\.json5?|dependabot\.yml|\.editorconfig|\.gitignore|\.gitattributes|\.dockerignore|\.npmignore|\.mailmap"
    r"|\.eslintrc[^/]*|eslint\.config\.\w+|\.eslintignore|\.prettierrc[^/]*|\.prettierignore|prettier\.config\.\w+|\.stylelintrc[^/]*|\.rubocop[^/]*|\.golangci\.\w+|\.flake8|\.pylintrc|mypy\.ini"
    r"|tox\.ini|noxfile\.py|pytest\.ini|jest\.config\.\w+|vitest\.config\.\w+|karma\.conf\.js|babel\.config\.\w+|\.babelrc|tsconfig[^/]*\.json|cspell\.json|sonar-project\.properties"
    r"|\.perfagent\.ya?ml|phpunit\.xml[^/]*|phpstan[^/]*|psalm\.xml|\.php-cs-fixer[^/]*|crowdin\.yml|lerna\.json|nx\.json|turbo\.json|checkstyle[^/]*|\.swcrc|makefile|justfile|procfile\.dev|lefthook\.yml)$",
    re.IGNORECASE,
)
_GENERATED = re.compile(
    r"(?:^|/)(?:node_modules|vendor|third_party|dist|build|generated|__generated__|gen|bower_components|\.next|public/(?:build|packs|assets)|wwwroot/lib)/"
    r"|\.min\.(?:js|css)$|\.(?:pb|pb\.gw)\.go$|_pb2(?:_grpc)?\.pyi?$|\.(?:g|designer|generated)\.cs$|_generated\.\w+$|\.generated\.\w+$|\.map$|zz_generated|mock_\w+\.go$|_mock\.go$|_gen\.go$|bindata\.go$"
    r"|(?:^|/)(?:swagger|openapi)[\w.\-]*\.(?:json|ya?ml)$|\.snap$",
)
_TEXT = re.compile(
    r"(?:^|/)(?:locales?|i18n|l10n|lang|translations?|seeds?|factories|sample[-_]?data)/|\.(?:po|pot|mo|xlf|xliff|resx|ftl|csv|tsv|strings|arb|svg|png|jpe?g|gif|ico|woff2?|ttf|eot|pdf)$"
)
_MIGRATION = re.compile(
    r"(?:^|/)(?:db/migrate|migrations?|alembic/versions|versions|migrate|flyway|liquibase|schema_migrations|changelog|upgrades?)/|(?:^|/)(?:schema\.(?:rb|sql|prisma)|structure\.sql|init\.sql|V\d+[\w.]*__[^/]*\.sql)$|\.sql$|\.prisma$"
)
_TEMPLATE = re.compile(
    r"\.(?:html?|erb|haml|slim|jinja2?|j2|twig|blade\.php|cshtml|razor|ejs|hbs|handlebars|mustache|pug|jade|ftl|jsp|tmpl|gotmpl|gohtml|liquid|jbuilder|mako|njk|eex|heex|leex|phtml|tpl)$"
)
_STYLE = re.compile(r"\.(?:css|scss|sass|less|styl|vue|svelte|jsx|tsx)$")
_FRONTEND = re.compile(
    r"(?:^|/)(?:front[-_]?end|client(?!s?/api)|webapp/(?!src/main/java)|web/src|ui|web[-_]ui|admin[-_]ui|dashboard/src|app/javascript|app/assets|assets|static|public|components?|hooks|storybook|react|"
    r"angular|ios|android|mobile|electron|desktop|browser|packages/(?:\w+-)?(?:ui|web|client|components?|editor|theme|icons|design-system)[\w\-]*)/",
    re.IGNORECASE,
)
_SCRIPT = re.compile(
    r"^(?:[\w.\-]+/){0,2}(?:scripts?|bin|tools?|hack|contrib|examples?|samples?|demos?|management/commands|lib/tasks|dev|devtools?|ci|cli|playground|sandbox|benchmarks?|perf)/"
    r"|/management/commands/|(?:^|/)lib/tasks/|\.(?:sh|bash|zsh|ps1|bat|rake|mk)$",
    re.IGNORECASE,
)
_NO_SCRIPT = re.compile(r"(?:^|/)src/main/|(?:^|/)routes|(?:^|/)app/(?:controllers|models|services)/")
_SETTINGS_NAME = re.compile(
    r"(?:^|/)(?:\w*settings\w*(?:/[\w\-]+)?|\w*config(?:uration)?s?|conf|config/[\w\-/.]+|\w+\.config|application(?:[\-_.](?:dev|prod|test|stag|local|default)\w*)?|appsettings[\w.\-]*|gunicorn[\w.]*|uvicorn[\w.]*|puma|unicorn|database)"
    r"\.(?:py|js|ts|mjs|cjs|rb|php|exs)$",
    re.IGNORECASE,
)
_SETTINGS_SUFFIX = re.compile(
    r"\.(?:ya?ml|toml|ini|cfg|conf|properties|env|tf|tfvars|hcl|json5?|xml|cnf|config|nomad|service|kdl|plist)$|(?:^|/)(?:\.env[\w.\-]*|[\w.\-]*dockerfile[\w.\-]*|[\w.\-]*containerfile|procfile|my\.cnf|php\.ini|nginx[\w.\-]*|[\w.\-]+\.env|caddyfile|haproxy[\w.\-]*)$",
    re.IGNORECASE,
)
_SOURCE_DATA = re.compile(r"(?:^|/)src/main/java/|\.(?:java|go|cs)$")


def kind_of(path: str) -> Kind:
    name = PurePosixPath(path).name.lower()
    if name in _LOCKS:
        return Kind.LOCK
    if _GENERATED.search(path):
        return Kind.GENERATED
    if _TEST.search(path):
        return Kind.TEST
    if name in _MANIFESTS or _MANIFEST.search(path):
        return Kind.MANIFEST
    if _CI.search(path):
        return Kind.CI
    if _DOCS_ALWAYS.search(path) or (_DOCS.search(path) and language_of(path) is None and not _SETTINGS_SUFFIX.search(path.lower())):
        return Kind.DOCS
    if _TEXT.search(path):
        return Kind.TEXT
    if _SETTINGS_NAME.search(path) and not _FRONTEND.search(path) and "routes" not in path:
        return Kind.SETTINGS
    if _MIGRATION.search(path) and (language_of(path) is not None or path.endswith((".xml", ".prisma", ".yaml", ".yml", ".sql"))):
        return Kind.MIGRATION if not _STYLE.search(path) else Kind.FRONTEND
    if _SCRIPT.search(path) and not _NO_SCRIPT.search(path):
        return Kind.SCRIPT
    if _TEMPLATE.search(path):
        return Kind.TEMPLATE
    if _STYLE.search(path) or (_FRONTEND.search(path) and not _SOURCE_DATA.search(path) and not path.endswith((".py", ".rb", ".php"))):
        return Kind.FRONTEND
    if language_of(path) is not None:
        return Kind.SOURCE
    if _SETTINGS_SUFFIX.search(path):
        return Kind.SETTINGS
    return Kind.OTHER
