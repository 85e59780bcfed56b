"""Potentials, reduced rank regression and tanh networks: estimates where λ is known."""

from dataclasses import dataclass, field, replace
from functools import partial

import pandas as pd
import torch

from devdash.measures.degeneracy.truths import System, potential_tables, truth_row, truth_table
from devdash.measures.estimates import timed
from devdash.models import linear, potentials, tanh_network
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import MALA, Langevin, estimate_llc
from devdash.sampling.plan import Plan
from precompute.degeneracy.chains import RuledChains, ThermostatChains

DRAWN = ("x²+y²", "x²+y⁴", "x²y²", "x²y⁶", "(x²−y³)²", *list(potentials.POTENTIALS)[-2:])


@dataclass(frozen=True)
class Potentials:
    """Every potential at every n by both samplers; draws and level sets are kept at the first n.

    MALA draws every step from factor / spread to factor · spread: narrow and long parts both move.
    Langevin's chains settle at n = 1e4 in 30,000 steps, where a factor of 0.1 would put the cusp 6 % high;
    at n = 1e6 most would need millions of steps, and are left as unreliable as they are.
    """

    n: tuple[float, ...] = (1e3, 1e4, 1e6)
    langevin: RuledChains = RuledChains(0.05, 1.0, Plan(None, 256, 200, 30_000, 300))
    mala: RuledChains = RuledChains(10.0, 1.0, Plan(None, 256, 200, 4000, 40))
    mala_spread: float = 300.0
    keep: int = 256
    grid: int = 61


@dataclass(frozen=True)
class ReducedRank:
    """Widths in-hidden-out and rank r: four nets for each case of the formula; w* is aligned."""

    n: float = 1e5
    chains: ThermostatChains = ThermostatChains(0.03, 10.0, Plan(None, 16, 400, 20_000, 200))


@dataclass(frozen=True)
class Tanh:
    """Networks of 1 … `hidden` units at the true function 0.

    With momentum, as MALA with spread steps had not settled after 14,000 steps (virial 0.37 at 8 units).
    """

    hidden: int = 8
    n: float = 1e5
    chains: ThermostatChains = ThermostatChains(0.03, 1.0, Plan(None, 64, 250, 20_000, 200))


@dataclass(frozen=True)
class Truth:
    """Systems of few weights."""

    potentials: Potentials = field(default_factory=Potentials)
    reduced_rank: ReducedRank = field(default_factory=ReducedRank)
    tanh: Tanh = field(default_factory=Tanh)


REDUCED_RANK_CASES = (
    ((5, 5, 5), 1),
    ((6, 4, 5), 1),
    ((5, 5, 5), 3),
    ((4, 5, 6), 2),  # case 1: no side is long
    ((3, 2, 6), 1),
    ((2, 2, 5), 1),
    ((3, 3, 8), 1),
    ((2, 3, 7), 1),  # case 2: in + hidden < out + r
    ((6, 2, 3), 1),
    ((5, 2, 2), 1),
    ((8, 3, 3), 1),
    ((7, 3, 2), 1),  # case 3: out + hidden < in + r
    ((4, 7, 3), 1),
    ((3, 8, 3), 1),
    ((2, 6, 3), 1),
    ((3, 7, 3), 2),  # case 4: in + out < hidden + r
)


def truth_round(config: Truth, workspace: Workspace) -> Round:
    """One job for each potential, each linear net, each tanh network."""
    jobs, pots = [], config.potentials
    seconds = 1.4e-4 * (pots.langevin.steps + 3 * pots.mala.steps) * len(pots.n)
    for name in potentials.POTENTIALS:
        jobs.append(Job(f"potential {name}", partial(measure_potential, pots, name, workspace), seconds))
    for widths, rank in REDUCED_RANK_CASES:
        run = partial(measure_reduced_rank, config.reduced_rank, widths, rank, workspace)
        key = f"reduced rank {linear.label(widths, rank)}"
        jobs.append(Job(key, run, 1.6e-4 * config.reduced_rank.chains.steps))
    for hidden in range(1, config.tanh.hidden + 1):
        run = partial(measure_tanh, config.tanh, hidden, workspace)
        jobs.append(Job(f"tanh H={hidden}", run, (1e-4 + 1.5e-5 * hidden) * config.tanh.chains.steps))
    return Round("truth", jobs)


def measure_potential(config: Potentials, name: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of one potential at every n by both samplers; draws and level sets where it is drawn."""
    potential = potentials.POTENTIALS[name]
    point = {"w": torch.tensor(potential.point, dtype=torch.float64)}
    two = potential.value is potentials.two_components
    system = System(
        "two components" if two else "potential",
        name,
        len(potential.point),
        potential.llc,
        potential.multiplicity,
        potentials.hessian_rank(potential),
    )
    rows, pictures = [], {}
    for n in config.n:
        exact = potentials.exact_value(potential, n)
        metropolis = partial(MALA, spread=config.mala_spread)
        for protocol, kind, usual in (("ours", Langevin, config.langevin), ("MALA", metropolis, config.mala)):
            chains = replace(usual, gamma=potential.gamma)
            drawn = protocol == "MALA" and n == config.n[0] and name in DRAWN
            estimate, wall_s = timed(
                estimate_llc,
                lambda w, _: potential.value(*w["w"]),
                point,
                None,
                plan=chains.at(potentials.nbeta_of(n), kind=kind, keep_positions=drawn),
                seed=workspace.seed_of("potential", name, n, protocol),
            )
            rows.append(truth_row(system, estimate, protocol, n, chains.steps, wall_s, exact))
            if drawn:
                pictures = potential_tables(name, potential, estimate, config.keep, config.grid)
    return {"truth": truth_table(rows)} | pictures


def measure_reduced_rank(
    config: ReducedRank, widths, rank: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """λ̂ of one hidden layer at a point where the formula is local."""
    params = linear.aligned(widths, rank, workspace.seed_of("reduced rank", widths, rank))
    system = System(
        "reduced rank",
        linear.label(widths, rank),
        linear.size(widths),
        *linear.reduced_rank(*widths, rank),
        linear.hessian_rank(params),
        layers=2,
        true_rank=rank,
    )
    target = linear.product(params)
    estimate, wall_s = timed(
        estimate_llc,
        lambda w, _: linear.population_loss(w, target),
        params,
        None,
        plan=config.chains.at(potentials.nbeta_of(config.n), linear.largest_curvature(params)),
        seed=workspace.seed_of("reduced rank chains", widths, rank),
    )
    row = truth_row(system, estimate, "ours", config.n, config.chains.steps, wall_s)
    return {"truth": truth_table([row])}


def measure_tanh(config: Tanh, hidden: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of H tanh units at the true function 0, where the Hessian vanishes."""
    theory = tanh_network.learning_coefficient(hidden)
    system = System("tanh", f"H = {hidden}", 2 * hidden, *theory, hessian_rank=0, layers=2)
    estimate, wall_s = timed(
        estimate_llc,
        lambda w, _: tanh_network.population_loss(w),
        tanh_network.zero(hidden),
        None,
        plan=config.chains.at(potentials.nbeta_of(config.n)),
        seed=workspace.seed_of("tanh", hidden),
    )
    exact = potentials.exact_value(tanh_network.one_unit(), config.n) if hidden == 1 else float("nan")
    row = truth_row(system, estimate, "ours", config.n, config.chains.steps, wall_s, exact)
    return {"truth": truth_table([row])}
