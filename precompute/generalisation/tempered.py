"""Tempered posteriors of reduced rank regression and tanh networks; the round of all that are tempered."""

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import torch

from devdash.measures.generalisation.tempered import System, chain_tables, tempered_rows
from devdash.models import linear, tanh_network, tanh_regression
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import annealed, gibbs
from devdash.sampling.annealed import Annealing
from devdash.sampling.diagnostics import disagreement
from precompute.generalisation.mgon import Mgon, measure_chains, measure_reference, mgon_system

FACTORS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
CASES = (((3, 3, 3), 3), ((4, 3, 4), 1), ((4, 3, 4), 0))  # widths in-hidden-out, true rank


@dataclass(frozen=True)
class ReducedRank:
    """scale: s of the prior N(0, s²); the truth's r singular values are 1, x ~ N(0, I)."""

    n: int = 1000
    datasets: int = 24
    scale: float = 3.0
    schedule: gibbs.GibbsPlan = field(default_factory=lambda: gibbs.GibbsPlan(8, 400, 400, 4))


@dataclass(frozen=True)
class Tanh:
    """Prior N(0, 1); one annealed population at the hottest temperature, reweighted to the others."""

    hidden: tuple[int, ...] = (1, 2, 4)
    n: tuple[float, ...] = (1e3, 1e4, 1e5, 1e6)
    datasets: int = 24
    annealing: Annealing = field(
        default_factory=lambda: Annealing(particles=500, moves=3, leapfrog=8, final_moves=10)
    )


@dataclass(frozen=True)
class Tempered:
    """What is sampled at several temperatures."""

    reduced_rank: ReducedRank = field(default_factory=ReducedRank)
    tanh: Tanh = field(default_factory=Tanh)
    mgon: Mgon = field(default_factory=Mgon)


def tempered_round(config: Tempered, workspace: Workspace) -> Round:
    """One job for each system."""
    jobs = [
        Job(f"slopes {linear.label(*case)}", partial(measure_rank, config.reduced_rank, *case, workspace), 30)
        for case in CASES
    ]
    jobs += [
        Job(f"tanh H={hidden} n={n:g}", partial(measure_tanh, config.tanh, hidden, n, workspace), 15 * hidden)
        for hidden in config.tanh.hidden
        for n in config.tanh.n
    ]
    jobs.append(Job("m-gon chains", partial(measure_chains, config.mgon, workspace), 30))
    jobs.append(Job("m-gon reference", partial(measure_reference, config.mgon, workspace), 60))
    return Round("tempered", jobs)


def systems(config: Tempered) -> list[System]:
    """Everything that `tempered_round` measures, with its λ."""
    return [
        *(rank_system(*case) for case in CASES),
        *(tanh_system(hidden) for hidden in config.tanh.hidden),
        mgon_system(config.mgon),
    ]


def rank_system(widths: tuple[int, int, int], rank: int) -> System:
    theory = linear.learning_coefficient(widths, rank)
    return System("reduced rank", linear.label(widths, rank), linear.size(widths), *theory)


def tanh_system(hidden: int) -> System:
    return System("tanh", f"H = {hidden}", 2 * hidden, *tanh_network.learning_coefficient(hidden))


def truth_of(widths, rank: int, workspace: Workspace) -> dict[str, torch.Tensor]:
    """W1 = A and W2 = B of the true map, whose r singular values are 1."""
    return linear.aligned(widths, rank, workspace.seed_of("truth", widths, rank))


def draw_data(W: torch.Tensor, n: int, datasets: int, seed: int):
    """x ~ N(0, I), noise ~ N(0, I), y = W x + noise; each (data set, example, …)."""
    generator = torch.Generator().manual_seed(seed)
    outputs, inputs = W.shape
    x = torch.randn(datasets, n, inputs, generator=generator, dtype=W.dtype)
    noise = torch.randn(datasets, n, outputs, generator=generator, dtype=W.dtype)
    return x, noise, x @ W.mT + noise


def measure_rank(config: ReducedRank, widths, rank: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Gibbs chains of every data set and temperature together."""
    system, truth = rank_system(widths, rank), truth_of(widths, rank, workspace)
    seed = workspace.seed_of("slopes", widths, rank)
    x, noise, y = draw_data(linear.product(truth), config.n, config.datasets, seed)
    temperatures = math.log(config.n) * torch.tensor(FACTORS, dtype=torch.float64)
    drawn = gibbs.sample(
        gibbs.Moments.of(x, y).repeated(len(FACTORS)),
        (1 / temperatures).repeat(config.datasets),
        widths[1],
        config.scale,
        config.schedule,
        seed,
    )
    shape = (config.datasets, len(FACTORS))
    least = noise.square().sum((1, 2)) / 2
    excess = drawn.energy.unflatten(0, shape) - least[:, None, None, None]
    rows = [
        tempered_rows(
            system,
            config.n,
            number,
            "Gibbs",
            temperatures,
            energies.mean((1, 2)),
            rhat=[disagreement(chains.numpy()) for chains in energies],
        )
        for number, energies in enumerate(excess)
    ]
    middle = FACTORS.index(1.0)
    apart = (drawn.A - truth["W1"]).square().sum((-1, -2)) + (drawn.B - truth["W2"]).square().sum((-1, -2))
    chains = chain_tables(
        f"{system.name}, n = {config.n}",
        "Gibbs",
        config.n,
        float(temperatures[middle]),
        excess[0, middle],
        apart.sqrt().unflatten(0, shape)[0, middle],
        least=float(least[0]),
        weights=system.weights,
        burn_in=config.schedule.burn_in,
    )
    return {"tempered": pd.concat(rows)} | chains


def measure_tanh(config: Tanh, hidden: int, n: float, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """One annealed population for each data set; the noise is the same at every n and H."""
    temperatures, rows = math.log(n) * np.array(FACTORS), []
    hot = float(1 / temperatures[-1])
    for number in range(config.datasets):
        data = tanh_regression.NodeData.draw(n, workspace.seed_of("tanh", number))
        drawn = annealed.sample(
            partial(tanh_regression.with_gradient, beta=hot, data=data),
            hidden,
            config.annealing,
            workspace.seed_of("tanh", hidden, n, number),
        )
        means = tanh_regression.tempered_means(drawn.particles, hot, torch.from_numpy(1 / temperatures), data)
        rows.append(
            tempered_rows(
                tanh_system(hidden), n, number, "annealed", temperatures, means, acceptance=drawn.acceptance
            )
        )
    return {"tempered": pd.concat(rows)}
