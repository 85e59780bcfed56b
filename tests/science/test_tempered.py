"""Tempered posteriors of tanh and m-gon networks against quadrature, and slopes of known lines."""

import math
from functools import partial

import numpy as np
import pytest
import torch

from devdash.measures.generalisation.tempered import System, chain_tables, slope_table, slopes, tempered_rows
from devdash.models import mgon_network, tanh_network, tanh_regression
from devdash.sampling import annealed
from devdash.sampling.annealed import Annealing
from devdash.sampling.gibbs import GibbsPlan, Moments, sample
from devdash.store.schema import TABLES

N, BETA = 300.0, 0.2


def quadrature(data, beta: float) -> float:
    """E^β[nL_n] − nL_n(0) of one tanh unit, over a and c."""
    grid = torch.linspace(-6, 6, 801, dtype=torch.float64)
    t = torch.tanh(tanh_network.NODES * grid[:, None])  # (a, node)
    square, cross = (t**2 * data.counts).sum(1), (t * data.counts * data.noise).sum(1)
    energy = grid**2 * square[:, None] / 2 - grid * cross[:, None]
    log_weight = -beta * energy - (grid[:, None] ** 2 + grid**2) / 2
    return float((log_weight.flatten().softmax(0) * energy.flatten()).sum())


def test_output_weights_are_integrated_out_exactly():
    data = tanh_regression.NodeData.draw(N, seed=1)
    a = torch.linspace(-6, 6, 4001, dtype=torch.float64)[:, None]
    free, inner = tanh_regression.free_energy(a, BETA, data)
    mean = float(((-free - a[:, 0] ** 2 / 2).softmax(0) * inner).sum())
    assert mean == pytest.approx(quadrature(data, BETA), rel=2e-3)


def test_reweighted_populations_meet_quadrature_at_every_temperature():
    data, betas = tanh_regression.NodeData.draw(N, seed=1), torch.tensor([0.2, 0.3, 0.37]).double()
    energy = partial(tanh_regression.with_gradient, beta=BETA, data=data)
    drawn = annealed.sample(energy, 1, Annealing(particles=1500, moves=2, leapfrog=6, final_moves=6), seed=0)
    means = tanh_regression.tempered_means(drawn.particles, BETA, betas, data)
    for beta, value in zip(betas.tolist(), means.tolist(), strict=True):
        assert value == pytest.approx(quadrature(data, beta), rel=0.1)


def test_noise_of_the_nodes_shrinks_with_n_and_keeps_its_shape():
    few, many = (tanh_regression.NodeData.draw(n, seed=3) for n in (1e2, 1e4))
    assert torch.allclose(few.noise, 10 * many.noise)
    assert float(many.counts.sum()) == pytest.approx(1e4)


def test_gradient_of_the_mgon_is_that_of_autograd():
    data = mgon_network.Examples.draw(3, 50, seed=0)
    w = torch.randn(4, 13, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    free = w.clone().requires_grad_()
    mgon_network.excess(free, data)[0].sum().backward()
    assert torch.allclose(mgon_network.excess(w, data)[1], free.grad)


@pytest.mark.parametrize("sides", [3, 5])
def test_the_truth_of_the_mgon_has_no_excess_and_its_symmetry(sides):
    data = mgon_network.Examples.draw(sides, 40, seed=0)
    assert float(mgon_network.excess(mgon_network.truth(sides), data)[0]) == pytest.approx(0, abs=1e-9)
    sides_of = mgon_network.parts(mgon_network.truth(sides))[0][0]
    turn = 2 * math.pi / sides
    rotation = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]]).double()
    assert torch.allclose(sides_of @ rotation, sides_of.roll(-1, 0))


def lines(slope: float, sampler="Gibbs", chain=None, datasets=3):
    temperature = np.array([4.0, 5, 6])
    system = System("reduced rank", "3-3-3, r = 3", 18, 4.5, 1)
    rows = [
        tempered_rows(
            system, 100, k, sampler, temperature, k + (slope + 0.1 * k) * temperature, chain=chain, rhat=1.01
        )
        for k in range(datasets)
    ]
    return system, rows


def test_slopes_are_means_over_data_sets_with_their_error():
    import pandas as pd

    system, rows = lines(2.0)
    _, alone = lines(-50.0, "HMC", chain=4, datasets=1)
    frame = pd.concat([*rows, *alone])
    assert sorted(slopes(frame)["slope"].round(6)) == [-50, 2, 2.1, 2.2]
    (row,) = slope_table(frame, [system]).to_dict("records")
    assert row["slope"] == pytest.approx(2.1) and row["std_err"] == pytest.approx(0.1 / math.sqrt(3))
    assert row["verdict"] == "reliable" and row["datasets"] == 3
    (row,) = slope_table(frame.assign(rhat=1.3), [system]).to_dict("records")
    assert row["verdict"] == "not converged"


def test_a_regular_model_has_slope_d_over_2():
    """With one hidden unit that is always on, y = b a x far from 0 is regular: E^β − minimum is 1/(2β)."""
    x = torch.randn(1, 400, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    y = 2 * x + torch.randn(1, 400, 1, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    temperatures = torch.tensor([3.0, 6.0, 9.0]).double()
    drawn = sample(Moments.of(x, y).repeated(3), 1 / temperatures, 1, 3.0, GibbsPlan(32, 300, 100, 4), seed=0)
    slope = np.polyfit(temperatures.numpy(), drawn.energy.mean((1, 2)).numpy(), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.06)


def test_chains_that_disagree_are_not_reliable():
    generator = np.random.default_rng(0)
    steady = 5 + generator.standard_normal((4, 400))
    place = {"least": 500.0, "weights": 13, "burn_in": 10}
    good = chain_tables("a", "HMC", 1000, 7.0, steady, steady, **place)
    bad = chain_tables("a", "HMC", 1000, 7.0, steady + 20 * np.arange(4)[:, None], steady, **place)
    assert good["llc"]["verdict"][0] == "reliable" and bad["llc"]["verdict"][0] == "not converged"
    assert good["llc"]["llc"][0] == pytest.approx(steady.mean() / 7)
    for name, frame in good.items():
        defaults = {column.name for column in TABLES[name].columns if column.default is not None}
        assert set(frame) | {"run"} | defaults == set(TABLES[name].names())
    draws = good["llc_draw"]
    again = good["llc"]["nbeta"][0] * (draws["loss"] - good["llc"]["init_loss"][0])
    assert again.mean() == pytest.approx(good["llc"]["llc"][0], abs=0.1)
