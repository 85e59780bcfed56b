"""Tempered posteriors: reduced rank regression, tanh networks, and an m-gon by short chains."""

import math
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd
import torch

from devdash.measures.generalisation.tempered import System, chain_tables, tempered_rows
from devdash.models import linear, mgon_network, tanh_network, tanh_regression
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import annealed, gibbs
from devdash.sampling.annealed import Annealing
from devdash.sampling.diagnostics import disagreement

FACTORS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.3)
CASES = (((3, 3, 3), 3), ((4, 3, 4), 1), ((4, 3, 4), 0))  # widths in-hidden-out, true rank


@dataclass(frozen=True)
class ReducedRank:
    """scale: s of the prior N(0, s²); the truth's r singular values are 1, x ~ N(0, I)."""

    n: int = 1000
    datasets: int = 24
    scale: float = 3.0
    schedule: gibbs.Schedule = field(default_factory=lambda: gibbs.Schedule(8, 400, 400, 4))


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
class Mgon:
    """Hamiltonian chains from the prior, one at each temperature, kept apart; `runs` of these.

    They are far too short, on purpose: what such chains say is what is to be seen. Every move draws its
    step, log-uniform from step / 10 to step. reference: the annealed populations on the same data.
    """

    sides: int = 5
    n: int = 1000
    temperatures: int = 8
    runs: int = 24
    burn_in: int = 10
    draws: int = 20
    step: float = 0.08
    leapfrog: int = 6
    reference: Annealing = field(default_factory=lambda: Annealing(particles=256))
    populations: int = 4


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


def mgon_system(config: Mgon) -> System:
    return System("m-gon", f"{config.sides}-gon", 4 * config.sides + 1)


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


def mgon_temperatures(config: Mgon) -> np.ndarray:
    """1/β for β evenly spaced over (1/log n)(1 ± 1/√(2 log n)), as in the paper."""
    log_n = math.log(config.n)
    reach = 1 / math.sqrt(2 * log_n)
    return log_n / np.linspace(1 - reach, 1 + reach, config.temperatures)


def mgon_data(config: Mgon, workspace: Workspace) -> mgon_network.Examples:
    return mgon_network.Examples.draw(config.sides, config.n, workspace.seed_of("m-gon"))


def measure_chains(config: Mgon, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Short Hamiltonian chains from the prior: `runs` of them at every temperature, in lock-step."""
    data, temperatures, system = mgon_data(config, workspace), mgon_temperatures(config), mgon_system(config)
    beta = torch.from_numpy(1 / temperatures).repeat_interleave(config.runs)
    generator = torch.Generator().manual_seed(workspace.seed_of("m-gon chains"))
    w0 = mgon_network.truth(config.sides)
    w = torch.randn(len(beta), system.weights, generator=generator, dtype=torch.float64)

    def tempered(w: torch.Tensor):
        value, gradient = mgon_network.excess(w, data)
        return beta * value, beta[:, None] * gradient

    value, gradient = tempered(w)
    energies, distances, accepted = [], [], []
    for number in range(config.burn_in + config.draws):
        step = config.step * 10 ** -float(torch.rand(1, generator=generator))
        w, value, gradient, rate = annealed.move(
            tempered, w, value, gradient, 1.0, step, config.leapfrog, generator
        )
        if number >= config.burn_in:
            energies.append(value / beta)
            distances.append((w - w0).norm(dim=1))
            accepted.append(rate)
    shape = (config.temperatures, config.runs)
    energy, distance = (torch.stack(part, 1).unflatten(0, shape) for part in (energies, distances))
    acceptance = float(np.mean(accepted))
    rhat = [disagreement(runs.numpy()) for runs in energy]
    rows = [
        tempered_rows(
            system,
            config.n,
            0,
            "HMC",
            temperatures,
            energy[:, run].mean(1),
            chain=run,
            rhat=rhat,
            acceptance=acceptance,
        )
        for run in range(config.runs)
    ]
    middle = config.temperatures // 2
    chains = chain_tables(
        f"{system.name}, short HMC chains at 1/β = {temperatures[middle]:.2f}",
        "HMC",
        config.n,
        temperatures[middle],
        energy[middle],
        distance[middle],
        least=data.least,
        weights=system.weights,
        burn_in=config.burn_in,
        acceptance=acceptance,
    )
    return {"tempered": pd.concat(rows)} | chains


def measure_reference(config: Mgon, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Annealed populations on the same data, at the hottest temperature, reweighted to the others."""
    data, temperatures = mgon_data(config, workspace), mgon_temperatures(config)
    hot, rows = float(1 / temperatures[0]), []

    def tempered(w: torch.Tensor):
        value, gradient = mgon_network.excess(w, data)
        return hot * value, hot * gradient

    for number in range(config.populations):
        seed = workspace.seed_of("m-gon reference", number)
        drawn = annealed.sample(tempered, 4 * config.sides + 1, config.reference, seed)
        value = mgon_network.excess(drawn.particles, data)[0].numpy()
        weight = np.exp(-(1 / temperatures - hot)[:, None] * (value - value.min()))
        means = (weight * value).sum(1) / weight.sum(1)
        rows.append(
            tempered_rows(
                mgon_system(config),
                config.n,
                number,
                "annealed",
                temperatures,
                means,
                acceptance=drawn.acceptance,
            )
        )
    return {"tempered": pd.concat(rows)}
