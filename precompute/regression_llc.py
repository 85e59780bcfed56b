"""λ̂ of regression models at their checkpoints."""

import time
from dataclasses import dataclass
from functools import lru_cache, partial

import pandas as pd
import torch

from devdash.distributions import linear_tasks
from devdash.measures.llc_tables import calibration_rows, draw_rows, llc_row, llc_table
from devdash.models import regression_transformer as model
from devdash.sampling import SGLD, calibrate, estimate_llc
from precompute.development import spread
from precompute.pipeline import Task, Workspace
from precompute.regression_measure import schedule
from precompute.regression_models import checkpoint, finite, pool_of, seeds

SECONDS = 2.2e-10  # of one core for a weight and a token of a step of one chain
CALIBRATION = 25  # estimates' time, about
KEPT_DRAWS = 25


@dataclass(frozen=True)
class Chains:
    """SGLD at every checkpoint alike, with the paper's ε, nβ and γ.

    examples: sequences behind each estimate. others: checkpoints of further seeds, and of finite sets of
    tasks, at which λ̂ is measured, evenly spaced; the first seed's are all measured.
    """

    epsilon: float = 3e-4
    nbeta: float = 66.7
    gamma: float = 6.7
    chains: int = 4
    draws: int = 200
    burn_in: int = 200
    batch_size: int = 128
    examples: int = 16_384
    others: int = 36

    @property
    def sampler(self) -> SGLD:
        return SGLD(self.epsilon, self.nbeta, self.gamma)


def tasks(config, workspace: Workspace) -> list[Task]:
    """One for each checkpoint of the first seed, and for some of the other models."""
    own = config.chains
    steps = own.chains * (own.burn_in + own.draws)
    cost = SECONDS * steps * own.batch_size * config.shape.context * config.shape.weights
    found = []
    for number, name in enumerate((*seeds(config), *finite(config))):
        known = schedule(config, name)
        for step in known if number == 0 else spread(known, own.others):
            found.append(Task(f"llc {name} {step}", partial(measure, config, name, step, workspace), cost))
    run = partial(calibrate_last, config, workspace)
    return [*found, Task("llc calibration", run, CALIBRATION * cost)]


def measure(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw, on the data that the model was trained on."""
    started, own = time.monotonic(), config.chains
    found = estimate_llc(
        model.loss, checkpoint(config, workspace, name, step), (data(config, workspace, name),),
        sampler=own.sampler, chains=own.chains, draws=own.draws, burn_in=own.burn_in,
        batch_size=own.batch_size, seed=workspace.seed_of("llc", name, step),
    )  # fmt: skip
    row = llc_row(found, step, distribution="all", wall_s=time.monotonic() - started)
    draws = draw_rows(found, step, distribution="all", keep=KEPT_DRAWS)
    return {"llc": llc_table([row]).assign(model=name), "llc_draw": draws.assign(model=name)}


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
        model.loss, checkpoint(config, workspace, name, step), (data(config, workspace, name),),
        sampler=SGLD(nbeta=own.nbeta), burn_in=own.burn_in, batch_size=own.batch_size,
        seed=workspace.seed_of("calibration"),
    )  # fmt: skip
    return {"calibration": calibration_rows(found.grid, step, distribution="all").assign(model=name)}
