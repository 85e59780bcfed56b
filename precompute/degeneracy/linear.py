"""Random deep linear networks against Aoyagi's λ, by our settings and by the paper's.

Three sets: w* a random teacher, as in the paper, where the formula can lie below the local value; w*
aligned, where it is local; and nets of equal size and Hessian rank whose λ differ.
"""

from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.measures.degeneracy.truths import System, truth_row, truth_table
from devdash.measures.estimates import timed
from devdash.models import linear
from devdash.models.potentials import nbeta_of
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import SGLD, estimate_llc
from devdash.sampling.plan import Plan
from precompute.degeneracy.chains import ThermostatChains

TEACHER, ALIGNED, EQUAL = "teacher", "aligned", "equal Hessian rank"
EQUAL_HESSIANS = (
    ((6, 2, 12, 2, 6), 1),
    ((6, 3, 6, 3, 6), 1),
    ((6, 3, 6, 6), 1),
    ((6, 6, 6), 1),  # 72 weights
    ((8, 2, 8, 6, 8), 2),
    ((8, 3, 8, 5, 8), 2),
    ((8, 4, 8, 8), 2),
    ((8, 8, 8), 2),  # 128 weights
)


PAPER_PLAN = Plan(SGLD(5e-7, gamma=1.0), chains=4, draws=4000, burn_in=0, batch_size=500)


@dataclass(frozen=True)
class PaperProtocol:
    """The paper's SGLD: fixed ε, burn-in averaged in, minibatches, squared error averaged over outputs.

    Its loss at w*, taken from one minibatch, is 0 here as on all data, since targets have no noise.
    """

    plan: Plan = PAPER_PLAN
    most_weights: float = 3000


@dataclass(frozen=True)
class DeepLinear:
    """nets: how many; weights: smallest and largest number, spread evenly in log; layers likewise.

    γ is weak, as it hides the product of L layers' small weights unless nβ γ^(−L) ≫ 1: at the γ = 290
    that flat directions need to settle in 30,000 steps without momentum, λ̂ of a net of five layers was
    half of λ. factor: at 0.1 λ̂ of a net whose chains roam was 7 % high, at 0.03 up to 2 %.
    large_chains: of nets beyond `few_weights`, with steps as the root of few_weights / weights.
    """

    nets: int = 60
    weights: tuple[float, ...] = (30, 1e5)
    layers: tuple[int, ...] = (2, 5)
    n: float = 1e5
    chains: ThermostatChains = ThermostatChains(0.03, 10.0, Plan(None, 8, 400, 30_000, 225))
    large_chains: ThermostatChains = ThermostatChains(0.03, 10.0, Plan(None, 4, 200, 30_000, 450))
    few_weights: float = 3000
    paper: PaperProtocol = field(default_factory=PaperProtocol)

    def chains_of(self, size: int) -> ThermostatChains:
        """Chains of a net with so many weights."""
        if size <= self.few_weights:
            return self.chains
        return self.large_chains.shortened((self.few_weights / size) ** 0.5)


def linear_round(config: DeepLinear, workspace: Workspace) -> Round:
    """A job for each net, point and protocol."""
    jobs = []
    for number in range(config.nets):
        key, widths = f"deep linear {number:02d}", architecture(config, number, workspace)
        size, seed = linear.size(widths), workspace.seed_of("teacher", number)
        chains = config.chains_of(size)
        for point in (TEACHER, ALIGNED):
            if point == TEACHER or size <= config.few_weights:
                run = partial(measure_net, config.n, widths, point, None, seed, chains, workspace)
                jobs.append(Job(f"{key}, {point}", run, seconds_a_step(widths, chains.plan) * chains.steps))
        if size <= config.paper.most_weights:
            run = partial(measure_as_paper, config, widths, seed, workspace)
            seconds = (1.5e-3 + 3e-7 * size) * config.paper.plan.draws
            jobs.append(Job(f"{key}, paper's settings", run, seconds))
    for widths, rank in EQUAL_HESSIANS:
        seed = workspace.seed_of("equal Hessians", widths)
        run = partial(measure_net, config.n, widths, EQUAL, rank, seed, config.chains, workspace)
        seconds = seconds_a_step(widths, config.chains.plan) * config.chains.steps
        jobs.append(Job(f"equal Hessians {linear.label(widths, rank)}", run, seconds))
    return Round("deep linear", jobs)


def seconds_a_step(widths, plan: Plan) -> float:
    """Of all chains together."""
    return 4.5e-5 + 1.8e-5 * len(widths) + 1.2e-8 * plan.chains * linear.size(widths)


def architecture(config: DeepLinear, number: int, workspace: Workspace) -> tuple[int, ...]:
    """Widths of one net: its weights are evenly spaced in log, its layers drawn."""
    seed = workspace.seed_of("architecture", number)
    low, high = config.layers
    layers = int(np.random.default_rng(seed).integers(low, high + 1))
    weights = np.geomspace(*config.weights, config.nets)[number]
    return linear.random_widths(layers, float(weights), seed)


def weights_at(point: str, widths, rank: int | None, seed: int) -> dict[str, Tensor]:
    """w*: a teacher, or an aligned point of this rank (None: of the teacher's)."""
    if point == TEACHER:
        return linear.teacher(widths, seed)
    return linear.aligned(widths, rank or linear.rank_of(linear.teacher(widths, seed)), seed)


def measure_net(
    n: float, widths, point: str, rank: int | None, seed: int, chains: ThermostatChains, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """λ̂ of one net on its exact population loss. point: what w* is; seed: of w*."""
    params = weights_at(point, widths, rank, seed)
    system = describe(widths, params, point)
    weights = {name: W.float() for name, W in params.items()}
    target = linear.product(weights)
    estimate, wall_s = timed(
        estimate_llc,
        lambda w, _: linear.population_loss(w, target),
        weights,
        None,
        plan=chains.at(nbeta_of(n), linear.largest_curvature(params)),
        seed=workspace.seed_of("deep linear", system.name),
    )
    return {"truth": truth_table([truth_row(system, estimate, "ours", n, chains.steps, wall_s)])}


def measure_as_paper(config: DeepLinear, widths, seed: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """λ̂ of one teacher on n examples with the paper's settings."""
    params, paper = linear.teacher(widths, seed), config.paper.plan
    system = describe(widths, params, TEACHER)
    weights = {name: W.float() for name, W in params.items()}
    generator = torch.Generator().manual_seed(workspace.seed_of("inputs", system.name))
    x = 20 * torch.rand(int(config.n), widths[0], generator=generator) - 10
    estimate, wall_s = timed(
        estimate_llc,
        lambda w, batch: (linear.forward(w, batch[0]) - batch[1]).square().mean(-1),
        weights,
        (x, linear.forward(weights, x)),
        plan=replace(paper, sampler=replace(paper.sampler, nbeta=nbeta_of(config.n))),
        seed=workspace.seed_of("deep linear, paper", system.name),
    )
    row = truth_row(system, estimate, "paper's settings", config.n, paper.draws, wall_s)
    return {"truth": truth_table([row])}


def describe(widths, params, point: str) -> System:
    """Theory of one net; its name ends with what w* is."""
    rank = linear.rank_of(params)
    return System(
        "deep linear",
        f"{linear.label(widths, rank)}, {point}",
        linear.size(widths),
        *linear.learning_coefficient(widths, rank),
        linear.hessian_rank(params),
        layers=len(params),
        true_rank=rank,
    )
