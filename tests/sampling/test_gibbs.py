"""Gibbs sampling of reduced rank regression against brute force, and against its own prior (Geweke)."""

import math

import numpy as np
import pytest
import torch

from devdash.sampling import gibbs
from devdash.sampling.diagnostics import effective
from devdash.sampling.gibbs import GibbsPlan, Moments, State


def data(inputs: int, outputs: int, n: int, problems: int = 1, seed: int = 0):
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(problems, n, inputs, generator=generator, dtype=torch.float64)
    y = 0.5 * x[..., :1] + torch.randn(problems, n, outputs, generator=generator, dtype=torch.float64)
    return x, y


def direct(A, B, x, y) -> torch.Tensor:
    return (y - x @ A.mT @ B.mT).square().sum((-1, -2)) / 2


def test_energy_from_moments_is_that_of_the_data():
    x, y = data(3, 2, 40, problems=2)
    generator = torch.Generator().manual_seed(1)
    A = torch.randn(2, 2, 3, generator=generator, dtype=torch.float64)
    B = torch.randn(2, 2, 2, generator=generator, dtype=torch.float64)
    moments = Moments.of(x, y)
    energy = gibbs.energy(State(A @ moments.basis.mT, B), moments)
    assert torch.allclose(energy, direct(A, B, x, y))


@pytest.mark.parametrize("beta", [1.0, 0.2])
def test_moments_are_those_of_the_posterior_on_a_grid(beta):
    """One weight in each layer: the posterior of (a, b) is summed on a grid."""
    x, y = data(1, 1, 12)
    scale = 1.5
    grid = torch.linspace(-8, 8, 1201, dtype=torch.float64)
    a, b = torch.meshgrid(grid, grid, indexing="ij")
    xx, xy, yy = (x * x).sum(), (x * y).sum(), (y * y).sum()
    energy = (yy - 2 * a * b * xy + (a * b) ** 2 * xx) / 2
    weight = torch.softmax((-beta * energy - (a**2 + b**2) / (2 * scale**2)).flatten(), 0)
    exact = [float((weight * value.flatten()).sum()) for value in (energy, a * b, a**2)]
    drawn = gibbs.sample(
        Moments.of(x, y), torch.tensor([beta]).double(), 1, scale, GibbsPlan(64, 400, 200, 2), seed=3
    )
    a, b = drawn.A[0, ..., 0, 0], drawn.B[0, ..., 0, 0]
    for value, wanted in zip((drawn.energy[0], a * b, a**2), exact, strict=True):
        values = value.numpy()
        error = values.std() / math.sqrt(effective(values))
        assert abs(values.mean() - wanted) < 4 * error + 1e-3
        assert error < 0.05 * (1 + abs(wanted))


def test_joint_distribution_returns_to_the_prior():
    """Geweke 2004: new data given weights, then a sweep given the data, keeps the prior of the weights."""
    problems, n, scale = 4000, 5, 0.8
    x, _ = data(2, 3, n, problems)
    generator = torch.Generator().manual_seed(5)

    def normal(*shape):
        return torch.randn(problems, *shape, generator=generator, dtype=torch.float64)

    A, B, beta = scale * normal(2, 2), scale * normal(3, 2), torch.ones(problems, dtype=torch.float64)
    for _ in range(12):
        moments = Moments.of(x, x @ A.mT @ B.mT + normal(n, 3))
        state = gibbs.update(State(A @ moments.basis.mT, B), moments, beta, scale, generator)
        A, B = state.A @ moments.basis, state.B
    for weights in (A, B):
        for power, wanted in ((1, 0.0), (2, scale**2), (4, 3 * scale**4)):
            values = (weights**power).flatten(1).mean(1).numpy()
            assert abs(values.mean() - wanted) < 4 * values.std() / math.sqrt(problems)
    shared = ((A**2).sum((1, 2)) * (B**2).sum((1, 2))).numpy()  # A and B are independent in the prior
    assert abs(shared.mean() - 24 * scale**4) < 4 * shared.std() / math.sqrt(problems)


def test_the_same_seed_gives_the_same_draws_and_chains_agree():
    x, y = data(3, 3, 100, problems=2)
    one, two = (
        gibbs.sample(Moments.of(x, y), torch.ones(2).double(), 2, 3.0, GibbsPlan(2, 30, 20, 1), seed=7)
        for _ in range(2)
    )
    assert torch.equal(one.A, two.A) and one.energy.shape == (2, 2, 30)
    again = direct(one.A[0, 1, 4], one.B[0, 1, 4], x[0], y[0])
    assert float(one.energy[0, 1, 4]) == pytest.approx(float(again))


def test_wrong_shapes_are_named():
    x, y = data(3, 2, 10)
    with pytest.raises(ValueError, match=r"x \(1, 10, 3\) and y \(1, 9, 2\) given, expected"):
        Moments.of(x, y[:, :9])
    assert np.isfinite(float(Moments.of(x, y).yy[0]))
