"""What a finite step adds to λ̂, where other directions' noise would hide it."""

import numpy as np
import pytest
import torch

from devdash.sampling import Langevin, calibrate, chains, estimate_llc
from devdash.sampling.budget import Bias, Gauges, fixed_excess, step_bias
from devdash.sampling.series import error_of_mean

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


def test_a_calibration_says_what_the_next_smaller_step_made_of_it():
    calibration = calibrate(quadratic, {"w": torch.zeros(SIZE, dtype=torch.float64)}, None)
    assert calibration.sure
    assert abs(calibration.step.value) <= max(2 * calibration.step.error, 0.02)
    here = int(np.flatnonzero(calibration.grid["chosen"])[0])
    one, other = calibration.grid.iloc[here], calibration.grid.iloc[here + 1]
    expected = (1 - other["llc"] / one["llc"]) / (1 - other["epsilon"] / one["epsilon"])
    assert calibration.step.value == pytest.approx(expected)


def test_an_estimate_knows_of_the_step_at_least_what_its_calibration_saw():
    """Where few directions are steep, their thermometers are drowned by noise that λ̂ does not have."""
    curvature = torch.full((SIZE,), 0.05, dtype=torch.float64)
    curvature[:4] = 1.0

    def loss(params, _):
        return (curvature * params["w"] ** 2).sum() / 2

    start = {"w": torch.zeros(SIZE, dtype=torch.float64)}
    estimate = estimate_llc(loss, start, None, draws=20, burn_in=100)
    assert estimate.calibration.sure
    known = estimate.calibration.step.times(estimate.llc)
    alone = estimate_llc(
        loss, start, None, draws=20, burn_in=100, steps_per_draw=20, sampler=estimate.sampler
    )
    assert alone.llc == estimate.llc and alone.step.error > 1.2 * known.error
    assert estimate.step == known
    assert estimate.budget.step == known.size
    assert estimate.std_err == estimate.budget.total
