"""When chains stop: a number of draws, a standard error, or the end of a budget; the message says which."""

import numpy as np
import pytest
import torch

from devdash.sampling import SGLD, Observe, Stop, estimate_llc


def quadratic(params, _):
    return (params["w"] ** 2).sum()


def estimate(**settings):
    point = {"w": torch.zeros(4, dtype=torch.float64)}
    settings = {"sampler": SGLD(1e-3, 100.0), "draws": 50, "burn_in": 100} | settings
    return estimate_llc(quadratic, point, None, **settings)


def test_draws_alone():
    e = estimate()
    assert (e.stopped, e.draws, e.losses.shape) == ("draws", 50, (4, 50))
    assert "stopped" not in e.message


@pytest.mark.parametrize("steps_per_draw", [1, 3])
def test_a_wanted_standard_error_is_reached(steps_per_draw):
    e = estimate(stop=Stop(std_err=0.05), steps_per_draw=steps_per_draw)
    assert e.stopped == "std_err"
    assert e.budget.monte_carlo <= 0.05
    assert e.message.startswith("stopped at the wanted standard error")
    assert e.draws == e.losses.shape[1] == e.distances.shape[1] > 50
    # 4 weights at nβ h = 200, γ = 1
    assert abs(e.llc - 2 * 200 / 201) < 4 * 0.05 + 0.06 * 2


def test_what_came_before_the_stop_is_the_same():
    short, long = estimate(), estimate(stop=Stop(draws=80))
    assert np.array_equal(long.losses[:, :50], short.losses)


def test_the_budget_of_draws_ends_it():
    e = estimate(stop=Stop(std_err=1e-9, draws=130))
    assert (e.stopped, e.draws) == ("budget", 130)
    assert e.message.startswith("stopped at the end of the budget")


def test_the_budget_of_time_ends_it():
    e = estimate(stop=Stop(std_err=1e-9, seconds=0.3))
    assert e.stopped == "budget"
    assert "budget" in e.message
    assert 50 <= e.draws < Stop().draws


def regression():
    generator = torch.Generator().manual_seed(0)
    data = tuple(torch.randn(60, *s, generator=generator, dtype=torch.float64) for s in ((3,), ()))

    def loss(params, batch):
        return (torch.tanh(batch[0] @ params["w"]) - batch[1]) ** 2

    return loss, {"w": torch.ones(3, dtype=torch.float64)}, data


KEPT = {"sampler": SGLD(1e-3, 30.0), "draws": 20, "burn_in": 10, "keep_positions": True}


@pytest.mark.parametrize("scale", [None, {"w": 0.5}])
def test_observed_losses_are_those_of_the_kept_positions(scale):
    loss, params, data = regression()
    others = tuple(part[:7] + 1 for part in data)
    e = estimate_llc(loss, params, data, **KEPT, batch_size=10, scale=scale, observe=Observe(others, every=5))
    assert e.positions.shape == (4, 20, 3)
    assert e.observed.shape == (4, 4, 7)
    assert e.observed.dtype == np.float16
    kept = torch.from_numpy(e.positions[:, ::5])
    exact = torch.stack([torch.stack([loss({"w": w}, others) for w in chain]) for chain in kept])
    # half precision has 11 bits
    assert np.allclose(e.observed, exact - loss(params, others), rtol=2**-10, atol=1e-6)
    away = torch.from_numpy(e.positions - params["w"].numpy()).norm(dim=-1)
    assert np.allclose(e.distances, away)


@pytest.mark.parametrize("scale", [None, {"w": 0.5}])
def test_kept_positions_have_the_losses(scale):
    loss, params, data = regression()
    e = estimate_llc(loss, params, data, **KEPT, batch_size=60, scale=scale)
    positions = torch.from_numpy(e.positions)
    recomputed = [[float(loss({"w": w}, data).mean()) for w in chain] for chain in positions]
    assert np.allclose(e.losses, recomputed, rtol=1e-9)
    assert estimate_llc(loss, params, data, sampler=SGLD(1e-3, 30.0), draws=5, burn_in=0).positions is None
