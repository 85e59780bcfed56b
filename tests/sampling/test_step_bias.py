"""What a finite step adds to λ̂, where other directions' noise would hide it."""

import dataclasses

import numpy as np
import pytest
import torch

from devdash.sampling import Langevin, chains, estimate_llc
from devdash.sampling.budget import Bias, Gauges, fixed_excess, step_bias
from devdash.sampling.series import error_of_mean
from devdash.sampling.trials import is_flat

SIZE = 400
CURVATURE = torch.linspace(0, 2, SIZE, dtype=torch.float64)


def quadratic(params, _):
    return (CURVATURE * params["w"] ** 2).sum() / 2


def anharmonic(params, _):
    return (params["w"] ** 4 / 4 + params["w"] ** 2 / 20).sum()


def gauges_of(monkeypatch, loss, sampler, **settings) -> Gauges:
    """What the chains of an estimate were gauged by."""
    seen, summarise = [], chains.summarise

    def spy(*given, gauges, **named):
        seen.append(gauges)
        return summarise(*given, gauges=gauges, **named)

    monkeypatch.setattr(chains, "summarise", spy)
    estimate_llc(loss, {"w": torch.zeros(SIZE, dtype=torch.float64)}, None, sampler=sampler, **settings)
    return seen[-1]


@pytest.mark.parametrize("loss", [quadratic, anharmonic])
def test_the_step_itself_fixes_the_virial(monkeypatch, loss):
    """An identity of the stationary chain: what the virial shows with noise, the step says without it."""
    long = {"draws": 600, "burn_in": 400, "steps_per_draw": 3, "chains": 8}
    gauges = gauges_of(monkeypatch, loss, Langevin(1.2e-2, 100.0, 10.0), **long)
    fixed, plain = fixed_excess(gauges), Bias(gauges.balance.mean(), error_of_mean(gauges.balance))
    assert abs(fixed.value - plain.value) < 4 * np.hypot(fixed.error, plain.error)
    assert fixed.error < plain.error / 3


def made(epsilon: float, force: float, trace: float, balance: float) -> Gauges:
    """Gauges of 68,000 weights, with the noise that a transformer's chains had (two of 50 draws)."""
    generator = np.random.default_rng(0)

    def series(mean: float, spread: float) -> np.ndarray:
        return mean + spread * generator.standard_normal((2, 50))

    settings = Langevin(epsilon, 492.4, 19.2)
    virial, noise = series(514.0, 470.0), series(4e4, 2.7e3)[:, :5]
    forces, traces = series(force + 4e4, 0.8 * force), series(trace, 25e3)
    return Gauges(settings, virial, series(balance, 710.0), forces, traces, noise, None)


def test_steep_directions_that_are_too_hot_are_told_whatever_the_virial_says():
    """Force and trace were apart fivefold there, and the virial, at 1.001, was the more exact reading."""
    bias = step_bias(1722.0, made(2.1e-3, force=327e3, trace=66e3, balance=74.0), 67_962)
    assert bias.is_plain and bias.value > 0.25 * 1722
    cool = step_bias(1722.0, made(2.1e-3, force=66e3, trace=66e3, balance=74.0), 67_962)
    assert abs(cool.value) < 0.1 * 1722 and not cool.is_plain


@pytest.mark.parametrize("apart, flat", [(0.005, True), (0.04, False)])
def test_flat_in_epsilon_is_two_per_cent_not_ten(apart, flat):
    sampler = Langevin(4e-3, 30.0, 300.0)
    estimate = estimate_llc(quadratic, {"w": torch.zeros(SIZE)}, None, sampler=sampler, draws=500, chains=8)
    row = {"estimate": estimate, "verdict": "reliable", "drift": 0.0}
    one, other = row | {"llc": 10 * (1 + apart), "epsilon": 2e-3}, row | {"llc": 10.0, "epsilon": 1e-3}
    still = dataclasses.replace(estimate, budget=dataclasses.replace(estimate.budget, monte_carlo=0.01))
    assert is_flat(one | {"estimate": still}, other | {"estimate": still}) == flat
