"""Harmless changes that look busy: they share words with the slow endpoints, as real pull requests do, and cost nothing."""

from __future__ import annotations

import random
import re
from typing import Any

_COMMENT = {".py": "#", ".rb": "#", ".yaml": "#", ".yml": "#"}
_NEW_FUNCTION = {
    ".py": "\n\ndef {name}(value):\n    if value is None:\n        return \"\"\n    return str(value).title()\n",
    ".js": "\nfunction {name}(value) {{\n  if (value == null) return '';\n  return String(value).trim();\n}}\n",
    ".ts": "\nexport function {name}(value?: string): string {{\n  return value ? value.trim() : '';\n}}\n",
    ".go": "\nfunc {name}(value string) string {{\n\tif value == \"\" {{\n\t\treturn \"none\"\n\t}}\n\treturn value\n}}\n",
    ".rb": "\ndef {name}(value)\n  value.to_s.strip\nend\n",
    ".php": "\nfunction {name}(?string $value): string\n{{\n    return trim($value ?? '');\n}}\n",
}  # fmt: skip


def harmless_changes(rng: random.Random, service: dict[str, Any], slow: list[str]) -> dict[str, str]:
    """New contents by path. Never touches what a case's telling change needs to find: comments and new files only."""
    words = sorted({w for name in slow for w in re.findall(r"[a-z]{4,}", name.lower())}) or ["service"]
    word = rng.choice(words)
    other = rng.choice(words)
    out: dict[str, str] = {
        "CHANGELOG.md": f"# Changelog\n\n- Faster {word} for large {other} lists.\n- {', '.join(slow[:2])}: clearer errors when the {word} is missing.\n",
    }
    if rng.random() < 0.8:
        out[f"docs/{word}.md"] = (
            f"# {word.title()}\n\n`{slow[0]}` loads the {word} of each {other} in a loop over all rows.\nIt sleeps while the cache is cold.\n"
        )
    suffix = _main_suffix(service)
    if rng.random() < 0.8:
        out[_test_path(suffix, word)] = _test(suffix, word, slow[0])
    if rng.random() < 0.5 and suffix in _NEW_FUNCTION:
        name = f"{word}Label" if suffix in (".js", ".ts", ".go") else f"{word}_label"
        out[_module_path(service, suffix, word)] = _NEW_FUNCTION[suffix].format(name=name).lstrip("\n")
    if rng.random() < 0.5:
        out[f"web/components/{word.title()}List.tsx"] = (
            f"export function {word.title()}List({{ {word} }}) {{\n  return {word}.map((item) => items.filter((o) => o.id === item.id).map((o) => <li key={{o.id}}>{{o.name}}</li>));\n}}\n"
        )
    if rng.random() < 0.4:
        out[f"locales/en/{word}.json"] = f'{{"{word}.title": "Your {word}", "{word}.empty": "No {other} yet"}}\n'
    if rng.random() < 0.4:
        out[".github/workflows/test.yml"] = "on: push\njobs:\n  test:\n    timeout-minutes: 5\n    strategy:\n      max-parallel: 1\n"
    return out


def _main_suffix(service: dict[str, Any]) -> str:
    counts: dict[str, int] = {}
    for path in service["files"]:
        suffix = "." + path.rsplit(".", 1)[-1]
        counts[suffix] = counts.get(suffix, 0) + 1
    return max(sorted(counts), key=lambda s: counts[s])


def _test_path(suffix: str, word: str) -> str:
    return {
        ".py": f"tests/test_{word}.py", ".js": f"test/{word}.test.js", ".ts": f"test/{word}.spec.ts", ".go": f"internal/api/{word}_test.go",
        ".java": f"src/test/java/net/example/{word.title()}Test.java", ".rb": f"spec/requests/{word}_spec.rb", ".php": f"tests/Feature/{word.title()}Test.php",
        ".cs": f"tests/Api.Tests/{word.title()}Tests.cs",
    }.get(suffix, f"tests/{word}{suffix}")  # fmt: skip


def _test(suffix: str, word: str, endpoint: str) -> str:
    if suffix == ".py":
        return f"import time\n\n\ndef test_{word}(client):\n    for {word} in range(50):\n        client.get('/{word}')\n        time.sleep(0.01)\n"
    if suffix == ".rb":
        return f"describe '{endpoint}' do\n  it 'answers' do\n    50.times {{ get '/{word}'; sleep 0.01 }}\n  end\nend\n"
    return f"// {endpoint}\nfor (let i = 0; i < 50; i++) {{\n  await client.get('/{word}');\n  await sleep(10);\n}}\n"


def _module_path(service: dict[str, Any], suffix: str, word: str) -> str:
    place = next(p for p in sorted(service["files"]) if p.endswith(suffix))
    return f"{place.rsplit('/', 1)[0]}/{word}_label{suffix}" if "/" in place else f"{word}_label{suffix}"
