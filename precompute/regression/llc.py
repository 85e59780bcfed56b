"""λ̂ of regression models at their checkpoints.

With the paper's γ, weights that the loss hardly feels forget their start in 2 / (ε γ) = 1000 steps,
and shorter chains measure how fast they spread. Here γ is so large that they do so in a third of the burn-in,
with minibatches that heat little; what the paper's settings say of the first seed is kept beside.
"""

from dataclasses import dataclass, field
from functools import lru_cache, partial

import pandas as pd
import torch

from devdash.distributions import linear_tasks
from devdash.measures.estimates import chain_steps, cooled, llc_tables, plan_calibration, sweep_table, timed
from devdash.models import regression_transformer as model
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling import Langevin, estimate_llc
from devdash.sampling.plan import Plan
from precompute.regression.measure import checkpoint_steps
from precompute.regression.models import checkpoint, finite, pool_of, seeds

SECONDS = 2.2e-10  # of one core for a weight and a token of a step of one chain
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Published:
    """The paper's ε, nβ and γ, and how long its chains are here. steps: checkpoints, evenly spaced."""

    plan: Plan = Plan(Langevin(3e-4, 66.7, 6.7), chains=4, draws=250, burn_in=100, batch_size=32)
    steps: int = 28


@dataclass(frozen=True)
class Estimates:
    """One plan at every checkpoint.

    examples: sequences behind each estimate. others, pools: checkpoints of further seeds, and of finite sets
    of tasks, at which λ̂ is measured, evenly spaced; the first seed's are all measured. cooler: where
    minibatches heat λ̂ beyond what is reliable, it is measured by so many times larger ones.
    """

    plan: Plan = Plan(Langevin(1e-4, 100.0, 300.0), chains=4, draws=200, burn_in=200, batch_size=32)
    cooler: int = 4
    examples: int = 16_384
    others: int = 28
    pools: int = 14
    published: Published = field(default_factory=Published)


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint of the first seed, and for some of the other models."""
    llc, main, listed = config.llc, next(iter(seeds(config))), []
    cost = cost_of(llc.plan, config.shape)
    for name in (*seeds(config), *finite(config)):
        steps = checkpoint_steps(config, name)
        count = len(steps) if name == main else llc.others if name in seeds(config) else llc.pools
        for step in evenly_spaced(steps, count):
            listed.append(Job(f"llc {name} {step}", partial(measure, config, name, step, workspace), cost))
    for step in evenly_spaced(checkpoint_steps(config, main), llc.published.steps):
        run = partial(measure_published, config, main, step, workspace)
        listed.append(Job(f"llc published {main} {step}", run, cost_of(llc.published.plan, config.shape)))
    run = partial(calibrate_last, config, workspace)
    return [*listed, Job("llc calibration", run, CALIBRATION * cost)]


def cost_of(plan: Plan, shape: model.RegressionShape) -> float:
    """Expected seconds of one estimate."""
    return SECONDS * plan.chains * chain_steps(plan) * plan.batch_size * shape.context * shape.weights


def measure(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw, on the data that the model was trained on."""
    by_plan = partial(estimate, config, name, step, workspace)
    llc, wall_s = cooled(by_plan, config.llc.plan, config.llc.cooler)
    return llc_tables([llc], [{"step": step, "distribution": "all"}], wall_s, KEPT_DRAWS, model=name)


def measure_published(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """A row of llc_sweep, by the paper's settings."""
    llc, _ = estimate(config, name, step, workspace, config.llc.published.plan)
    return sweep_table([llc], [{"step": step, "distribution": "all"}], model=name)


def estimate(config, name: str, step: int, workspace: Workspace, plan: Plan):
    """λ̂ of a model at a step, and the seconds that it took."""
    return timed(
        estimate_llc,
        model.loss,
        checkpoint(config, workspace, name, step),
        (data(config, workspace, name),),
        plan=plan,
        seed=workspace.seed_of("llc", name, step, plan.sampler.nbeta),
    )


def data(config, workspace: Workspace, name: str) -> torch.Tensor:
    """Sequences of a model's training distribution, the same for all that see tasks without end."""
    return _data(config, workspace, name if name in finite(config) else "")


@lru_cache(4)
def _data(config, workspace: Workspace, name: str) -> torch.Tensor:
    pool = pool_of(config, workspace, name)
    drawn = config.tasks.draw(config.llc.examples, workspace.seed_of("llc data", name), pool)
    return linear_tasks.tokens(*drawn)


def calibrate_last(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the first seed at its last step."""
    step, seed = config.training.steps, workspace.seed_of("calibration")
    name = next(iter(seeds(config)))
    return plan_calibration(*last_point(config, workspace), config.llc.plan, seed, step, model=name)


def last_point(config, workspace: Workspace):
    """Loss, w* and data: the first seed at its last step."""
    name = next(iter(seeds(config)))
    params = checkpoint(config, workspace, name, config.training.steps)
    return model.loss, params, (data(config, workspace, name),)
