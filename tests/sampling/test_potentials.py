"""λ̂ on potentials whose exact value at finite n is known by quadrature (prior N(w*, 1))."""

import math

import pytest
import torch

from devdash.sampling import SGLD, estimate_llc

N = 1000
ORIGIN = (0.0, 0.0)
CASES = {
    "w²": (lambda w: w**2, (0.0,), 0.498),
    "w⁴": (lambda w: w**4, (0.0,), 0.243),
    "w⁶": (lambda w: w**6, (0.0,), 0.157),
    "x²+y²": (lambda x, y: x**2 + y**2, ORIGIN, 0.997),
    "x²+y⁴": (lambda x, y: x**2 + y**4, ORIGIN, 0.741),
    "(x²+y²)²": (lambda x, y: (x**2 + y**2) ** 2, ORIGIN, 0.488),
    "x²y²": (lambda x, y: x**2 * y**2, ORIGIN, 0.361),
    "x²y⁴": (lambda x, y: x**2 * y**4, ORIGIN, 0.210),
    "x²y⁶": (lambda x, y: x**2 * y**6, ORIGIN, 0.142),
    "x⁴y⁴": (lambda x, y: x**4 * y**4, ORIGIN, 0.150),
    "(x²−y³)²": (lambda x, y: (x**2 - y**3) ** 2, ORIGIN, 0.360),
    "two components, (1, .3)": (lambda x, y: (x - 1) ** 2 * (x**2 + y**2) ** 4, (1.0, 0.3), 0.397),
    "two components": (lambda x, y: (x - 1) ** 2 * (x**2 + y**2) ** 4, ORIGIN, 0.291),
}


@pytest.mark.parametrize("name", CASES)
def test_finite_n_value(name):
    potential, point, truth = CASES[name]
    nbeta = N / math.log(N)
    epsilon = 0.02 / nbeta  # x²y⁶ and its like reach far along their axes: larger is unstable there
    estimate = estimate_llc(
        lambda params, _: potential(*params["w"]),
        {"w": torch.tensor(point, dtype=torch.float64)},
        None,
        sampler=SGLD(epsilon, nbeta, gamma=100.0 if point == (1.0, 0.3) else 1.0),
        chains=256,
        draws=250,
        burn_in=5000,
        steps_per_draw=40,
    )
    assert estimate.verdict in ("reliable", "not converged"), estimate.message
    assert estimate.std_err < 0.1 * truth
    assert abs(estimate.llc - truth) < max(0.1 * truth, 3 * estimate.std_err)
