"""Every sampler on one Gaussian: the moments it must have, and the faults it must refuse."""

import numpy as np
import pytest
import torch

from devdash.sampling import MALA, SGLD, SGNHT, Langevin, RMSpropSGLD, estimate_llc
from devdash.sampling.transform import Settings

pytestmark = pytest.mark.slow

CURVATURE = torch.tensor([0.4, 1.0, 2.5, 0.0], dtype=torch.float64)
NBETA, GAMMA = 100.0, 5.0
SAMPLERS = {
    "Langevin": (Langevin(2e-4, NBETA, GAMMA), 25),
    "SGLD": (SGLD(2e-4, NBETA, GAMMA), 25),
    "MALA": (MALA(8e-3, NBETA, GAMMA), 1),
    "RMSpropSGLD": (RMSpropSGLD(2e-4, NBETA, GAMMA), 20),
    "SGNHT": (SGNHT(1e-4, NBETA, GAMMA), 5),
}
EXACT = float((NBETA * CURVATURE / 2 / (NBETA * CURVATURE + GAMMA)).sum())


def quadratic(params, _):
    return (CURVATURE * params["w"] ** 2).sum() / 2


def estimate(name: str, loss=quadratic, seed: int = 0, **settings):
    sampler, thin = SAMPLERS[name]
    settings = {"chains": 128, "draws": 300, "burn_in": 1500, "steps_per_draw": thin} | settings
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    return estimate_llc(loss, point, None, sampler=sampler, seed=seed, **settings)


@pytest.mark.parametrize("name", SAMPLERS)
def test_gaussian_has_its_exact_value(name):
    gaussian = estimate(name)
    assert gaussian.verdict == "reliable", gaussian.message
    # 1 % for the step's bias, which MALA alone does not have
    assert abs(gaussian.llc - EXACT) < 4 * gaussian.std_err + 0.01 * EXACT


@pytest.mark.parametrize("name", SAMPLERS)
def test_loss_times_c_and_nbeta_over_c_is_the_same_chain(name):
    import dataclasses

    sampler, _ = SAMPLERS[name]
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    one = estimate_llc(quadratic, point, None, sampler=sampler, draws=20)
    other = estimate_llc(
        lambda p, b: 4 * quadratic(p, b),
        point,
        None,
        sampler=dataclasses.replace(sampler, nbeta=NBETA / 4),
        draws=20,
    )
    assert np.isclose(one.llc, other.llc, rtol=1e-9)


@pytest.mark.parametrize("name", SAMPLERS)
def test_same_seed_same_chain(name):
    short = {"draws": 10, "burn_in": 10, "steps_per_draw": 1}
    one, two, other = (estimate(name, seed=s, **short) for s in (3, 3, 4))
    assert np.array_equal(one.losses, two.losses)
    assert not np.array_equal(one.losses, other.losses)


def test_mala_has_no_step_bias_where_sgld_has():
    """At ε = 0.02 the largest curvature gives SGLD a bias of 1/(1 − εk/4), MALA none."""
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    settings = {"chains": 64, "draws": 500, "burn_in": 500, "steps_per_draw": 3}
    plain = estimate_llc(quadratic, point, None, sampler=SGLD(8e-3, NBETA, GAMMA), **settings)
    adjusted = estimate_llc(quadratic, point, None, sampler=MALA(8e-3, NBETA, GAMMA), **settings)
    assert plain.llc > EXACT + 8 * plain.budget.monte_carlo
    assert abs(plain.llc - plain.step.value - EXACT) < 0.1 * EXACT
    assert plain.verdict == "not converged"
    assert "the step moves λ̂ by +" in plain.message
    assert abs(adjusted.llc - EXACT) < 4 * adjusted.std_err


@pytest.mark.parametrize("epsilon", [1e-3, 4e-3, 1e-2])
def test_noise_averaged_over_two_steps_has_no_step_bias(epsilon):
    """Up to ε = 2.55/k with k the steepest of the potential; SGLD is at 1/(1 − 2.55/4) there."""
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    settings = {"chains": 64, "draws": 500, "burn_in": 2000, "steps_per_draw": 6}
    estimate = estimate_llc(quadratic, point, None, sampler=Langevin(epsilon, NBETA, GAMMA), **settings)
    assert abs(estimate.llc - EXACT) < 4 * estimate.budget.monte_carlo
    assert estimate.budget.monte_carlo < 0.03 * EXACT


def test_a_sampler_of_the_caller_is_found_by_its_method():
    class Mine(SGLD):
        """Defined where no module of its name is."""

    class Unfinished(Settings):
        """Without a method build."""

    Mine.__module__ = "__main__"
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    one, other = (
        estimate_llc(quadratic, point, None, sampler=kind(2e-4, NBETA, GAMMA), draws=10)
        for kind in (Mine, SGLD)
    )
    assert np.array_equal(one.losses, other.losses)
    with pytest.raises(NotImplementedError, match="Unfinished has no method build"):
        estimate_llc(quadratic, point, None, sampler=Unfinished(2e-4, NBETA, GAMMA), draws=10)


@pytest.mark.parametrize("name", SAMPLERS)
def test_numbers_of_any_kind_are_floats(name):
    kind = type(SAMPLERS[name][0])
    settings = kind(np.float32(0.5), 30, torch.tensor(2.0))
    assert settings == kind(0.5, 30.0, 2.0)
    assert {type(value) for value in (settings.epsilon, settings.nbeta, settings.gamma)} == {float}


@pytest.mark.parametrize("epsilon", [None, "small", float("nan"), 0.0, -1e-3, float("inf")])
def test_a_step_that_is_no_positive_number_is_refused(epsilon):
    with pytest.raises(ValueError, match=r"Langevin: epsilon = .* given, expected a positive number"):
        Langevin(epsilon=epsilon)


@pytest.mark.parametrize(
    "sampler",
    [
        MALA(epsilon=1e3, nbeta=100.0),  # accepts nothing
        Langevin(epsilon=1e-300, nbeta=100.0),
        Langevin(epsilon=1e-3, nbeta=100.0, box=1e-30),
    ],
)
def test_chains_that_do_not_move_are_not_reliable(sampler):
    point = {"w": torch.zeros(3)}
    estimate = estimate_llc(lambda p, _: p["w"].square().sum(), point, None, sampler=sampler, draws=60)
    assert estimate.llc == 0.0 and estimate.verdict == "not converged"
    assert "chains do not move" in estimate.message


def test_preconditioner_learns_the_scales():
    """One weight 100 times steeper: plain SGLD at a step that suits the others diverges."""
    steep = torch.tensor([1.0, 1.0, 1.0, 1e4], dtype=torch.float64)

    def loss(params, _):
        return (steep * params["w"] ** 2).sum() / 2

    point = {"w": torch.full((4,), 1e-3, dtype=torch.float64)}
    settings = {"chains": 8, "draws": 300, "burn_in": 500, "steps_per_draw": 10}
    plain = estimate_llc(loss, point, None, sampler=SGLD(2e-3, 1.0, 1.0), **settings)
    scaled = estimate_llc(loss, point, None, sampler=RMSpropSGLD(2e-3, 1.0, 1.0), **settings)
    assert plain.verdict == "diverged"
    assert scaled.verdict != "diverged"
    assert np.isfinite(scaled.llc)


@pytest.mark.parametrize("name", SAMPLERS)
def test_impossible_settings_are_named(name):
    kind = type(SAMPLERS[name][0])
    for change, words in (
        ({"epsilon": -1.0}, "epsilon = -1"),
        ({"gamma": -2.0}, "gamma = -2"),
        ({"nbeta": 0.0}, "nbeta = 0"),
        ({"epsilon": "small"}, "epsilon = 'small'"),
        ({"gamma": np.nan}, "gamma = nan"),
    ):
        with pytest.raises(ValueError, match=f"{name}: {words}"):
            kind(**change)
    with pytest.raises(ValueError, match="friction"):
        SGNHT(friction=2.0)
