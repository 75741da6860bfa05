"""Version steps of dependencies, from manifests, lock files and image tags."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perfagent.agents.code.kinds import Kind
from perfagent.agents.rules.changes import ChangedLine, Site


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionStep:
    """`before` or `after` is None for a dependency that came or went."""

    line: ChangedLine
    name: str
    before: str | None
    after: str | None
    weight: float

    @property
    def says(self) -> str:
        if self.before is None:
            return f"adds {self.name} {self.after}"
        if self.after is None:
            return f"removes {self.name} {self.before}"
        return f"moves {self.name} from {self.before} to {self.after}"


_VERSION = r"v?\d+(?:\.[\dx*]+){0,3}(?:[-+.]?[0-9A-Za-z][\w.\-+]*)?"
_LINE = (
    re.compile(rf"^\s*[\"']?(@?[\w][\w.\-/]*)[\"']?\s*:\s*[\"'](?:[~^<>=v\s]*|npm:\S+@)({_VERSION})[\"']"),  # package.json, composer.json
    re.compile(rf"^\s*([\w][\w.\-]*)(?:\[[\w,\-\s]*\])?\s*(?:===?|~=|>=|<=|<|>)\s*({_VERSION})"),  # requirements
    re.compile(rf"^\s*[\"']([\w][\w.\-]*)(?:\[[\w,\-\s]*\])?\s*(?:===?|~=|>=|<=|<|>)\s*({_VERSION})"),  # pyproject, PEP 621
    re.compile(rf"^\s*([\w][\w.\-]*)\s*=\s*[\"'](?:[~^<>=\s]*)({_VERSION})"),  # toml
    re.compile(rf"^\s*([\w][\w.\-]*)\s*=\s*\{{.*?version\s*=\s*[\"'](?:[~^<>=\s]*)({_VERSION})"),
    re.compile(rf"^\s*gem\s+[\"']([\w.\-]+)[\"']\s*,\s*[\"'](?:[~<>=\s]*)({_VERSION})"),
    re.compile(rf"^\s{{4,8}}([\w.\-]+)\s+\(({_VERSION})\)"),  # Gemfile.lock
    re.compile(rf"^\s*(?:require\s+)?([\w.\-]+\.[a-z]+/[\w.\-/]+)\s+({_VERSION})"),  # go.mod, go.sum
    re.compile(rf"[\"']([\w.\-]+:[\w.\-]+):({_VERSION})[\"']"),  # gradle
    re.compile(rf"Include=\"([\w.\-]+)\"\s+Version=\"\[?({_VERSION})"),  # csproj
    re.compile(rf"<([\w.\-]+?)[.\-_]?[vV]ersion>({_VERSION})</"),  # properties of a pom
    re.compile(r"^\s*FROM\s+(?:--platform=\S+\s+)?([\w./\-]+):([\w.\-]+)", re.IGNORECASE),
    re.compile(r"^\s*(?:-\s+)?image\s*:\s*[\"']?([\w./\-]+(?::\d+/[\w./\-]+)?):([\w.\-]+)"),
    re.compile(rf"^\s*\{{?:(\w+),\s*\"[~><=\s]*({_VERSION})\""),  # mix.exs
)
_VERSION_ONLY = re.compile(rf"^\s*(?:<version>|\"?version\"?\s*[:=]?\s*[\"']?|tag\s*:\s*[\"']?)({_VERSION})")
_NAME_ABOVE = re.compile(
    r"<artifactId>([\w.\-]+)</artifactId>|^\s*name\s*=\s*[\"']([\w.\-]+)|[\"'](?:node_modules/)?(@?[\w.\-/]+)[\"']\s*:\s*\{|^[\"']?(@?[\w.\-/]+)@[^:]*:\s*$|\"name\"\s*:\s*\"([\w.\-/]+)\"|^\s*repository\s*:\s*[\"']?([\w./\-]+)"
)
_DEVELOPMENT = re.compile(
    r"(?:^|[/\-_.@:])(?:eslint|prettier|jest|mocha|chai|vitest|cypress|playwright|storybook|webpack|rollup|esbuild|vite|babel|types|typescript|ts-node|ts-jest|nodemon|husky|lint|sass|postcss|tailwindcss|autoprefixer"
    r"|pytest|mypy|ruff|black|flake8|isort|coverage|tox|pylint|bandit|pre-?commit|hypothesis|factory|faker|freezegun|responses|sphinx|mkdocs|stubs|rspec|rubocop|capybara|simplecov|factory_bot|webmock|vcr|brakeman|byebug|pry"
    r"|junit|mockito|assertj|testcontainers|jacoco|checkstyle|spotless|surefire|errorprone|xunit|nunit|moq|coverlet|fluentassertions|tests?|phpunit|phpstan|psalm|php-cs-fixer|testify|gomock|golangci|mock|changelog|release|semantic-release|docs"
    r"|icons?|react|react-dom|vue|angular|svelte|css|fonts?|ui|theme|wheel|setuptools|twine|build|commitizen|licen[cs]e)s?(?:$|[/\-_.@:\[])",
    re.IGNORECASE,
)
_RUNTIME = re.compile(
    r"sqlalchemy|psycopg|asyncpg|mysql|postgres|\bpg\b|pg-|pgx|sqlite|mongo|redis|cassandra|elastic|django|flask|fastapi|starlette|uvicorn|gunicorn|hypercorn|aiohttp|httpx|requests|urllib3|orjson|ujson|pydantic|marshmallow|jinja|celery|kombu|numpy|pandas"
    r"|express|koa|fastify|nestjs|prisma|typeorm|sequelize|knex|mongoose|ioredis|axios|undici|graphql|apollo|winston|pino|bcrypt|argon|jsonwebtoken|lodash|ajv|zod|class-validator|class-transformer|body-parser|compression|moment"
    r"|rails|activerecord|puma|sidekiq|nokogiri|\bpg\b|devise|active_model|jbuilder|oj\b|faraday|rack|hikari|hibernate|spring|jackson|netty|tomcat|jetty|undertow|okhttp|logback|log4j|jooq|mybatis|lettuce|jedis|caffeine|guava|micronaut|quarkus|kotlin|ktor"
    r"|gin|gorm|echo|fiber|chi|mux|xorm|pq\b|sqlx|grpc|protobuf|zap|zerolog|logrus|entityframework|npgsql|dapper|newtonsoft|serilog|automapper|mediatr|stackexchange|polly|laravel|symfony|doctrine|guzzle|eloquent|twig|illuminate|predis|monolog"
    r"|tokio|hyper|axum|actix|serde|diesel|sqlx|reqwest|python|node|openjdk|temurin|eclipse|golang|php|ruby|nginx|alpine|debian|distroless|jdk|jre|dotnet|aspnet|haproxy|envoy|caddy|memcached|rabbitmq|kafka|crypto|ssl|regex|parser|template|cache|http|json|yaml|xml|orm|driver|client|sql|server|serial|markdown|sanitize",
    re.IGNORECASE,
)
_IMAGES = re.compile(r"^\s*(?:FROM\s|(?:-\s+)?image\s*:|(?:tag|repository)\s*:)", re.IGNORECASE)


def version_steps(site: Site) -> list[VersionStep]:
    """Empty for files that name no dependencies."""
    images = site.kind is Kind.SETTINGS
    if site.kind not in (Kind.MANIFEST, Kind.LOCK) and not images:
        return []
    before = dict(_versions(site.removed, images=images))
    after = dict(_versions(site.added, images=images))
    lock = 0.9 if site.kind is Kind.LOCK else 1.0  # the manifest says what was meant
    out = []
    for name, (version, line) in after.items():
        old = before.get(name)
        if old is not None and old[0] == version:
            continue
        out.append(_step(name, old[0] if old else None, version, line, lock))
    out += [_step(name, version, None, line, lock) for name, (version, line) in before.items() if name not in after]
    return sorted(out, key=lambda step: -step.weight)


def _versions(lines: Sequence[ChangedLine], *, images: bool) -> Iterator[tuple[str, tuple[str, ChangedLine]]]:
    for line in lines:
        if images and not _IMAGES.match(line.text):
            continue
        found = next((m for pattern in _LINE if (m := pattern.search(line.text))), None)
        if found is not None and found[1].lower() not in (
            "version",
            "tag",
            "resolved",
            "integrity",
            "node",
            "license",
            "port",
            "line-length",
        ):
            yield found[1].removesuffix("/go.mod"), (found[2].removesuffix("/go.mod"), line)
        elif (match := _VERSION_ONLY.match(line.text)) and (name := _name_above(line)):
            yield name, (match[1], line)


def _name_above(line: ChangedLine) -> str:
    """The dependency a version on a line of its own belongs to; empty for the project's own version."""
    for text in reversed(line.context[max(0, line.at - 6) : line.at]):
        if re.match(r"\s*(?:\[project\]|\[package\]|\[tool\.poetry\]|<project\b|<parent>|\{\s*$)", text):
            return ""
        if match := _NAME_ABOVE.search(text):
            return next(g for g in match.groups() if g)
    return ""


def _step(name: str, before: str | None, after: str | None, line: ChangedLine, lock: float) -> VersionStep:
    if (_DEVELOPMENT.search(name) and not re.search(r"python|node|jdk", name)) or _is_own(name, line) or _in_development(line):
        weight = 0.06
    else:
        weight = 0.8 if _RUNTIME.search(name) else 0.55
    if before is None or after is None:
        weight *= 0.5
    else:
        weight *= _size_of_step(before, after)
    return VersionStep(line=line, name=name, before=before, after=after, weight=weight * lock)


def _size_of_step(before: str, after: str) -> float:
    old, new = _parts(before), _parts(after)
    if old[:1] != new[:1]:
        return 1.0
    if old[:2] != new[:2]:
        return 0.9
    return 0.78 if old != new else 0.85  # the same numbers with another suffix: another base image


def _parts(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)[:3]]


def _is_own(name: str, line: ChangedLine) -> bool:
    """The project's own version, stepped at each release."""
    return name.lower() in ("version", "project", "app", "root") or bool(re.match(r"\s*\"version\"", line.text) and line.at < 6)


def _in_development(line: ChangedLine) -> bool:
    for text in reversed(line.context[max(0, line.at - 80) : line.at]):
        if re.search(
            r"[\"']?(?:devDependencies|dev-dependencies|require-dev|dev_requires|tests_require)|^\[.*\b(?:dev|test|lint|docs)\b.*\]|group\s+:(?:test|development)",
            text,
        ):
            return True
        if re.search(r"[\"']dependencies[\"']|^\[(?:project|tool\.poetry\.dependencies|dependencies)\]|^require\s*\(", text):
            return False
    return False
