"""The scenarios and changes that are measured."""

from __future__ import annotations

from benchmarks.gate.generate import Change, Scenario
from perfagent.model.comparison import Mode

_H, _D, _T = Mode.HISTORY, Mode.DUET, Mode.TURNS

HISTORY = (
    Scenario(name="quiet", mode=_H, host=0.02, endpoint=0.015, wave=0.05, runs=(8, 15)),
    Scenario(name="typical", mode=_H, host=0.06, endpoint=0.03, runs=(8, 15)),
    Scenario(name="noisy", mode=_H, host=0.13, endpoint=0.06, wave=0.15, runs=(8, 15)),
    Scenario(name="drifting", mode=_H, host=0.04, endpoint=0.03, drift=0.02, runs=(10, 20)),
    Scenario(name="slow hosts", mode=_H, host=0.05, endpoint=0.03, slow_share=0.05, runs=(10, 20)),
    Scenario(name="few baselines", mode=_H, host=0.06, endpoint=0.03, runs=(3, 5)),
    Scenario(name="heavy tails", mode=_H, host=0.06, endpoint=0.03, heavy=True, runs=(8, 15)),
    Scenario(name="load waves", mode=_H, host=0.05, endpoint=0.03, wave=0.4, wave_seconds=10.0, runs=(8, 15)),
    Scenario(name="three candidates", mode=_H, host=0.08, endpoint=0.04, candidates=3, runs=(8, 15)),
)
DUET = (
    Scenario(name="quiet", mode=_D, residual=0.008, residual_endpoint=0.006, wave=0.05, residual_wave=0.02),
    Scenario(name="typical", mode=_D, endpoints=10, residual=0.012, residual_endpoint=0.01, residual_wave=0.02),
    Scenario(name="noisy", mode=_D, host=0.2, residual=0.03, residual_endpoint=0.02, wave=0.25, residual_wave=0.08),
    Scenario(name="load waves", mode=_D, wave=0.5, wave_seconds=20.0, residual=0.012, residual_wave=0.03),
    Scenario(name="heavy tails", mode=_D, heavy=True, endpoints=10, residual=0.012, residual_wave=0.02),
    Scenario(name="slow hosts", mode=_D, host=0.1, slow_share=0.04, residual=0.012, residual_wave=0.02),
    Scenario(name="bursty errors", mode=_D, error_rate=0.004, burst=0.8, residual=0.012, residual_wave=0.02),
    Scenario(name="four rounds", mode=_D, runs=(4, 4), duration=30.0, residual=0.012, residual_wave=0.02),
)
TURNS = (
    Scenario(name="typical", mode=_T, residual=0.06, endpoint=0.03, runs=(6, 6)),
    Scenario(name="second place slower", mode=_T, residual=0.04, second=0.08, runs=(6, 6)),
    Scenario(name="noisy", mode=_T, residual=0.12, residual_endpoint=0.04, wave=0.2, runs=(8, 8)),
)
CHANGES = (
    Change(),
    Change(kind="everything", size=0.03),
    Change(kind="everything", size=0.05),
    Change(kind="everything", size=0.10),
    Change(kind="everything", size=0.25),
    Change(kind="one", size=0.25),
    Change(kind="tail", size=0.30),
    Change(kind="errors", size=0.01),
)
