"""Training the models of the language experiment, or taking them from elsewhere; finding checkpoints."""

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
from precompute.language import elsewhere
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
    """By name; the twin may end earlier."""
    training = config.training
    short = replace(training, steps=config.twin_steps or training.steps)
    both = {MAIN: Model(config.shape, 0, training), TWIN: Model(replace(config.shape, layers=1), 0, short)}
    return both | {f"{MAIN}, seed {n}": Model(config.shape, n, training) for n in range(1, config.seeds)}


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each model."""
    if config.trained is not None:
        return [Job(f"take {name}", partial(take_model, config, name, workspace)) for name in models(config)]
    return [
        Job(f"train {name}", partial(train_model, config, name, workspace), SECONDS * work_of(model))
        for name, model in models(config).items()
    ]


def work_of(model: Model) -> float:
    """Weights times tokens of a training."""
    return model.training.steps * model.training.batch_size * float(model.shape.context) * model.shape.weights


def folder_of(config, workspace: Workspace, model: str) -> Path:
    """Where a model's checkpoints stand."""
    return elsewhere.folder(config, workspace) / model.replace(", ", "-").replace(" ", "-")


def take_model(config, model: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of the table checkpoint of a model that was trained elsewhere."""
    folder = folder_of(config, workspace, model)
    elsewhere.check(folder, models(config)[model].steps)
    return {"checkpoint": rows_of(folder, model)}


def rows_of(folder: Path, model: str) -> pd.DataFrame:
    """Rows of the table checkpoint, from the heads of the files."""
    rows = [checkpoints.facts_of(checkpoints.path_of(folder, step)) for step in checkpoints.steps(folder)]
    return pd.DataFrame(rows).assign(model=model)


def train_model(config, model: str, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Train one model, or go on where a kill left it; rows of the table checkpoint."""
    recipe = models(config)[model]
    texts, folder = texts_of(config, workspace), folder_of(config, workspace, model)
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
    return {"checkpoint": rows_of(folder, model)}


def training_facts(config, workspace: Workspace) -> dict:
    """For run.json: of a training that was done elsewhere, how and what was taken."""
    if config.trained is None:
        return {}
    last = {
        name: checkpoints.path_of(folder_of(config, workspace, name), model.steps[-1])
        for name, model in models(config).items()
    }
    return {"training": elsewhere.facts(elsewhere.folder(config, workspace), last)}


def checkpoint(config, workspace: Workspace, model: str, step: int) -> dict[str, torch.Tensor]:
    """Weights of a model at a step."""
    return checkpoints.load(folder_of(config, workspace, model), step)
