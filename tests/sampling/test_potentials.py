"""λ̂ on potentials whose exact value at finite n is known by quadrature (prior N(w*, 1/γ))."""

import pytest
import torch

from devdash.models.potentials import POTENTIALS, exact_value, nbeta_of
from devdash.sampling import SGLD, estimate_llc

N = 1000


@pytest.mark.parametrize("name", POTENTIALS)
@pytest.mark.slow
def test_finite_n_value(name):
    potential = POTENTIALS[name]
    truth, nbeta = exact_value(potential, N), nbeta_of(N)
    epsilon = 0.02 / nbeta  # x²y⁶ and its like reach far along their axes: larger is unstable there
    estimate = estimate_llc(
        lambda params, _: potential.value(*params["w"]),
        {"w": torch.tensor(potential.point, dtype=torch.float64)},
        None,
        sampler=SGLD(epsilon, nbeta, potential.gamma),
        chains=256,
        draws=250,
        burn_in=5000,
        steps_per_draw=40,
    )
    assert estimate.verdict in ("reliable", "not converged"), estimate.message
    # of the mean over chains alone: std_err also holds the step of plain SGLD and what has not settled
    error = estimate.chain_llc.std(ddof=1) / len(estimate.chain_llc) ** 0.5
    assert error < 0.1 * truth
    assert abs(estimate.llc - truth) < max(0.1 * truth, 3 * error)
