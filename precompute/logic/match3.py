"""Match3: settings, and agents with and without 2-simplicial attention, whose seeds are trained together."""

from dataclasses import dataclass, field

import pandas as pd
import torch
from torch import Tensor

from devdash.distributions.match3 import Match3
from devdash.models import entity_classifier as model
from devdash.models.entity_classifier import Agent
from devdash.models.simplicial import SimplicialShape
from devdash.pipeline.experiment import Workspace
from devdash.sampling import Langevin
from devdash.sampling.plan import Plan
from devdash.training.run import Training
from precompute.stacked import Stack

PAIRS, PLAIN, DEEP = "2-simplicial", "relational", "relational, 2 blocks"
BROAD, UNIFORM = "relational, 4 heads", "uniform pairs"


@dataclass(frozen=True)
class Estimates:
    """One plan at every checkpoint of every agent, so that their λ̂ compare.

    nβ is far below n / log n, so that the estimate is of a valley in which most of training lies, and no
    checkpoint falls out of it; ε and γ are such that chains of this length settle. examples: sets behind each
    estimate. checkpoints: how many are measured of each model, evenly spaced.
    """

    plan: Plan = Plan(Langevin(1e-4, 100.0, 300.0), 4, 200, 300, 2, batch_size=128)
    examples: int = 16_384
    checkpoints: int = 12
    kept_draws: int = 25


@dataclass(frozen=True)
class Matching:
    """Settings. pairs, plain, deep: the paper's proportions at half its width, hidden layers such that all
    have about as many weights; broad: one block, more of its weights in heads. The rate falls at the end, so
    that w* is near a minimum. tested: sets behind accuracies."""

    sets: Match3 = field(default_factory=Match3)
    pairs: SimplicialShape = field(default_factory=lambda: SimplicialShape(32, 2, 16, 1, 16, 0, 24, 1))
    plain: SimplicialShape = field(default_factory=lambda: SimplicialShape(32, 2, 16, hidden=124, blocks=1))
    deep: SimplicialShape = field(
        default_factory=lambda: SimplicialShape(32, 2, 16, hidden=36, blocks=2, shared=False)
    )
    broad: SimplicialShape = field(default_factory=lambda: SimplicialShape(32, 4, 16, hidden=54, blocks=1))
    training: Training = field(
        default_factory=lambda: Training(
            steps=1000,
            batch_size=256,
            learning_rate=2e-3,
            betas=(0.9, 0.999),
            weight_decay=0.0,
            clip=1e9,
            warm_up=0,
            cooled=0.2,
            per_decade=4,
            every=100,
        )
    )
    seeds: int = 3
    tested: int = 8192
    llc: Estimates = field(default_factory=Estimates)


def agents(config: Matching) -> dict[str, Agent]:
    """Name → agent. The last is a control: pairs are there, but all with the same weight."""
    return {
        PAIRS: Agent(config.pairs),
        PLAIN: Agent(config.plain),
        DEEP: Agent(config.deep),
        BROAD: Agent(config.broad),
        UNIFORM: Agent(config.pairs, uniform=True),
    }


def models(config: Matching, agent: str) -> list[str]:
    """Names of an agent's models, which are trained together."""
    return [f"{agent}, seed {seed}" for seed in range(config.seeds)]


def size(agent: Agent, config: Matching) -> int:
    """Number of weights."""
    return model.size(agent, config.sets.modulus)


def stack_of(config: Matching, agent: str, workspace: Workspace) -> Stack:
    """The seeds of an agent and where their checkpoints stand."""
    folder = workspace.files / "match3" / agent.replace(", ", "-").replace(" ", "-")
    return Stack(models(config, agent), folder)


def train_agent(config: Matching, agent: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train all seeds of an agent, or go on where a kill left them; rows of checkpoint.

    A seed's weights differ between agents, but what it sees does not.
    """
    built, seeds = agents(config)[agent], range(config.seeds)
    starts = [model.initial(built, config.sets.modulus, workspace.seed_of("match3", seed)) for seed in seeds]

    def draw(count: int, *place) -> Tensor:
        """Numbers and labels of every seed, (seed, 2, set, entity)."""
        return torch.stack(
            [
                torch.stack(config.sets.draw(count, workspace.seed_of("match3", seed, *place)))
                for seed in seeds
            ]
        )

    def loss(params, batch):
        return model.loss(built, params, (batch[0], batch[1])).mean()

    rows = stack_of(config, agent, workspace).train(loss, starts, draw, config.training)
    return {"checkpoint": rows}
