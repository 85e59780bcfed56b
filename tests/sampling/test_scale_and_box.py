"""Chains in scaled coordinates, and between the sides of a box."""

import numpy as np
import pytest
import torch

from devdash.models import relu_network
from devdash.sampling import MALA, SGLD, SGNHT, Langevin, RMSpropSGLD, estimate_llc

SIZE, BOX, CHAINS = 3, 0.5, 64
SAMPLERS = [
    Langevin(0.02, 1.0, 0.0, BOX),
    SGLD(0.02, 1.0, 0.0, BOX),
    MALA(0.1, 1.0, 0.0, BOX),
    RMSpropSGLD(0.02, 1.0, 0.0, BOX),
    SGNHT(0.005, 1.0, 0.0, BOX),
]


def positions(sampler, loss, start: float) -> np.ndarray:
    """(chain, draw, weight) relative to w*."""
    point = {"w": torch.full((SIZE,), start, dtype=torch.float64)}
    estimate = estimate_llc(
        loss,
        point,
        None,
        sampler=sampler,
        chains=CHAINS,
        draws=200,
        burn_in=200,
        steps_per_draw=5,
        keep_positions=True,
    )
    return estimate.positions - start


@pytest.mark.parametrize(
    "sampler", [*SAMPLERS, Langevin(0.5, 1.0, 0.0, BOX)], ids=lambda s: f"{type(s).__name__} {s.epsilon}"
)
@pytest.mark.slow
def test_a_flat_loss_is_uniform_in_the_box(sampler):
    offsets = positions(sampler, lambda p, _: 0 * p["w"].sum(), 2.0)
    assert np.abs(offsets).max() <= BOX * (1 + 1e-12)
    # errors from the spread between chains, which are independent
    for power, exact in ((1, 0.0), (2, BOX**2 / 3), (4, BOX**4 / 5)):
        by_chain = (offsets**power).mean((1, 2))
        assert abs(by_chain.mean() - exact) < 4 * by_chain.std(ddof=1) / CHAINS**0.5 + 0.01 * exact


@pytest.mark.parametrize("sampler", SAMPLERS, ids=lambda s: type(s).__name__)
@pytest.mark.slow
def test_a_steep_loss_is_kept_in_the_box(sampler):
    offsets = positions(sampler, lambda p, _: -8 * p["w"].sum(), 0.0)
    assert np.abs(offsets).max() <= BOX * (1 + 1e-12)
    assert offsets.mean() > 0.5 * BOX


def estimate(params, scale, loss=relu_network.loss, **settings):
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(100, 4, generator=generator, dtype=torch.float64)
    data = (x, relu_network.forward(relu_network.initial((4, 6, 3), 0), x))
    settings = {"draws": 60, "burn_in": 40, "chains": 2, "batch_size": 20} | settings
    return estimate_llc(loss, params, data, sampler=SGLD(0.005, 20.0), scale=scale, **settings)


@pytest.mark.parametrize("factor", [1e-3, 0.1, 1e3])
def test_relu_rescaling_changes_nothing_in_units_of_the_curvature(factor):
    params = relu_network.initial((4, 6, 3), 0)
    one = estimate(params, "curvature")
    other = estimate(relu_network.rescale(params, 1, factor), "curvature")
    assert np.isclose(other.llc, one.llc, rtol=1e-6)
    assert np.allclose(other.losses, one.losses, rtol=1e-6)


def test_a_scale_by_name_is_another_parametrisation():
    params = relu_network.initial((4, 6, 3), 0)
    units = {name: 0.2 + number for number, name in enumerate(params)}

    def in_units(u, batch):
        return relu_network.loss({name: units[name] * u[name] for name in u}, batch)

    scaled = estimate(params, units)
    by_hand = estimate({name: w / units[name] for name, w in params.items()}, None, in_units)
    assert np.allclose(scaled.losses, by_hand.losses, rtol=1e-6)
    assert np.isclose(scaled.acceptance, by_hand.acceptance)


def test_distances_are_of_the_weights_themselves():
    params = relu_network.initial((4, 6, 3), 0)
    at_curvature = estimate(params, "curvature", keep_positions=True)
    start = np.concatenate([w.flatten() for w in params.values()])
    assert np.allclose(at_curvature.distances, np.linalg.norm(at_curvature.positions - start, axis=-1))
