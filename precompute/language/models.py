"""Training the models of the language experiment, and finding their checkpoints."""

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from devdash.models import transformer
from devdash.pipeline import progress
from devdash.pipeline.experiment import Job, Workspace
from devdash.training import checkpoints
from devdash.training.run import Training, train
from precompute.language.data import texts_of

MAIN, TWIN = "two-layer", "one-layer"
SECONDS = 7e-11  # of one core for a weight and a token of training
TESTED = 64  # sequences behind the test loss of a checkpoint


@dataclass(frozen=True)
class Model:
    """What is trained: its sizes, its seed, and for how long."""

    shape: transformer.Shape
    seed: int
    training: Training

    @property
    def steps(self) -> list[int]:
        """Of its checkpoints."""
        return self.training.checkpoint_steps()


def models(config) -> dict[str, Model]:
    """By name; models of further seeds may end earlier."""
    training = config.training
    short = replace(training, steps=config.seed_steps or training.steps)
    both = {MAIN: Model(config.shape, 0, training), TWIN: Model(replace(config.shape, layers=1), 0, training)}
    return both | {f"{MAIN}, seed {n}": Model(config.shape, n, short) for n in range(1, config.seeds)}


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each model."""
    return [
        Job(f"train {name}", partial(train_model, config, name, workspace), SECONDS * work_of(model))
        for name, model in models(config).items()
    ]


def work_of(model: Model) -> float:
    """Weights times tokens of a training."""
    return model.training.steps * model.training.batch_size * float(model.shape.context) * model.shape.weights


def folder_of(workspace: Workspace, model: str) -> Path:
    """Where a model's checkpoints stand."""
    return workspace.files / model.replace(", ", "-").replace(" ", "-")


def train_model(config, model: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train one model, or go on where a kill left it; rows of the table checkpoint."""
    recipe = models(config)[model]
    texts, folder = texts_of(config, workspace), folder_of(workspace, model)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    order = workspace.seed_of("training data", recipe.seed)
    params = transformer.initial(recipe.shape, workspace.seed_of("weights", recipe.seed), config.amplitude)
    test = texts.sequences(TESTED, "all", workspace.seed_of("test"), "test").to(device)

    def batch_of(step: int) -> torch.Tensor:
        batch = texts.batch(config.training.batch_size, order, step)
        return batch.pin_memory().to(device, non_blocking=True) if device == "cuda" else batch

    def test_loss(params) -> float:
        with torch.no_grad():
            return float(transformer.mean_loss(params, test))

    def say(step: int, left_s: float) -> None:
        last = recipe.training.steps
        progress.say(f"{model}: step {step:,} of {last:,}, {progress.duration(left_s)} left")

    train(
        torch.compile(transformer.mean_loss) if device == "cuda" else transformer.mean_loss,
        {name: tensor.to(device) for name, tensor in params.items()},
        batch_of,
        recipe.training,
        folder,
        test_loss,
        say=say,
    )
    rows = [checkpoints.facts_of(checkpoints.path_of(folder, step)) for step in checkpoints.steps(folder)]
    return {"checkpoint": pd.DataFrame(rows).assign(model=model)}


def checkpoint(workspace: Workspace, model: str, step: int) -> dict[str, torch.Tensor]:
    """Weights of a model at a step."""
    return checkpoints.load(folder_of(workspace, model), step)
