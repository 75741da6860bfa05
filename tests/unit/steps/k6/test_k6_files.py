import json

import pytest

from perfagent.errors import ConfigurationError
from perfagent.model.run import Side
from perfagent.steps.k6.binary import K6Binary
from perfagent.steps.k6.command import process_env, run_command
from perfagent.steps.k6.fingerprint import scenario_hash
from perfagent.steps.k6.raw import RawFile
from perfagent.steps.k6.wrapper import Round, sides_json, specifier, two_roots, write_duet_wrapper, write_wrapper

FIT = Round(tags={"side": "baseline"}, seconds=3.0)


def test_the_script_is_named_as_k6s_loader_takes_it(tmp_path):
    assert specifier(tmp_path / "100% o'clock" / "x.js") == f"{tmp_path}/100%25 o'clock/x.js"
    text = write_wrapper(tmp_path / "w", tmp_path / "100% o'clock" / "x.js", fit=FIT).read_text()
    assert f'from "{tmp_path}/100%25 o\'clock/x.js";' in text
    assert '"seconds": 3.0' in text


def test_a_function_name_that_is_no_name_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="not the name of a function"):
        write_duet_wrapper(tmp_path, fit=FIT, functions=["x(){}; evil"], seed=1)


def test_each_side_has_its_own_path_and_values(tmp_path):
    roots = two_roots(tmp_path)
    script = tmp_path / "k6" / "x.js"
    envs = {Side.BASELINE: {"BASE_URL": "http://b"}, Side.CANDIDATE: {"BASE_URL": "http://c"}}
    baseline, candidate = json.loads(sides_json(envs, roots, script))
    assert baseline == {"side": "baseline", "env": {"BASE_URL": "http://b"}, "path": f"{tmp_path}/baseline{script}"}
    assert candidate["path"] == f"{tmp_path}/candidate{script}"


@pytest.mark.parametrize(("version", "has_address"), [((0, 57, 0), True), ((1, 1, 0), True), ((2, 2, 0), False)])
def test_flags_follow_the_version(tmp_path, version, has_address):
    binary = K6Binary(path=tmp_path / "k6", version=version, version_text="")
    command = run_command(binary, tmp_path / "w.js", {"BASE_URL": "http://x"})
    assert ("--address=" in command) is has_address
    assert command[-4:] == ["--include-system-env-vars=false", "-e", "BASE_URL=http://x", str(tmp_path / "w.js")]


def test_no_secret_of_perfagent_reaches_k6(tmp_path):
    env = process_env({"PATH": "/bin", "GITHUB_TOKEN": "x", "K6_CLOUD_TOKEN": "x", "K6_BROWSER_ARGS": "no-sandbox"}, tmp_path)
    assert env == {"PATH": "/bin", "HOME": str(tmp_path), "K6_BROWSER_ARGS": "no-sandbox", "K6_AUTO_EXTENSION_RESOLUTION": "false"}


def test_the_scenario_hash_follows_local_imports(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "x.js").write_text("import {a} from './lib/a.js';\nconst d = open('./data.json');\nimport http from 'k6/http';")
    (tmp_path / "lib" / "a.js").write_text("const b = require('../b.js'); export * from './a.js';")
    (tmp_path / "b.js").write_text("1")
    (tmp_path / "data.json").write_text("{}")
    (tmp_path / "unrelated.js").write_text("1")
    seen = {scenario_hash(tmp_path / "x.js")}
    (tmp_path / "unrelated.js").write_text("2")
    assert scenario_hash(tmp_path / "x.js") in seen
    for name in ("b.js", "data.json", "lib/a.js"):
        (tmp_path / name).write_text((tmp_path / name).read_text() + " ")
        now = scenario_hash(tmp_path / "x.js")
        assert now not in seen
        seen.add(now)


def test_raw_output_that_cannot_be_kept_is_said_and_removed(tmp_path):
    class Full:
        def write(self, data):
            raise OSError(28, "No space left on device")

        def close(self):
            pass

    raw = RawFile(tmp_path / "raw.json.gz")
    raw._file.close()
    raw._file = Full()
    raw.write(b"x")
    raw.write(b"y")
    assert raw.close() is None
    assert raw.lost == "the raw output could not be kept: No space left on device"
    assert not (tmp_path / "raw.json.gz").exists()
