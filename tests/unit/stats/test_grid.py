from __future__ import annotations

import numpy as np
import pytest

from perfagent.model.run import Run
from perfagent.stats.grid import cells_of, grid, tail_excess, wave_noise, waves


def made(durations: np.ndarray, *, times: np.ndarray | None = None) -> Run:
    n = len(durations)
    when = np.linspace(0, 59.9, n) if times is None else times
    return Run.from_requests({"endpoint": ["GET /"] * n, "time": when, "duration": durations, "failed": [False] * n}, side="baseline")


def test_the_level_is_the_mean_log_within_the_sketch_s_resolution() -> None:
    values = np.exp(np.random.default_rng(1).normal(-3, 0.5, 2000))
    found = grid([made(values)], ["GET /"], 6)
    assert float(found.level[0, 0]) == pytest.approx(float(np.log(values).mean()), abs=2e-3)
    assert float(found.noise[0, 0]) == pytest.approx(float(np.log(values).var()) / 2000, rel=0.05)


def test_zero_durations_have_no_logarithm_and_are_left_out() -> None:
    found = grid([made(np.array([0.0, 0.1, 0.1, 0.1]))], ["GET /"], 6)
    assert float(found.count.sum()) == 3.0


def test_neither_a_slow_host_nor_a_wave_looks_like_a_longer_tail() -> None:
    rng = np.random.default_rng(2)
    when = rng.uniform(0, 60, 6000)
    noise = np.exp(rng.normal(-3, 0.4, 6000))
    wave = np.where((when // 10) % 2 == 0, 1.0, 1.8)
    tails = []
    for values in (noise, 1.5 * noise, wave * noise):
        run = made(values, times=when)
        one = grid([run], ["GET /"], cells_of([run]))
        tails.append(float(tail_excess(one, one.level[:, :, None] + waves(one)[None])[0][0, 0]))
    assert tails[1] == pytest.approx(tails[0], abs=0.01)
    assert tails[2] == pytest.approx(tails[0], abs=0.03)


def test_noise_of_waves_is_what_they_leave_in_the_mean_of_a_run() -> None:
    rng = np.random.default_rng(3)
    runs, cells = 400, 6
    wave = np.zeros((runs, cells))
    wave[:, 0] = rng.normal(size=runs)
    for c in range(1, cells):
        wave[:, c] = 0.4 * wave[:, c - 1] + rng.normal(0, (1 - 0.16) ** 0.5, runs)
    found = wave_noise(wave, np.ones_like(wave), np.zeros_like(wave))
    assert found == pytest.approx(float(wave.mean(axis=1).var()), rel=0.3)
