"""`perfagent init`: a commented configuration and the CI file, for the repository it stands in."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import click

from perfagent import __version__
from perfagent.cli.project import CI_FILES, Project, look_at
from perfagent.cli.session import Session
from perfagent.errors import ConfigurationError, UnavailableError

IMAGE = f"ghcr.io/perfagent/perfagent:{__version__}"
_TO_WRITE = {"scenario": "k6/load.js", "command": "python app.py --port $PORT"}


@click.command("init", short_help="Write a commented configuration and the CI file.")
@click.option("--ci", type=click.Choice(["auto", "none", *CI_FILES]), default="auto", show_default=True, help="For which CI.")
@click.option("--image", default=IMAGE, show_default=True, metavar="IMAGE", help="The container image that the CI file runs.")
@click.option("--force", is_flag=True, help="Overwrite files that are there.")
@click.pass_obj
def command(session: Session, *, ci: str, image: str, force: bool) -> None:
    """Write .perfagent.yml and the CI file of the provider that this repository uses. Nothing that is there is overwritten."""
    project = look_at(session.cwd)
    provider = {"auto": project.ci, "none": ""}.get(ci, ci)
    texts = {".perfagent.yml": configuration(project)}
    if provider:
        texts[_ci_path(session, provider, force=force)] = ci_file(provider, project, image)
    fresh = [name for name in texts if force or not session.path(name).exists()]
    for name in texts:
        if name not in fresh:
            session.console.say(f"{name} is there already and stays as it is")
    if not fresh:
        raise ConfigurationError(f"nothing was written, since {' and '.join(texts)} would be overwritten", hint="use --force to overwrite")
    for name in fresh:
        _write(session.path(name), texts[name])
        session.console.data(name)
    _say_what_is_left(session, project, provider, asked=ci)


def _ci_path(session: Session, provider: str, *, force: bool) -> str:
    """Beside a CI file that has other work in it: Azure takes several files, CircleCI's has to be merged by hand."""
    path = CI_FILES[provider]
    beside = {"circleci": ".circleci/perfagent.yml", "azure": "azure-pipelines-perfagent.yml"}.get(provider)
    return beside if beside and not force and session.path(path).exists() else path


def configuration(project: Project) -> str:
    """`.perfagent.yml` for a project; what could not be found is filled with an example."""
    return _filled(
        "perfagent.yml",
        SERVICE=_quoted(project.service),
        SCENARIO=_quoted(project.scenario or _TO_WRITE["scenario"]),
        COMMAND=_quoted(project.command or _TO_WRITE["command"]),
        READY="/" if project.command else "/healthz",
        BRANCH=_quoted(project.branch),
    )


def ci_file(provider: str, project: Project, image: str) -> str:
    return _filled(f"{provider}.yml", IMAGE=_quoted(image), BRANCH=_quoted(project.branch))


def _filled(template: str, **values: str) -> str:
    text = files("perfagent.cli").joinpath("templates", template).read_text(encoding="utf-8")
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def _quoted(text: str) -> str:
    """As YAML: plain where that is safe, else with quotes (JSON's are YAML's)."""
    plain = (
        text
        and all(c.isalnum() or c in "-_./" for c in text)
        and text[0].isalpha()
        and text not in ("true", "false", "null", "yes", "no", "on", "off")
    )
    return text if plain else json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnavailableError(f"cannot write {path}: {error.strerror or error}", hint="check rights and space") from error


def _say_what_is_left(session: Session, project: Project, provider: str, *, asked: str) -> None:
    say = session.console.say
    if provider:
        say(f"CI: {provider}" + (f" ({project.why})" if asked == "auto" else ""))
    elif asked == "auto":
        say("CI: none found; choose one with --ci " + "|".join(CI_FILES))
    if provider == "circleci" and session.path(".circleci/perfagent.yml").exists():
        say("to do: merge .circleci/perfagent.yml into .circleci/config.yml, the only file that CircleCI reads")
    if provider == "gitlab":
        say("to do: include it from .gitlab-ci.yml:  include: [{local: .gitlab/perfagent.yml}]")
    if not project.scenario:
        say(f"to do: write a k6 script and name it in .perfagent.yml (scenario: {_TO_WRITE['scenario']} is an example)")
    if not project.command:
        say("to do: say in .perfagent.yml how the service is started (target.candidate.command), or give a url")
    say("then: perfagent doctor")
