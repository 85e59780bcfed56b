"""tanh networks at the true function 0: λ, the exact loss, and an estimate at one unit."""

import numpy as np
import pytest
import torch

from devdash.models import tanh_network
from devdash.models.potentials import exact_value, nbeta_of
from devdash.sampling import SGLD, estimate_llc


@pytest.mark.parametrize(
    ("hidden", "llc", "multiplicity"),
    [(1, 1 / 2, 2), (2, 2 / 3, 1), (3, 5 / 6, 1), (4, 1.0, 2), (8, 1.4, 1), (9, 1.5, 2)],
)
def test_learning_coefficient(hidden, llc, multiplicity):
    assert tanh_network.learning_coefficient(hidden) == (pytest.approx(llc), multiplicity)


def test_population_loss_equals_a_monte_carlo_mean():
    params = {"a": torch.tensor([0.7, -1.4]).double(), "c": torch.tensor([1.1, 0.4]).double()}
    x = np.random.default_rng(0).uniform(-3, 3, 400_000)
    output = np.tanh(x[:, None] * params["a"].numpy()) @ params["c"].numpy()
    error = (output**2).std() / len(x) ** 0.5
    assert abs(float(tanh_network.population_loss(params)) - (output**2).mean()) < 4 * error


@pytest.mark.slow
def test_estimate_of_one_unit_is_the_finite_n_value():
    n = 1e3
    exact = exact_value(tanh_network.one_unit(), n)
    estimate = estimate_llc(
        lambda w, _: tanh_network.population_loss(w),
        tanh_network.zero(1),
        None,
        sampler=SGLD(0.05 / nbeta_of(n), nbeta_of(n)),
        chains=128,
        draws=150,
        burn_in=4000,
        steps_per_draw=40,
    )
    assert abs(estimate.llc - exact) < max(0.1 * exact, 3 * estimate.std_err)
