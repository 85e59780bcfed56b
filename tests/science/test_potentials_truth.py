"""Exact finite-n values of the potentials: our quadrature against the published table."""

import numpy as np
import pytest
import torch

from devdash.models.potentials import POTENTIALS, exact_value, hessian_rank, level_grid

NS = (1e3, 1e4, 1e6)
TABLE = {
    "w²": (0.498, 0.500, 0.500),
    "w⁴": (0.243, 0.247, 0.250),
    "w⁶": (0.157, 0.162, 0.165),
    "x²+y²": (0.997, 1.000, 1.000),
    "x²+y⁴": (0.741, 0.747, 0.750),
    "(x²+y²)²": (0.488, 0.496, 0.499),
    "x²y²": (0.361, 0.391, 0.425),
    "x²y⁴": (0.210, 0.225, 0.241),
    "x²y⁶": (0.142, 0.151, 0.161),
    "x⁴y⁴": (0.150, 0.166, 0.187),
    "(x²−y³)²": (0.360, 0.374, 0.386),
    "(x−1)²(x²+y²)⁴ at (0, 0)": (0.291, 0.277, 0.259),
    "(x−1)²(x²+y²)⁴ at (1, .3)": (0.397, 0.505, 0.500),
}
ROUNDING = 6e-4
COARSE = {
    ("(x²−y³)²", 1e6): 0.006,
    ("(x−1)²(x²+y²)⁴ at (0, 0)", 1e4): 0.002,
    ("(x−1)²(x²+y²)⁴ at (0, 0)", 1e6): 0.002,
}
HESSIAN_RANKS = {
    "w²": 1,
    "w⁴": 0,
    "x²+y²": 2,
    "x²+y⁴": 1,
    "x²y²": 0,
    "(x²−y³)²": 0,
    "(x−1)²(x²+y²)⁴ at (1, .3)": 1,
}


@pytest.mark.parametrize("name", TABLE)
def test_quadrature_gives_the_table(name):
    """The table's own quadrature is coarser at two potentials; `test_cusp_by_another_order` decides."""
    for n, published in zip(NS, TABLE[name], strict=True):
        assert abs(exact_value(POTENTIALS[name], n) - published) < COARSE.get((name, n), ROUNDING), n


@pytest.mark.slow
def test_cusp_by_another_order():
    """The cusp at n = 1e6 with u = x² − y³ in place of x, where the integrand has no narrow valley."""
    nbeta = 1e6 / np.log(1e6)
    u = np.sort(np.concatenate([sign * np.geomspace(1e-9, 1e3, 3001) for sign in (-1, 1)]))
    y = np.linspace(-10, 10, 4001)[:, None] + 1e-4
    x_squared = u + y**3
    inside = x_squared > 1e-9
    density = np.where(
        inside,
        np.exp(-nbeta * u**2 - (np.abs(x_squared) + y**2) / 2) / np.sqrt(np.where(inside, x_squared, 1)),
        0,
    )
    mean = [np.trapezoid(part * density, u, axis=1).sum() for part in (nbeta * u**2, 1.0)]
    assert abs(mean[0] / mean[1] - exact_value(POTENTIALS["(x²−y³)²"], 1e6)) < 0.004


def test_hessian_ranks():
    assert {name: hessian_rank(POTENTIALS[name]) for name in HESSIAN_RANKS} == HESSIAN_RANKS


@pytest.mark.parametrize("name", TABLE)
def test_value_is_the_same_for_arrays_and_tensors(name):
    potential = POTENTIALS[name]
    assert float(potential.value(*torch.tensor(potential.point, dtype=torch.float64))) == 0
    if len(potential.point) == 2:
        x, y, value = level_grid(potential, 0.5, 5)
        assert np.allclose(value, potential.value(torch.tensor(x), torch.tensor(y)).numpy())
        assert value.min() == value[12] == 0
