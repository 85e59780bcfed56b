"""Training the models of the language experiment, and finding their checkpoints."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from devdash.models import transformer
from devdash.pipeline import progress
from devdash.pipeline.experiment import Job, Workspace
from devdash.training import checkpoints
from devdash.training.run import train
from precompute.language.data import texts_of

MAIN, TWIN = "two-layer", "one-layer"
SECONDS = 7e-11  # of one core for a weight and a token of training
TESTED = 64  # sequences behind the test loss of a checkpoint


def models(config) -> dict[str, tuple[transformer.Shape, int]]:
    """Name → shape and seed."""
    both = {MAIN: (config.shape, 0), TWIN: (replace(config.shape, layers=1), 0)}
    return both | {f"{MAIN}, seed {seed}": (config.shape, seed) for seed in range(1, config.seeds)}


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each model."""
    tokens = config.training.steps * config.training.batch_size * config.shape.context
    return [
        Job(f"train {name}", partial(train_model, config, name, workspace), SECONDS * tokens * shape.weights)
        for name, (shape, _) in models(config).items()
    ]


def folder_of(workspace: Workspace, model: str) -> Path:
    """Where a model's checkpoints stand."""
    return workspace.files / model.replace(", ", "-").replace(" ", "-")


def train_model(config, model: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train one model, or go on where a kill left it; rows of the table checkpoint."""
    shape, seed = models(config)[model]
    texts, folder = texts_of(config, workspace), folder_of(workspace, model)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    order = workspace.seed_of("training data", seed)
    params = transformer.initial(shape, workspace.seed_of("weights", seed))
    test = texts.sequences(TESTED, "all", workspace.seed_of("test"), "test").to(device)

    def batch_of(step: int) -> torch.Tensor:
        return texts.batch(config.training.batch_size, order, step).to(device)

    def test_loss(params) -> float:
        with torch.no_grad():
            return float(transformer.mean_loss(params, test))

    def say(step: int, left_s: float) -> None:
        progress.say(f"{model}: step {step:,} of {config.training.steps:,}, {progress.duration(left_s)} left")

    train(
        transformer.mean_loss,
        {name: tensor.to(device) for name, tensor in params.items()},
        batch_of,
        config.training,
        folder,
        test_loss,
        say=say,
    )
    rows = [checkpoints.facts_of(checkpoints.path_of(folder, step)) for step in checkpoints.steps(folder)]
    return {"checkpoint": pd.DataFrame(rows).assign(model=model)}


def checkpoint(workspace: Workspace, model: str, step: int) -> dict[str, torch.Tensor]:
    """Weights of a model at a step."""
    return checkpoints.load(folder_of(workspace, model), step)
