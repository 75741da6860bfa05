"""The tables of docs/configuration.md, from the settings themselves.

python -m perfagent.config.page docs/configuration.md    writes them into the page
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from perfagent.config.reference import CONTEXT_VARIABLES, Setting, settings_reference
from perfagent.config.secret_names import SECRETS

BEGIN, END = "<!-- generated: begin -->", "<!-- generated: end -->"
_PURPOSES = {
    "github": "GitHub",
    "gitlab": "GitLab (project access token with scope `api`)",
    "azure_devops": "Azure DevOps (must be mapped in `env:`)",
    "bitbucket": "Bitbucket",
    "jira": "Jira",
    "llm": "the model's provider (its own usual variable works too)",
}


def tables() -> str:
    """One table a section, then the other variables."""
    parts = []
    for section, settings in groupby(settings_reference(), key=_section):
        parts += [f"### {section}", "", _table(list(settings)), ""]
    parts += ["### Secrets", "", _secrets(), "", "### Facts of the change", "", _context()]
    return "\n".join(parts)


def with_tables(page: str) -> str:
    """The page with everything between the marks replaced."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _section(setting: Setting) -> str:
    return setting.path[0] if len(setting.path) > 1 else "General"


def _table(settings: list[Setting]) -> str:
    lines = ["| Key, flag | Variable | Value | Default | What it does |", "|---|---|---|---|---|"]
    for s in settings:
        value = " · ".join(f"`{c}`" for c in s.choices) if s.choices else s.type
        default = f"`{s.default}`" if s.default else ""
        lines.append(f"| `{s.key}`<br>`{s.flag}` | `{s.env}` | {value} | {default} | {s.description} |")
    return "\n".join(lines)


def _secrets() -> str:
    lines = ["| Variable | For |", "|---|---|"]
    lines += [f"| `{name}`, `{name}_FILE` | {_PURPOSES[purpose]} |" for purpose, name in SECRETS.items()]
    return "\n".join(lines)


def _context() -> str:
    return "\n".join(["| Variable | What it says |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in CONTEXT_VARIABLES.items())])


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(with_tables(path.read_text(encoding="utf-8")), encoding="utf-8")
