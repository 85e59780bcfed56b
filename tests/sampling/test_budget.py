"""The parts of an estimate's error against systems whose exact value is known."""

import dataclasses

import numpy as np
import pytest
import torch

from devdash.sampling import MALA, SGLD, Langevin, estimate_llc
from devdash.sampling.budget import Gauges, Regime, gamma_share, gamma_slope, regime_of

SIZE, NBETA, GAMMA = 400, 30.0, 300.0
CURVATURE = torch.linspace(0, 2, SIZE, dtype=torch.float64)
EXACT = float((NBETA * CURVATURE / 2 / (NBETA * CURVATURE + GAMMA)).sum())


def quadratic(params, _):
    return (CURVATURE * params["w"] ** 2).sum() / 2


def gaussian(sampler, **settings):
    point = {"w": torch.zeros(SIZE, dtype=torch.float64)}
    return estimate_llc(quadratic, point, None, **{"sampler": sampler, "chains": 8} | settings)


def regression(n: int, size: int = 10):
    """Linear regression with noise of variance 1: λ = 5, and a minibatch's gradient is noisy at w*."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(n, size, generator=generator, dtype=torch.float64)
    y = x @ torch.ones(size, dtype=torch.float64)
    y = y + torch.randn(n, generator=generator, dtype=torch.float64)
    w = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]
    return lambda p, b: (b[1] - b[0] @ p["w"]) ** 2 / 2, {"w": w}, (x, y)


@pytest.mark.parametrize("epsilon", [1e-3, 4e-3, 8e-3])
def test_a_step_is_seen_and_measured_where_sgld_has_a_bias(epsilon):
    plain, averaged = (gaussian(kind(epsilon, NBETA, GAMMA)) for kind in (SGLD, Langevin))
    assert averaged.verdict == "reliable", averaged.message
    assert abs(averaged.llc - EXACT) < 4 * averaged.std_err
    assert plain.verdict == "not converged"
    assert "the step moves λ̂ by +" in plain.message
    assert abs(plain.llc - EXACT) < 2 * plain.std_err
    assert plain.virial > 1 + 0.8 * epsilon * GAMMA / 4


def test_the_virial_of_the_right_distribution_is_one():
    one = gaussian(Langevin(4e-3, NBETA, GAMMA))
    assert abs(one.virial - 1) < 4 * np.sqrt(2 / SIZE / one.ess)


def test_a_curvature_says_so_with_its_trace():
    estimate = gaussian(Langevin(4e-3, NBETA, 30 * GAMMA / 10))
    share = NBETA * CURVATURE / (NBETA * CURVATURE + 900)
    exact = 1 - float(share.square().sum() / share.sum())
    assert abs(estimate.regime.value - exact) < 4 * estimate.regime.std_err
    assert estimate.regime.word == "curvature"
    assert "a curvature, not a learning coefficient" in estimate.message
    # tr H, less the share of γ's own weight that λ̂ is short of
    assert estimate.trace == pytest.approx(float(CURVATURE.sum()), rel=0.08)
    assert estimate.budget.gamma == 0


def test_a_learning_coefficient_says_so():
    loss, params, data = regression(1000)
    estimate = estimate_llc(loss, params, data, sampler=Langevin(3e-3, 150.0, 1.0), steps_per_draw=3)
    assert estimate.regime.word == "learning coefficient"
    assert np.isnan(estimate.trace)
    assert "curvature" not in estimate.message


@pytest.mark.parametrize("n", [10_000, 100_000])
@pytest.mark.slow
def test_minibatches_do_not_heat_chains_with_control_variates(n):
    loss, params, data = regression(n)
    nbeta = n / np.log(n)
    settings = {"batch_size": 256, "draws": 400, "steps_per_draw": 3, "chains": 8}
    estimate = estimate_llc(loss, params, data, sampler=Langevin(0.8 / nbeta, nbeta), **settings)
    assert estimate.verdict == "reliable", estimate.message
    assert abs(estimate.llc - 5) < 3 * estimate.std_err
    assert estimate.std_err < 0.04 * 5
    # all data once at w*, and 10 or so further gradients of each chain
    assert estimate.evaluations == 8 * (100 + 1200 + 10) + -(-n // 256) + 1


def test_heat_without_control_variates_is_told_and_measured():
    @dataclasses.dataclass(frozen=True)
    class Unpaired(Langevin):
        """Minibatch gradients as they come."""

        paired = False

    loss, params, data = regression(10_000)
    settings = {"batch_size": 256, "draws": 400, "steps_per_draw": 3, "chains": 8}
    estimate = estimate_llc(loss, params, data, sampler=Unpaired(0.8 / 1000, 1000.0), **settings)
    assert estimate.verdict == "not converged"
    assert "minibatches heat λ̂" in estimate.message
    assert estimate.llc - estimate.budget.minibatch == pytest.approx(5, rel=0.15)
    assert abs(estimate.llc - 5) < 2 * estimate.std_err


@pytest.mark.slow
def test_control_variates_of_a_large_model_are_evaluated_anew():
    """No table fits: the chains share minibatches, and the gradient at w* is one more for all of them."""
    loss, params, data = regression(1000)
    settings = {"sampler": Langevin(0.8 / 145, 145.0), "batch_size": 100, "draws": 300, "chains": 8}
    kept, anew = (estimate_llc(loss, params, data, memory_mb=mb, **settings) for mb in (100, 1e-3))
    for estimate in (kept, anew):
        assert abs(estimate.llc - 5) < 4 * estimate.std_err
    assert anew.evaluations > kept.evaluations + 400


STILL = {
    "tiny steps": (Langevin(1e-300, NBETA, GAMMA), quadratic),
    "a tiny box": (Langevin(1e-3, NBETA, GAMMA, 1e-30), quadratic),
    "nothing accepted": (MALA(1e3, NBETA, GAMMA), quadratic),
    "a constant loss": (Langevin(1e-3, NBETA, GAMMA), lambda p, _: 0 * p["w"].sum()),
}


@pytest.mark.parametrize("case", STILL)
def test_chains_that_see_no_change_are_not_reliable(case):
    sampler, loss = STILL[case]
    point = {"w": torch.ones(SIZE, dtype=torch.float64)}
    if case != "a constant loss":
        loss = lambda p, _: quadratic({"w": p["w"] - 1}, _)  # noqa: E731
    estimate = estimate_llc(loss, point, None, sampler=sampler)
    assert estimate.verdict == "not converged"
    assert "does not change" in estimate.message


@pytest.mark.slow
def test_directions_that_have_not_settled_are_seen():
    """Flat ones, a third of all, spread in 2/(εγ) = 2000 steps; λ̂ of the others is long right."""
    few = torch.tensor([1.0] * 20 + [0.02] * 10, dtype=torch.float64)
    point = {"w": torch.zeros(30, dtype=torch.float64)}

    def run(**settings):
        loss = lambda p, _: (few * p["w"] ** 2).sum() / 2  # noqa: E731
        return estimate_llc(loss, point, None, sampler=Langevin(1e-3, 1000.0, 1.0), **settings)

    short, long = run(draws=40, burn_in=20), run(draws=400, burn_in=2000, steps_per_draw=20)
    assert short.verdict == "not converged"
    assert short.virial < 0.9
    assert long.verdict == "reliable", long.message
    k = 1000 * few + 1
    assert abs(long.llc - float((1000 * few / 2 / k).sum())) < 3 * long.std_err


def test_the_virial_holds_in_a_box_whose_sides_are_touched():
    """A flat loss fills the box evenly; plain Langevin steps there have no bias either."""
    point = {"w": torch.zeros(20, dtype=torch.float64)}

    def loss(params, _):
        return (params["w"] ** 2).sum() / 2

    settings = {"draws": 400, "burn_in": 300, "steps_per_draw": 5, "chains": 16}
    estimate = estimate_llc(loss, point, None, sampler=Langevin(0.02, 1.0, 0.0, 0.7), **settings)
    w = np.linspace(-0.7, 0.7, 4001)
    density = np.exp(-(w**2) / 2)
    exact = 20 * (w**2 / 2 * density).sum() / density.sum()
    assert abs(estimate.llc - exact) < 4 * estimate.budget.monte_carlo
    assert abs(estimate.virial - 1) < 0.05


def test_a_kind_that_its_error_leaves_open_is_not_named():
    assert [Regime(0.1, error).word for error in (0.1, 0.3, np.nan)] == ["learning coefficient", "", ""]


def gauges_of(h: np.ndarray, nbeta: float, gamma: float, chains: int, draws: int, noise: float):
    """nβΔL, γ‖v‖² and gauges of independent draws of a quadratic loss, its minibatches' noise beside it."""
    random = np.random.default_rng(0)
    v = random.standard_normal((chains, draws, len(h))) / np.sqrt(nbeta * h + gamma)
    scaled = nbeta * (h * v**2).sum(-1) / 2 + noise * random.standard_normal((chains, draws))
    pull = gamma * (v**2).sum(-1)
    force = (nbeta * h * v * (nbeta * h + gamma) * v).sum(-1)
    excess = noise**2 * random.chisquare(1, (chains, 10))
    virial = nbeta * (h * v**2).sum(-1)
    balance = (virial + pull) / len(h) - 1
    settings = Langevin(1e-4, nbeta, gamma)
    return scaled, pull, Gauges(settings, virial, balance, force, None, 0 * excess, excess)


@pytest.mark.parametrize(("gamma", "noise", "word"), [(3000.0, 8.0, "curvature"), (100.0, 40.0, "between")])
def test_noise_of_minibatches_leaves_the_bound_by_the_trace(gamma, noise, word):
    scaled, pull, gauges = gauges_of(np.ones(400), 100.0, gamma, 4, 100, noise)
    regime = regime_of(scaled, pull, gauges)
    share = 100 / (100 + gamma)
    assert regime.word == word
    assert abs(regime.value - (1 - share)) < 4 * regime.std_err


def test_the_slope_in_nbeta_is_never_above_one():
    scaled, pull, gauges = gauges_of(np.ones(400), 100.0, 1e5, 4, 100, noise=0.0)
    assert 0.9 < regime_of(scaled, pull, gauges).value <= 1


@pytest.mark.parametrize("seed", range(4))
def test_flat_weights_in_their_thousands_do_not_make_the_share_of_gamma(seed):
    random = np.random.default_rng(seed)
    steep, flat = random.chisquare(20, (4, 200)), random.chisquare(50_000, (4, 200))
    llc = steep.mean() / 2
    regime = Regime(0.0, 0.1)
    share = gamma_share(llc, regime, steep / 2, flat)
    assert share.size < 0.1 * llc
    assert gamma_slope(steep / 2, flat).error > llc


def test_the_share_of_gamma_is_the_slope_where_that_is_felt():
    h, gamma = np.full(10, 1.0), 100.0
    scaled, pull, gauges = gauges_of(h, 300.0, gamma, 4, 4000, 0.0)
    share = gamma_share(scaled.mean(), regime_of(scaled, pull, gauges), scaled, pull)
    assert share.value == pytest.approx(10 * 0.75 * 0.25 / 2, abs=3 * share.error)
    assert share.is_plain
