"""The generated module that k6 really loads: it imports the user's script unchanged and fits its options to the round."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perfagent.errors import ConfigurationError
from perfagent.model.run import Side

_DERIVE = Path(__file__).with_name("derive.js")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
SIDES_VARIABLE = "PERFAGENT_SIDES"

_ONE_SIDE = """\
import * as user from %(script)s;
import { derive } from './derive.js';
export * from %(script)s;
export const options = derive(user.options, %(round)s);
export default user.default;
// k6's own summary would only lie in the way of the samples on stdout; files that the script writes are kept
export function handleSummary(data) {
  const out = typeof user.handleSummary === 'function' ? user.handleSummary(data) || {} : {};
  delete out.stdout;
  delete out.stderr;
  return out;
}
"""

_BOTH_SIDES = """\
import exec from 'k6/execution';
import { derive } from './derive.js';
const sides = JSON.parse(__ENV.%(variable)s);
const seed = %(seed)d;

// `require` is not hoisted as imports are, so each instance of the script is evaluated while __ENV holds its own side's values
const users = sides.map((side) => {
  Object.assign(__ENV, side.env);
  return require(side.path);
});
const written = users[0].options || {};
export const options = derive(written, %(round)s);

// a scenario's own env wins over the process's, as it does in k6
const scenarios = written.scenarios || {};
function enter(index, scenario) {
  const own = (scenarios[scenario] || {}).env || {};
  for (const name of Object.keys(sides[index].env)) {
    if (!(name in own)) __ENV[name] = sides[index].env[name];
  }
  exec.vu.metrics.tags.side = sides[index].side;
}

// A seeded coin for each pair of iterations says which of the two goes first: random order, and the same number for each side,
// however slow one of them is.
function coin(pair) {
  let x = (seed ^ Math.imul(pair + 1, 0x9e3779b1)) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 8) & 1;
}
function play(name, data) {
  const n = exec.scenario.iterationInTest;
  const index = coin(Math.floor(n / 2)) ^ (n & 1);
  enter(index, exec.scenario.name);
  const own = data ? data[index] : null;
  return users[index][name](own === null ? undefined : own);
}
async function each(name, data) {
  const out = [];
  for (let index = 0; index < sides.length; index += 1) {
    enter(index, '');
    const own = data && data[index] !== null ? data[index] : undefined;
    out.push(typeof users[index][name] === 'function' ? await users[index][name](own) : null);
  }
  return out;
}
export async function setup() { return each('setup'); }
export async function teardown(data) { await each('teardown', data); }
export function handleSummary() { return {}; }
%(functions)s
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """How the options are fitted; see derive.js."""

    tags: Mapping[str, str]
    seconds: float | None
    load: int = 1
    thresholds: bool = True

    def to_js(self) -> str:
        value = {"tags": dict(self.tags), "seconds": self.seconds, "load": self.load, "thresholds": self.thresholds}
        return _js(value)


def write_wrapper(folder: Path, script: Path, *, fit: Round) -> Path:
    """For one side. Relative imports and `open()` of the script keep working, because k6 resolves them from the script's own place."""
    content = _ONE_SIDE % {"script": _js(specifier(script)), "round": fit.to_js()}
    return _write(folder, content)


def write_duet_wrapper(folder: Path, *, fit: Round, functions: Sequence[str], seed: int) -> Path:
    """For both sides in one k6. `functions`: what the scenarios' `exec` name (`default` where they name none)."""
    for name in functions:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(f"a scenario's exec {name!r} is not the name of a function")
    exports = [
        f"export {'default function' if name == 'default' else f'function {name}'}(data) {{ return play({_js(name)}, data); }}"
        for name in functions
    ]
    content = _BOTH_SIDES % {"variable": SIDES_VARIABLE, "seed": seed & 0x7FFFFFFF, "round": fit.to_js(), "functions": "\n".join(exports)}
    return _write(folder, content)


def two_roots(folder: Path) -> dict[Side, Path]:
    """Two names for the file system's root: k6 takes the same script under two paths for two modules, relative imports included.

    `folder` must be a private temporary one: whatever copies it and follows links would copy the machine.
    """
    roots = {side: folder / str(side) for side in Side}
    for link in roots.values():
        link.symlink_to("/")
    return roots


def sides_json(envs: Mapping[Side, Mapping[str, str]], roots: Mapping[Side, Path], script: Path) -> str:
    """The value of PERFAGENT_SIDES."""
    parts = script.absolute().parts[1:]
    return json.dumps([{"side": str(s), "env": dict(envs[s]), "path": specifier(roots[s].joinpath(*parts))} for s in envs])


def specifier(script: Path) -> str:
    """A path as k6's module loader takes it: absolute, with `%` written as `%25`."""
    return str(script.absolute()).replace("%", "%25")


def _write(folder: Path, content: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_DERIVE, folder / "derive.js")
    path = folder / "wrapper.js"
    path.write_text(content)
    return path


def _js(value: object) -> str:
    return json.dumps(value)
