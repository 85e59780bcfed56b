"""Annealed sequential Monte Carlo against posteriors that are known exactly."""

import numpy as np
import pytest
import torch

from devdash.sampling import annealed
from devdash.sampling.annealed import Annealing

SETTINGS = Annealing(particles=1000, keep=0.8)


def test_gaussian_posterior_moments_and_evidence():
    precision, centre = torch.tensor([3.0, 24.0], dtype=torch.float64), torch.tensor([1.0, -0.5])

    def energy(w):
        difference = w - centre
        return (precision * difference**2).sum(-1) / 2, precision * difference

    result = annealed.sample(energy, 2, SETTINGS, seed=0)
    total = precision + 1
    mean, variance = precision * centre / total, 1 / total
    exact = float((-0.5 * total.log() - precision * centre**2 / (2 * total)).sum())
    drawn = result.particles
    assert torch.all((drawn.mean(0) - mean).abs() < 5 * (variance / 1000).sqrt())
    assert torch.all((drawn.var(0) / variance - 1).abs() < 5 * (2 / 1000) ** 0.5)
    assert abs(result.log_evidence - exact) < 0.15
    assert 0.5 < result.acceptance < 1


def test_two_modes_keep_their_weights():
    """Wells at ±2 of unequal width: a single chain would stay in one, the particles do not."""

    def energy(w):
        w = w.detach().requires_grad_()
        wide, narrow = 40 * (w[:, 0] - 2) ** 2, 640 * (w[:, 0] + 2) ** 2
        value = -torch.logsumexp(torch.stack([-wide, -narrow]), 0)
        (gradient,) = torch.autograd.grad(value.sum(), w)
        return value.detach(), gradient

    shares = [
        float((annealed.sample(energy, 1, SETTINGS, seed).particles[:, 0] > 0).float().mean())
        for seed in range(4)
    ]
    x = np.linspace(-6, 6, 400_001)
    density = np.exp(-(x**2) / 2) * (np.exp(-40 * (x - 2) ** 2) + np.exp(-640 * (x + 2) ** 2))
    exact = density[x > 0].sum() / density.sum()
    error = np.std(shares, ddof=1) / 2
    assert abs(np.mean(shares) - exact) < max(4 * error, 0.03)


@pytest.mark.parametrize("seed", [0, 7])
def test_same_seed_same_particles(seed):
    def energy(w):
        return (w**4).sum(-1), 4 * w**3

    one, two = (annealed.sample(energy, 3, Annealing(particles=50), seed) for _ in range(2))
    assert torch.equal(one.particles, two.particles)
