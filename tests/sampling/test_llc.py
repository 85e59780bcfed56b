"""estimate_llc against exact values, and its promises: paired, reproducible, honest about faults."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from devdash.sampling import SGLD, estimate_llc, estimate_llcs

pytestmark = pytest.mark.slow

CURVATURE = torch.tensor([0.5, 1.0, 3.0, 0.0], dtype=torch.float64)


def quadratic(params, _):
    return (CURVATURE * params["w"] ** 2).sum() / 2


def point(size: int = 4):
    return {"w": torch.zeros(size, dtype=torch.float64)}


def stationary_llc(settings: SGLD) -> float:
    """Exact λ̂ of SGLD on the quadratic form: variance 1/(k (1 − εk/4)) with k = nβh + γ."""
    k = settings.nbeta * CURVATURE + settings.gamma
    return float((settings.nbeta * CURVATURE / 2 / (k * (1 - settings.epsilon * k / 4))).sum())


@pytest.mark.parametrize(
    "settings", [SGLD(1e-3, 100.0, 1.0), SGLD(4e-3, 100.0, 1.0), SGLD(1e-3, 100.0, 80.0), SGLD(0.5, 1.0, 1.0)]
)
def test_quadratic_form_with_localisation_and_step_bias(settings):
    estimate = estimate_llc(
        quadratic, point(), None, sampler=settings, chains=64, draws=400, burn_in=4000, steps_per_draw=5
    )
    # of a chain with this step, whose bias is another part of the budget
    error = estimate.budget.monte_carlo
    assert abs(estimate.llc - stationary_llc(settings)) < 4 * error
    assert error < 0.05 * estimate.llc  # with what a flat direction that has not settled could add
    exact = stationary_llc(replace(settings, epsilon=1e-9))
    assert abs(estimate.llc - exact) < 2 * estimate.std_err
    bias = stationary_llc(settings) - exact
    assert abs(estimate.step.value - bias) < 4 * estimate.step.error + 0.1 * bias


def test_standard_error_is_the_real_one():
    """Of forty estimates at the same point, each from chains of its own."""
    settings = SGLD(4e-3, 100.0, 1.0)
    estimates = estimate_llcs(quadratic, [point()] * 40, None, sampler=settings, draws=400, burn_in=300)
    assert len({e.llc for e in estimates}) == 40
    truth = stationary_llc(settings)
    z = [(e.llc - truth) / e.budget.monte_carlo for e in estimates]
    # the standard deviation of 40 standard normal numbers lies in 0.72–1.28 with probability .99
    assert 0.72 < np.std(z) < 1.28


def test_loss_scale_and_nbeta_cancel():
    one = estimate_llc(quadratic, point(), None, sampler=SGLD(1e-3, 100.0, 1.0))
    other = estimate_llc(lambda p, b: 8 * quadratic(p, b), point(), None, sampler=SGLD(1e-3, 100.0 / 8, 1.0))
    assert np.isclose(one.llc, other.llc, rtol=1e-9)


def test_same_seed_same_numbers_and_chains_differ():
    settings = {"sampler": SGLD(1e-3, 100.0, 1.0), "draws": 500}
    one, two, three = (estimate_llc(quadratic, point(), None, seed=s, **settings) for s in (5, 5, 6))
    assert np.array_equal(one.losses, two.losses)
    assert not np.array_equal(one.losses, three.losses)
    assert len({round(float(x), 12) for x in one.chain_llc}) == len(one.chain_llc)


def test_seeds_share_no_chain_in_parts():
    """Chains one at a time, as memory may force them: no part of one seed is a part of another."""
    settings = {"sampler": SGLD(1e-3, 100.0, 1.0), "draws": 50, "memory_mb": 1e-6}
    estimates = [estimate_llc(quadratic, point(), None, seed=s, **settings) for s in (0, 7919, np.int64(2))]
    last = {float(x) for e in estimates for x in e.losses[:, -1]}
    assert len(last) == sum(len(e.losses) for e in estimates)


def test_chains_are_independent():
    e = estimate_llc(
        quadratic, point(), None, sampler=SGLD(8e-3, 100.0, 1.0), chains=16, draws=2000, burn_in=500
    )
    correlation = np.corrcoef(e.losses)[np.triu_indices(16, 1)]
    draws = e.ess / 16
    # the mean of 120 correlations between independent chains has standard error 1/√(120 · draws)
    assert abs(correlation.mean()) < 4 / np.sqrt(120 * draws)


def regression(n: int = 400):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(n, 3, generator=generator, dtype=torch.float64)
    y = x @ torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)
    y = y + torch.randn(n, generator=generator, dtype=torch.float64)
    w = torch.linalg.lstsq(x, y[:, None]).solution[:, 0]

    def loss(params, batch):
        return (batch[1] - batch[0] @ params["w"]) ** 2 / 2

    return loss, {"w": w}, (x, y)


def test_regular_model_from_data():
    loss, params, data = regression()
    e = estimate_llc(loss, params, data, sampler=SGLD(1e-3), chains=16, draws=400, burn_in=400, batch_size=64)
    exact = float(loss(params, data).mean())
    assert np.isclose(e.init_loss, exact, rtol=1e-12)
    assert e.verdict == "reliable", e.message
    assert abs(e.llc - 1.5) < max(4 * e.std_err, 0.15)
    assert np.isclose(e.mean_loss, e.losses.mean())


def test_pairing_on_the_minibatch_takes_its_noise_away():
    loss, params, data = regression()
    e = estimate_llc(loss, params, data, sampler=SGLD(1e-9), draws=50, burn_in=0, batch_size=8)
    single = loss(params, data).std().item() / np.sqrt(8)
    assert e.losses.std() < single / 100


def test_component_by_name_and_by_mask():
    params = {"w": torch.zeros(4, dtype=torch.float64), "v": torch.zeros(2, dtype=torch.float64)}

    def loss(p, _):
        return 3 * (p["w"] ** 2).sum() + 5 * (p["v"] ** 2).sum()

    settings = {"sampler": SGLD(1e-5, 1000.0, 1.0), "chains": 32, "draws": 400, "burn_in": 400}
    named = estimate_llc(loss, params, None, component=["v"], **settings)
    mask = torch.tensor([True, False, True, True])
    masked = estimate_llc(loss, params, None, component={"w": mask}, **settings)
    assert abs(named.llc - 1.0) < 4 * named.std_err + 0.1
    assert abs(masked.llc - 1.5) < 4 * masked.std_err + 0.1


def test_many_points_at_once_equal_each_truth():
    def loss(p, _):
        return ((p["w"] - p["w"].detach().round()) ** 2).sum()

    points = [{"w": torch.full((2,), float(i), dtype=torch.float64)} for i in range(3)]
    for e in estimate_llcs(loss, points, None, sampler=SGLD(1e-4, 1000.0), chains=16, draws=300, burn_in=300):
        assert abs(e.llc - 1.0) < 4 * e.std_err + 0.1


def test_diverged_chain_is_marked_and_left_out():
    def loss(p, _):
        w = p["w"]
        return (w**2).sum() + torch.where(w[0] > 0.29, torch.nan, 0.0)

    e = estimate_llc(loss, point(1), None, sampler=SGLD(1e-3, 50.0), chains=8, draws=400, burn_in=50)
    lost = np.isnan(e.chain_llc)
    assert 0 < lost.sum() < 8
    assert e.verdict == "diverged"
    assert f"chain {np.flatnonzero(lost)[0]}" in e.message
    assert np.isclose(e.llc, e.chain_llc[~lost].mean())


def test_everything_diverged_has_no_number():
    e = estimate_llc(quadratic, point(), None, sampler=SGLD(10.0, 100.0))
    assert np.isnan(e.llc)
    assert e.verdict == "diverged"


def test_saddle_is_no_minimum():
    def loss(p, _):
        return p["w"][0] ** 2 - p["w"][1] ** 2 + p["w"][1] ** 4

    e = estimate_llc(loss, point(2), None, sampler=SGLD(1e-3, 100.0), draws=400)
    assert e.verdict == "not a minimum"


def test_short_chains_are_not_called_reliable():
    e = estimate_llc(quadratic, point(), None, sampler=SGLD(1e-6, 100.0), draws=50, burn_in=0)
    assert e.verdict == "not converged"


def test_acceptance_falls_with_the_step():
    rates = [
        estimate_llc(quadratic, point(), None, sampler=SGLD(eps, 100.0)).acceptance
        for eps in (1e-5, 2e-3, 8e-3)
    ]
    assert rates[0] > 0.999
    assert rates[0] > rates[1] > rates[2] > 0.3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"chains": 0}, "chains = 0"),
        ({"burn_in": -1}, "burn_in = -1"),
        ({"component": ["x"]}, "no parameter 'x'"),
        ({"sampler": SGLD(1e-3)}, "needs nbeta"),
        ({"component": {"w": torch.ones(2, dtype=torch.bool)}}, "expected torch.bool (4,)"),
    ],
)
def test_wrong_input_is_named(change, words):
    settings = {"sampler": SGLD(1e-3, 100.0)} | change
    with pytest.raises(ValueError, match=words.replace("(", r"\(").replace(")", r"\)")):
        estimate_llc(quadratic, point(), None, **settings)


def test_sampler_refuses_impossible_settings():
    with pytest.raises(ValueError, match="epsilon = -1"):
        SGLD(epsilon=-1)
