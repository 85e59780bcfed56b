"""The posterior of the toy model at growing n: which phase holds how much of it."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch

from devdash.measures.superposition import posterior as posterior_tables
from devdash.models.superposition import Sample
from devdash.pipeline.experiment import Workspace
from devdash.sampling import annealed
from precompute.superposition.points import draw_sample


@dataclass(frozen=True)
class PosteriorOfPhases:
    """Posterior ∝ N(0, 1) exp(−s n Lₙ): s is the observation scale, ½ is Gaussian noise of σ = 1."""

    features: tuple[int, ...] = (5, 6)
    scales: tuple[float, ...] = (1.0, 0.5)
    examples: tuple[int, ...] = (50, 100, 150, 200, 300, 400, 500, 600, 700, 800, 1000, 1300, 1600, 2000)
    datasets: int = 6
    populations: int = 2


def sample_posterior(
    config, features: int, scale: float, n: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """Share of each phase in the posterior at n examples: several data sets, each sampled anew."""
    results = []
    for number in range(config.posterior.datasets):
        sample = draw_sample(n, features, workspace.seed_of("posterior", features, n, number))
        for population in range(config.posterior.populations):
            seed = workspace.seed_of("smc", features, scale, n, number, population)
            sampled = partial(energy, sample, features, scale * n)
            drawn = annealed.sample(sampled, 3 * features, config.annealing, seed)
            results.append((number, population, drawn))
    return posterior_tables.shares_and_diagnostics(features, scale, n, results)


def energy(sample: Sample, features: int, factor: float, w: torch.Tensor):
    """factor · L_n and its gradient at flat weights (particle, 3 · features)."""
    W, b = w[:, : 2 * features].reshape(-1, 2, features), w[:, 2 * features :]
    loss, by_W, by_b = sample.loss_and_gradient(W, b)
    return factor * loss, factor * torch.cat([by_W.reshape(len(w), -1), by_b], 1)
