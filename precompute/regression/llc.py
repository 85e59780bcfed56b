"""λ̂ of regression models at their checkpoints.

With the paper's γ, weights that the loss hardly feels forget their start in 2 / (ε γ) = 1000 steps of SGLD,
and shorter chains measure how fast they spread. Here γ is so large that they do so in about a quarter of the
burn-in; what the paper's settings say of the first seed is kept beside.
"""

import time
from dataclasses import dataclass, field
from functools import lru_cache, partial

import pandas as pd
import torch

from devdash.distributions import linear_tasks
from devdash.measures.llc_rows import calibration_rows, draw_rows, llc_row, llc_table
from devdash.models import regression_transformer as model
from devdash.pipeline.runner import Task, Workspace
from devdash.sampling import SGLD, Estimate, calibrate, estimate_llc
from precompute.development import spread
from precompute.regression.measure import schedule
from precompute.regression.models import checkpoint, finite, pool_of, seeds

SECONDS = 2.2e-10  # of one core for a weight and a token of a step of one chain
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Published:
    """The paper's ε, nβ and γ, and how long its chains are here. steps: checkpoints, evenly spaced."""

    epsilon: float = 3e-4
    nbeta: float = 66.7
    gamma: float = 6.7
    draws: int = 250
    burn_in: int = 100
    steps: int = 28

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)


@dataclass(frozen=True)
class Chains:
    """SGLD at every checkpoint alike.

    examples: sequences behind each estimate. others, pools: checkpoints of further seeds, and of finite sets
    of tasks, at which λ̂ is measured, evenly spaced; the first seed's are all measured.
    """

    epsilon: float = 2e-4
    nbeta: float = 100.0
    gamma: float = 300.0
    chains: int = 4
    draws: int = 150
    burn_in: int = 120
    batch_size: int = 32
    examples: int = 16_384
    others: int = 28
    pools: int = 14
    published: Published = field(default_factory=Published)

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)


def tasks(config, workspace: Workspace) -> list[Task]:
    """One for each checkpoint of the first seed, and for some of the other models."""
    own, main = config.chains, next(iter(seeds(config)))
    step_s = SECONDS * own.chains * own.batch_size * config.shape.context * config.shape.weights
    cost = step_s * (own.burn_in + own.draws)
    found = []
    for name in (*seeds(config), *finite(config)):
        known = schedule(config, name)
        count = len(known) if name == main else own.others if name in seeds(config) else own.pools
        for step in spread(known, count):
            found.append(Task(f"llc {name} {step}", partial(measure, config, name, step, workspace), cost))
    for step in spread(schedule(config, main), own.published.steps):
        run = partial(measure_published, config, main, step, workspace)
        cost_then = step_s * (own.published.burn_in + own.published.draws)
        found.append(Task(f"llc published {main} {step}", run, cost_then))
    run = partial(calibrate_last, config, workspace)
    return [*found, Task("llc calibration", run, CALIBRATION * cost)]


def measure(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw, on the data that the model was trained on."""
    started = time.monotonic()
    found = estimate(config, name, step, workspace, config.chains)
    row = llc_row(found, step, distribution="all", wall_s=time.monotonic() - started)
    draws = draw_rows(found, step, distribution="all", keep=KEPT_DRAWS)
    return {"llc": llc_table([row]).assign(model=name), "llc_draw": draws.assign(model=name)}


def estimate(config, name: str, step: int, workspace: Workspace, length: Chains | Published) -> Estimate:
    """λ̂ by the sampler, burn-in and draws of `length`."""
    own = config.chains
    return estimate_llc(
        model.loss,
        checkpoint(config, workspace, name, step),
        (data(config, workspace, name),),
        sampler=length.sampler,
        chains=own.chains,
        draws=length.draws,
        burn_in=length.burn_in,
        batch_size=own.batch_size,
        seed=workspace.seed_of("llc", name, step, length.sampler.nbeta),
    )


def measure_published(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """A row of llc_sweep, by the paper's settings."""
    own = config.chains.published
    found = estimate(config, name, step, workspace, own)
    row = {
        "model": name,
        "step": step,
        "distribution": "all",
        "nbeta": own.nbeta,
        "epsilon": own.epsilon,
        "gamma": own.gamma,
        "llc": found.llc,
        "std_err": found.std_err,
        "verdict": found.verdict,
    }
    return {"llc_sweep": pd.DataFrame([row])}


def data(config, workspace: Workspace, name: str) -> torch.Tensor:
    """Sequences of a model's training distribution, the same for all that see tasks without end."""
    return _data(config, workspace, name if name in finite(config) else "")


@lru_cache(4)
def _data(config, workspace: Workspace, name: str) -> torch.Tensor:
    pool = pool_of(config, workspace, name)
    drawn = config.tasks.draw(config.chains.examples, workspace.seed_of("llc data", name), pool)
    return linear_tasks.tokens(*drawn)


def calibrate_last(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """The grid of ε and γ at the first seed's last step, at the run's nβ: whether its settings are sane."""
    own, step, name = config.chains, config.training.steps, next(iter(seeds(config)))
    found = calibrate(
        model.loss,
        checkpoint(config, workspace, name, step),
        (data(config, workspace, name),),
        sampler=SGLD(nbeta=own.nbeta),
        burn_in=own.burn_in,
        batch_size=own.batch_size,
        seed=workspace.seed_of("calibration"),
    )
    return {"calibration": calibration_rows(found.grid, step, distribution="all").assign(model=name)}
