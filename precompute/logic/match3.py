"""The logic experiment on Match3: agents with and without 2-simplicial attention, seeds trained together."""

import time
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor
from torch.func import vmap

from devdash.distributions.match3 import Match3
from devdash.measures.llc_rows import calibration_rows, draw_rows, llc_row, llc_table
from devdash.measures.logic import simplicial_checks
from devdash.measures.metric_rows import mean_error, metric
from devdash.models import entity_classifier as model
from devdash.models.entity_classifier import Agent
from devdash.models.simplicial import Shape
from devdash.pipeline import progress
from devdash.pipeline.runner import Round, Task, Workspace
from devdash.sampling import SGLD, calibrate, estimate_llc
from devdash.training import checkpoints
from devdash.training.run import Training, train
from precompute.development import spread
from precompute.regression.models import rows as checkpoint_rows

GRADIENT_S = 8e-10  # of one core for a weight, an entity and an example
CALIBRATION = 1.5  # estimates' time, about
PAIRS, PLAIN, DEEP = "2-simplicial", "relational", "relational, 2 blocks"
BROAD, UNIFORM = "relational, 4 heads", "uniform pairs"


@dataclass(frozen=True)
class Chains:
    """SGLD with the same settings at every checkpoint of every agent, so that their λ̂ compare.

    nβ is far below n / log n, so that the estimate is of a valley in which most of training lies, and no
    checkpoint falls out of it; ε and γ are such that chains of this length settle. examples: sets behind each
    estimate. checkpoints: how many are measured of each model, evenly spaced.
    """

    epsilon: float = 1.5e-5
    nbeta: float = 100.0
    gamma: float = 300.0
    chains: int = 4
    draws: int = 200
    burn_in: int = 400
    batch_size: int = 64
    examples: int = 16_384
    checkpoints: int = 12
    kept_draws: int = 25

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)


@dataclass(frozen=True)
class Matching:
    """Settings. pairs, plain, deep: the paper's proportions at half its width, hidden layers such that all
    have about as many weights; broad: one block, more of its weights in heads. The rate falls at the end, so
    that w* is near a minimum. tested: sets behind accuracies."""

    sets: Match3 = field(default_factory=Match3)
    pairs: Shape = field(default_factory=lambda: Shape(32, 2, 16, 1, 16, 0, 24, 1))
    plain: Shape = field(default_factory=lambda: Shape(32, 2, 16, hidden=124, blocks=1))
    deep: Shape = field(default_factory=lambda: Shape(32, 2, 16, hidden=36, blocks=2, shared=False))
    broad: Shape = field(default_factory=lambda: Shape(32, 4, 16, hidden=54, blocks=1))
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
    chains: Chains = field(default_factory=Chains)


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


def match3_rounds(config: Matching, workspace: Workspace) -> list[Round]:
    """Training, then what is measured at every checkpoint."""
    own, steps = config.chains, config.training.schedule()
    cost = {
        name: GRADIENT_S * size(agent, config) * config.sets.entities
        for name, agent in agents(config).items()
    }
    seen = config.training.steps * config.training.batch_size * config.seeds
    first = [
        Task(f"train {agent}", partial(train_agent, config, agent, workspace), cost[agent] * seen)
        for agent in cost
    ]
    first.append(Task("attention checks", partial(check_attention, workspace), 3))
    measured = [
        Task(
            f"accuracy {agent}",
            partial(measure, config, agent, workspace),
            cost[agent] * config.seeds * len(steps) * config.tested / 2,
        )
        for agent in cost
    ]
    chain = own.chains * (own.draws + own.burn_in) * own.batch_size
    estimated = [
        Task(
            f"llc {agent} {seed} {step}",
            partial(estimate, config, agent, seed, step, workspace),
            cost[agent] * chain,
        )
        for agent in cost
        if agent != UNIFORM
        for seed in range(config.seeds)
        for step in spread(steps, own.checkpoints)
    ]
    run = partial(calibrate_last, config, workspace)
    estimated.append(Task("match3 calibration", run, cost[PAIRS] * CALIBRATION * chain))
    return [Round("train", first), Round("accuracy", measured), Round("LLC", estimated)]


def size(agent: Agent, config: Matching) -> int:
    """Number of weights."""
    return model.size(agent, config.sets.modulus)


def folder_of(workspace: Workspace, agent: str) -> Path:
    """Where the checkpoints of an agent stand."""
    return workspace.files / "match3" / agent.replace(", ", "-").replace(" ", "-")


def train_agent(config: Matching, agent: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train all seeds of an agent, or go on where a kill left them; rows of checkpoint.

    A seed's weights differ between agents, but what it sees does not.
    """
    built, names, folder = agents(config)[agent], models(config, agent), folder_of(workspace, agent)
    starts = [
        model.initial(built, config.sets.modulus, workspace.seed_of("match3", seed))
        for seed in range(config.seeds)
    ]
    params = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}

    def drawn(count: int, *place) -> Tensor:
        """Numbers and labels of every seed, (seed, 2, set, entity)."""
        return torch.stack(
            [
                torch.stack(config.sets.draw(count, workspace.seed_of("match3", seed, *place)))
                for seed in range(config.seeds)
            ]
        )

    each = vmap(lambda own, batch: model.loss(built, own, (batch[0], batch[1])).mean())
    test = drawn(1024, "test")

    def test_loss(params) -> list[float]:
        with torch.no_grad():
            return each(params, test).tolist()

    def say(step: int, left_s: float) -> None:
        progress.say(f"{agent}: step {step:,}, {progress.duration(left_s)} left")

    train(
        lambda params, batch: each(params, batch).sum(),
        params,
        lambda step: drawn(config.training.batch_size, "train", step),
        config.training,
        folder,
        test_loss,
        say=say,
    )
    return {"checkpoint": checkpoint_rows(folder, names)}


def checkpoint(config: Matching, agent: str, seed: int, step: int, workspace: Workspace) -> dict[str, Tensor]:
    """Weights of one model at a step."""
    stacked = checkpoints.load(folder_of(workspace, agent), step)
    return {name: tensor[seed].contiguous() for name, tensor in stacked.items()}


@lru_cache(4)
def sets(config: Matching, workspace: Workspace, purpose: str, count: int) -> tuple[Tensor, Tensor]:
    """Numbers and labels for a purpose, the same for all models."""
    return config.sets.draw(count, workspace.seed_of("match3", purpose))


def measure(config: Matching, agent: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric: accuracy of every seed at every checkpoint, also with pairs made uniform afterwards."""
    built = agents(config)[agent]
    tested, found = sets(config, workspace, "tested", config.tested), []
    variants = {"accuracy": built}
    if built.shape.pair_heads and not built.uniform:
        variants["accuracy, pairs made uniform"] = Agent(built.shape, uniform=True)
    for seed, name in enumerate(models(config, agent)):
        for step in config.training.schedule():
            params = checkpoint(config, agent, seed, step, workspace)
            rows = [metric(title, *model.accuracy(one, params, tested)) for title, one in variants.items()]
            found.append(pd.DataFrame(rows).assign(model=name, step=step))
    positive = tested[1].double().mean(-1)
    rows = [metric("accuracy of saying yes", *mean_error(positive)), metric("weights", size(built, config))]
    found.append(pd.DataFrame(rows).assign(model=models(config, agent)[0], step=0))
    return {"metric": pd.concat(found, ignore_index=True)}


def calibrate_last(config: Matching, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The grid of ε and γ at the last step of the first 2-simplicial model, at the run's nβ: whether its
    settings are sane."""
    own, step = config.chains, config.training.steps
    found = calibrate(
        partial(model.loss, agents(config)[PAIRS]),
        checkpoint(config, PAIRS, 0, step, workspace),
        sets(config, workspace, "chains", own.examples),
        sampler=SGLD(nbeta=own.nbeta),
        burn_in=own.burn_in,
        batch_size=own.batch_size,
        seed=workspace.seed_of("match3 calibration"),
    )
    grid = calibration_rows(found.grid, step, distribution="all")
    return {"calibration": grid.assign(model=models(config, PAIRS)[0])}


def estimate(
    config: Matching, agent: str, seed: int, step: int, workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of one model at one step."""
    started, own, name = time.monotonic(), config.chains, models(config, agent)[seed]
    found = estimate_llc(
        partial(model.loss, agents(config)[agent]),
        checkpoint(config, agent, seed, step, workspace),
        sets(config, workspace, "chains", own.examples),
        sampler=own.sampler,
        chains=own.chains,
        draws=own.draws,
        burn_in=own.burn_in,
        batch_size=own.batch_size,
        seed=workspace.seed_of("match3 llc", name, step),
    )
    row = llc_row(found, step, distribution="all", wall_s=time.monotonic() - started)
    draws = draw_rows(found, step, distribution="all", keep=own.kept_draws)
    return {"llc": llc_table([row]).assign(model=name), "llc_draw": draws.assign(model=name)}


def check_attention(workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric behind L-1 and L-2, on random vectors and random weights."""
    found = simplicial_checks.table(workspace.seed_of("attention checks"))
    return {"metric": found.assign(model="random weights", step=0)}
