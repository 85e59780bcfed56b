"""Chains that leave the valley of w* are no estimate of λ there, and `calibrate` holds them back."""

import pytest
import torch

from devdash.sampling import MALA, Langevin, calibrate, estimate_llc

START = {"w": torch.zeros(100, dtype=torch.float64)}


def plateau(params, _):
    """|w|² near w* = 0, and 1 far from it: what 100 weights gain in room far outweighs nβ = 100."""
    square = params["w"].square().sum()
    return square / (1 + square)


def sum_of_powers(power: int):
    return lambda params, _: params["w"].abs().pow(power).sum()


@pytest.mark.parametrize("power", [2, 4, 6])
def test_the_power_is_that_of_the_loss(power):
    sampler = Langevin(1e-3, 100.0, 1.0)
    estimate = estimate_llc(sum_of_powers(power), START, None, sampler=sampler, steps_per_draw=5)
    assert estimate.growth.value == pytest.approx(power)  # Euler's theorem, whatever the draws


@pytest.mark.parametrize("kind", [Langevin, MALA])
def test_chains_on_a_plateau_are_not_called_reliable(kind):
    estimate = estimate_llc(plateau, START, None, sampler=kind(2e-3, 100.0, 5.0), burn_in=500)
    assert estimate.growth.value < 0.3
    assert estimate.verdict == "not converged"
    assert "left the valley of w*" in estimate.message and "a larger γ" in estimate.message


def test_a_quadratic_valley_is_not_taken_for_a_plateau():
    estimate = estimate_llc(plateau, START, None, sampler=Langevin(1e-3, 100.0, 1000.0), burn_in=500)
    assert estimate.growth.value > 1.5
    assert estimate.verdict == "reliable", estimate.message


def test_calibrate_raises_gamma_until_chains_stay():
    calibration = calibrate(plateau, START, None, sampler=Langevin(nbeta=100.0))
    assert calibration.sure, calibration.reason
    assert "keeps chains in the valley of w*" in calibration.reason
    grid = calibration.grid[calibration.grid["part"] == "grid"]
    assert calibration.sampler.gamma == pytest.approx(64 * grid["gamma"].min())
    estimate = estimate_llc(plateau, START, None, sampler=calibration.sampler)
    assert estimate.verdict == "reliable", estimate.message


def test_a_loss_in_a_box_is_not_judged_by_it():
    sampler = Langevin(2e-3, 100.0, 5.0, box=0.1)
    estimate = estimate_llc(plateau, START, None, sampler=sampler, burn_in=500)
    assert estimate.growth.value != estimate.growth.value  # NaN
    assert "plateau" not in estimate.message
