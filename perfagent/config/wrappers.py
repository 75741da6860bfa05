"""Writes the inputs of every CI wrapper from the settings, and packs the orb, so that one option has one name in all of them.

python -m perfagent.config.wrappers [FOLDER]            writes them (FOLDER is the repository, by default the one that stands here)
python -m perfagent.config.wrappers [FOLDER] --check    says which are not current; exit code 2 if any
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from perfagent.config.inputs import Input, secret_inputs, wrapper_inputs

_BLOCK = re.compile(r"(?P<indent>[ ]*)# begin (?P<kind>[a-z -]+) \(generated\)\n.*?(?P=indent)# end (?P=kind)\n", re.DOTALL)

_WAYS = {"mapping": "NAME=VALUE, one a line.", "list": "Separated by commas or one a line.", "yes/no": "true or false."}

GITHUB_SECRETS = ("github", "jira", "llm")


def described(item: Input) -> str:
    """One line: what it does, how it is written, what holds without it."""
    setting = item.setting
    parts = [item.description]
    if setting is not None:
        way = "As on a command line." if setting.key == "k6.args" else _WAYS.get(setting.type, "")
        parts.append(f"One of {', '.join(setting.choices)}." if setting.choices else way)
        parts.append(f"Default: {setting.default}." if setting.default else "")
    return " ".join(part for part in parts if part).replace("`", "")


def github_inputs() -> list[str]:
    return _entries(
        _github_all(),
        lambda i: [f"description: {_quoted(described(i))}", *(["default: ${{ github.token }}"] if i.variable == "GITHUB_TOKEN" else [])],
    )


def github_environment() -> list[str]:
    """Composite actions get no INPUT_* by themselves; through `env:` no input is ever part of a script's text."""
    return [f"INPUT_{i.name.upper()}: ${{{{ inputs.{i.name} }}}}" for i in _github_all()]


def gitlab_inputs() -> list[str]:
    return _entries(wrapper_inputs(), lambda i: ['default: ""', f"description: {_quoted(described(i))}", *_regex(i)])


def gitlab_variables() -> list[str]:
    """Where `$` is perfagent's own word, GitLab must not expand it."""
    lines = []
    for i in wrapper_inputs():
        value = f'"$[[ inputs.{i.name} ]]"'
        name = f"INPUT_{i.name.upper()}"
        lines += [f"{name}:", f"  value: {value}", "  expand: false"] if i.verbatim else [f"{name}: {value}"]
    return lines


def orb_parameters() -> list[str]:
    return _entries(_orb_all(), lambda i: ["type: string", 'default: ""', f"description: {_quoted(described(i))}"])


def orb_environment() -> list[str]:
    return [f"INPUT_{i.name.upper()}: << parameters.{i.name} >>" for i in wrapper_inputs()]


def orb_handed_on() -> list[str]:
    return [f"{i.name}: << parameters.{i.name} >>" for i in _orb_all()]


BLOCKS: Mapping[str, Callable[[], list[str]]] = {
    "github inputs": github_inputs,
    "github environment": github_environment,
    "gitlab inputs": gitlab_inputs,
    "gitlab variables": gitlab_variables,
    "orb parameters": orb_parameters,
    "orb environment": orb_environment,
    "orb parameters handed on": orb_handed_on,
}
FILES = (
    "action.yml",
    "gpu/action.yml",
    ".gitlab-ci-template.yml",
    "circleci-orb/src/commands/gate.yml",
    "circleci-orb/src/jobs/load-test.yml",
)
TASK = "azure-pipelines-task/task.json"
ORB = "circleci-orb/orb.yml"


def generated(repository: Path) -> dict[Path, str]:
    """Every file with the text that it should have. Raises ValueError for a file without a block, KeyError for an unknown block."""
    texts: dict[Path, str] = {}
    for name in FILES:
        path = repository / name
        text = path.read_text(encoding="utf-8")
        if not _BLOCK.search(text):
            raise ValueError(f"{name} has no generated block")
        texts[path] = _BLOCK.sub(_filled, text)
    task = repository / TASK
    texts[task] = json.dumps(with_task_inputs(json.loads(task.read_text(encoding="utf-8"))), indent=2, ensure_ascii=False) + "\n"
    texts[repository / ORB] = packed_orb(repository / "circleci-orb" / "src", texts)
    return texts


def with_task_inputs(task: Mapping[str, Any]) -> dict[str, Any]:
    """Azure's task: its own inputs stay, those of the settings follow, a group for each section of the configuration."""
    own = [i for i in task["inputs"] if i.get("groupName") in (None, "container")]
    inputs = [*wrapper_inputs(), *secret_inputs().values()]
    sections = dict.fromkeys(i.section for i in inputs)
    groups = [g for g in task["groups"] if g["name"] == "container"]
    groups += [{"name": s, "displayName": s.replace("_", " ").capitalize(), "isExpanded": s == "general"} for s in sections]
    return {**task, "groups": groups, "inputs": [*own, *map(_task_input, inputs)]}


def packed_orb(source: Path, texts: Mapping[Path, str]) -> str:
    """`@orb.yml` and one file for each command, job, executor and example, in one document as CircleCI publishes it."""
    import yaml

    def read(path: Path) -> Any:
        return yaml.safe_load(texts.get(path) or path.read_text(encoding="utf-8"))

    orb = read(source / "@orb.yml")
    for kind in ("executors", "commands", "jobs", "examples"):
        orb[kind] = {path.stem: read(path) for path in sorted((source / kind).glob("*.yml"))}
    head = "# Packed from circleci-orb/src by `python -m perfagent.config.wrappers`; change it there.\n"
    return head + yaml.dump(orb, Dumper=_dumper(), sort_keys=False, allow_unicode=True, width=140)


def _github_all() -> tuple[Input, ...]:
    return (*(secret_inputs()[purpose] for purpose in GITHUB_SECRETS), *wrapper_inputs())


def _orb_all() -> tuple[Input, ...]:
    """Without what the orb's own parameters say (`default_branch` has a default there, which caches need)."""
    return tuple(i for i in wrapper_inputs() if i.name != "default_branch")


def _entries(inputs: Iterable[Input], body: Callable[[Input], list[str]]) -> list[str]:
    """YAML entries with a comment above each section."""
    lines: list[str] = []
    section = ""
    for item in inputs:
        if item.section != section:
            section = item.section
            lines.append(f"# {section}")
        lines += [f"{item.name}:", *(f"  {line}" for line in body(item))]
    return lines


def _regex(item: Input) -> list[str]:
    """GitLab refuses a wrong choice when the pipeline is created; empty means not given."""
    choices = item.setting.choices if item.setting else ()
    if item.setting and item.setting.type == "yes/no":
        choices = ("true", "false")
    return [f"regex: ^({'|'.join(map(re.escape, choices))})?$"] if choices else []


def _task_input(item: Input) -> dict[str, Any]:
    setting = item.setting
    kind = setting.type if setting else "text"
    entry: dict[str, Any] = {
        "name": item.name,
        "type": "multiLine" if kind in ("mapping", "list") else "string",
        "label": setting.key if setting else item.name.replace("_", " "),
        "groupName": item.section,
        "required": False,
        "defaultValue": "",
        "helpMarkDown": described(item),
    }
    choices = setting.choices if setting else ()
    if kind == "yes/no":
        choices = ("true", "false")
    if choices:
        entry["type"] = "pickList"
        entry["defaultValue"] = UNSET
        entry["options"] = {UNSET: "as configured", **{choice: choice for choice in choices}}
    if item.variable == "SYSTEM_ACCESSTOKEN":
        entry["defaultValue"] = "$(System.AccessToken)"
    return entry


UNSET = "unset"
"""Azure's pick lists know no empty choice; the task hands this one on as nothing."""


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _filled(match: re.Match[str]) -> str:
    indent, kind = match["indent"], match["kind"]
    lines = [f"# begin {kind} (generated)", *BLOCKS[kind](), f"# end {kind}"]
    return "".join(f"{indent}{line}\n" for line in lines)


def _dumper() -> Any:
    import yaml

    class Dumper(yaml.SafeDumper):
        """Several lines as a block, as people write them."""

    def text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)

    Dumper.add_representer(str, text)
    return Dumper


def main(arguments: Sequence[str]) -> int:
    names = [a for a in arguments if a != "--check"]
    repository = Path(names[0]) if names else Path(__file__).resolve().parents[2]
    stale = [path for path, text in generated(repository).items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    if "--check" not in arguments:
        for path in stale:
            path.write_text(generated(repository)[path], encoding="utf-8")
    for path in stale:
        sys.stdout.write(f"{path.relative_to(repository)}\n")
    return 2 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
