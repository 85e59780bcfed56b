"""Training the models of the regression experiment: seeds, and sets of tasks, stacked in one program."""

from dataclasses import dataclass
from functools import partial

import pandas as pd
import torch
from torch import Tensor

from devdash.distributions import linear_tasks
from devdash.models import regression_transformer as model
from devdash.pipeline.experiment import Job, Workspace
from devdash.training.run import Training
from precompute.stacked import Stack

SECONDS = 1.9e-10  # of one core for a weight and a token of training


@dataclass(frozen=True)
class Triangle(Training):
    """Adam; the rate rises linearly to its largest value at `peak` of the steps, then falls to 0."""

    steps: int = 40_000
    batch_size: int = 64
    learning_rate: float = 3e-3
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.0
    clip: float = 1e9
    per_decade: int = 14
    every: int = 500
    peak: float = 0.2

    def rate(self, step: int) -> float:
        """Learning rate of the update from `step` to the next."""
        top = max(self.peak * self.steps, 1)
        return self.learning_rate * min((step + 1) / top, (self.steps - step) / max(self.steps - top, 1))


def seeds(config) -> dict[str, int]:
    """Model → seed, of those that see tasks without end; trained together."""
    return {f"seed {seed}": seed for seed in range(config.seeds)}


def finite(config) -> dict[str, int]:
    """Model → number of tasks, of those that see a finite set; trained together."""
    return {f"{tasks} tasks" if tasks > 1 else "1 task": tasks for tasks in config.pools}


def trained_together(config) -> dict[str, tuple[Triangle, dict[str, int]]]:
    """Stack → how it is trained and its models; without stacks that have none."""
    stacks = {"seeds": (config.training, seeds(config)), "finite": (config.finite_training, finite(config))}
    return {stack: (training, models) for stack, (training, models) in stacks.items() if models}


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for the seeds, one for the finite sets of tasks."""
    size = config.shape.context * config.shape.weights
    return [
        Job(
            f"train {stack}",
            partial(train_stack, config, stack, workspace),
            SECONDS * training.steps * training.batch_size * len(models) * size,
        )
        for stack, (training, models) in trained_together(config).items()
    ]


def stack_of(config, workspace: Workspace, stack: str) -> Stack:
    """The models of a stack and where their checkpoints stand."""
    return Stack(list(trained_together(config)[stack][1]), workspace.files / stack)


def pool_of(config, workspace: Workspace, name: str) -> Tensor | None:
    """The tasks that a model sees in training, (task, dimension); None: without end."""
    pools = linear_tasks.LinearTasks(config.tasks.dimension, tasks=finite(config).get(name))
    return pools.pool(workspace.seed_of("pool"))


def train_stack(config, stack: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train a stack, or go on where a kill left it; rows of the table checkpoint."""
    models = stack_of(config, workspace, stack)
    numbers = [seeds(config).get(name, 0) for name in models.names]
    starts = [model.initial(config.shape, workspace.seed_of("weights", number)) for number in numbers]
    pools = {name: pool_of(config, workspace, name) for name in models.names}

    def draw(count: int, *place) -> Tensor:
        return torch.stack(
            [
                linear_tasks.tokens(*config.tasks.draw(count, workspace.seed_of(name, *place), pool))
                for name, pool in pools.items()
            ]
        )

    training, _ = trained_together(config)[stack]
    rows = models.train(lambda params, tokens: model.loss(params, (tokens,)).mean(), starts, draw, training)
    return {"checkpoint": rows}


def checkpoint(config, workspace: Workspace, name: str, step: int) -> dict[str, Tensor]:
    """Weights of one model at a step."""
    stack = "seeds" if name in seeds(config) else "finite"
    return stack_of(config, workspace, stack).checkpoint(name, step)
