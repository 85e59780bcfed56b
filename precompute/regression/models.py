"""Training the models of the regression experiment: seeds, and sets of tasks, stacked in one program."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from torch import Tensor
from torch.func import vmap

from devdash.distributions import linear_tasks
from devdash.models import regression_transformer as model
from devdash.pipeline import progress
from devdash.pipeline.runner import Task, Workspace
from devdash.training import checkpoints
from devdash.training.run import Training, train

SECONDS = 1.9e-10  # of one core for a weight and a token of training
TESTED = 1024  # sequences behind the test loss of a checkpoint


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


def tasks(config, workspace: Workspace) -> list[Task]:
    """One for the seeds, one for the finite sets of tasks."""
    found = [("seeds", config.training, seeds(config)), ("finite", config.finite_training, finite(config))]
    return [
        Task(
            f"train {name}",
            partial(train_stack, config, name, workspace),
            SECONDS
            * settings.steps
            * settings.batch_size
            * len(own)
            * config.shape.context
            * config.shape.weights,
        )
        for name, settings, own in found
        if own
    ]


def folder_of(workspace: Workspace, stack: str) -> Path:
    """Where the checkpoints of a stack stand."""
    return workspace.files / stack


def pool_of(config, workspace: Workspace, name: str) -> Tensor | None:
    """The tasks that a model sees in training, (task, dimension); None: without end."""
    count = finite(config).get(name)
    own = linear_tasks.LinearTasks(config.tasks.dimension, tasks=count)
    return own.pool(workspace.seed_of("pool"))


def train_stack(config, stack: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train a stack, or go on where a kill left it; rows of the table checkpoint."""
    settings = config.training if stack == "seeds" else config.finite_training
    names = list(seeds(config) if stack == "seeds" else finite(config))
    numbers = [seeds(config).get(name, 0) for name in names]
    starts = [model.initial(config.shape, workspace.seed_of("weights", number)) for number in numbers]
    params = {name: torch.stack([start[name] for start in starts]) for name in starts[0]}
    pools = [pool_of(config, workspace, name) for name in names]

    def drawn(count: int, *place) -> Tensor:
        return torch.stack(
            [
                linear_tasks.tokens(*config.tasks.draw(count, workspace.seed_of(name, *place), pool))
                for name, pool in zip(names, pools, strict=True)
            ]
        )

    each = vmap(lambda own, tokens: model.loss(own, (tokens,)).mean())
    test = drawn(TESTED, "test")

    def test_loss(params) -> list[float]:
        with torch.no_grad():
            return each(params, test).tolist()

    def say(step: int, left_s: float) -> None:
        progress.say(f"{stack}: step {step:,} of {settings.steps:,}, {progress.duration(left_s)} left")

    train(
        lambda params, tokens: each(params, tokens).sum(),
        params,
        lambda step: drawn(settings.batch_size, "train", step),
        settings,
        folder_of(workspace, stack),
        test_loss,
        say=say,
    )
    return {"checkpoint": rows(folder_of(workspace, stack), names)}


def rows(folder: Path, names: list[str]) -> pd.DataFrame:
    """Rows of checkpoint, one for each model and step; the training loss is the mean of the stack."""
    found = []
    for step in checkpoints.steps(folder):
        facts = checkpoints.facts_of(checkpoints.path_of(folder, step))
        mean = None if facts["train_loss"] is None else facts["train_loss"] / len(names)
        for name, loss in zip(names, facts["test_loss"], strict=True):
            found.append(facts | {"model": name, "test_loss": loss, "train_loss": mean})
    return pd.DataFrame(found)


def checkpoint(config, workspace: Workspace, name: str, step: int) -> dict[str, Tensor]:
    """Weights of one model at a step."""
    stack = "seeds" if name in seeds(config) else "finite"
    number = list(seeds(config) if stack == "seeds" else finite(config)).index(name)
    return {
        key: tensor[number].contiguous()
        for key, tensor in checkpoints.load(folder_of(workspace, stack), step).items()
    }
