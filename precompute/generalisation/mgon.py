"""An m-gon at several temperatures: chains that are too short, and annealed populations on the same data."""

import math
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import torch

from devdash.measures.generalisation.tempered import System, chain_tables, tempered_rows
from devdash.models import mgon_network
from devdash.pipeline.experiment import Workspace
from devdash.sampling import annealed
from devdash.sampling.annealed import Annealing
from devdash.sampling.diagnostics import disagreement


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


def mgon_system(config: Mgon) -> System:
    return System("m-gon", f"{config.sides}-gon", 4 * config.sides + 1)


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
