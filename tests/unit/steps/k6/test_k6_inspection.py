import pytest

from perfagent.steps.k6.inspection import parse, seconds


def options(**more):
    return {"scenarios": {}, "totalDuration": "1m30s", "maxVUs": 8, "tags": {"side": "baseline"}, **more}


@pytest.mark.parametrize(
    ("executors", "is_open"),
    [
        (["constant-arrival-rate", "ramping-arrival-rate"], True),
        (["constant-arrival-rate", "ramping-vus"], False),
        (["shared-iterations"], False),
    ],
)
def test_the_load_model_is_open_when_every_scenario_is(executors, is_open):
    scenarios = {f"s{n}": {"executor": e, "exec": None} for n, e in enumerate(executors)}
    assert parse(options(scenarios=scenarios)).open_model is is_open


def test_the_time_limit_has_room_for_setup_and_teardown():
    assert parse(options()).total == 90 + 60 + 60
    assert parse(options(setupTimeout="5m0s", teardownTimeout="1s")).total == 90 + 300 + 1


def test_functions_are_those_the_scenarios_name():
    scenarios = {"a": {"executor": "x", "exec": "buy"}, "b": {"executor": "x", "exec": None}, "c": {"executor": "x", "exec": "buy"}}
    assert parse(options(scenarios=scenarios)).functions == ("buy", "default")


def test_the_hash_tells_loads_apart_but_not_sides():
    one, other = (parse(options(tags={"side": s})).options_hash for s in ("baseline", "candidate"))
    assert one == other
    assert parse(options(rps=5)).options_hash != one


@pytest.mark.parametrize(
    ("text", "value"), [("1m30s", 90), ("1h0m0.5s", 3600.5), ("250ms", 0.25), ("10µs", 1e-5), (None, None), ("soon", None)]
)
def test_go_durations(text, value):
    assert seconds(text) == pytest.approx(value)
