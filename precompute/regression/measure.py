"""What is measured of a regression model at every checkpoint, besides the LLC."""

from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from devdash.measures import hessian
from devdash.measures.metric_rows import metric
from devdash.measures.regression import metrics as regression_metrics
from devdash.measures.regression.metrics import Evaluation
from devdash.models import regression_transformer as model
from devdash.pipeline.experiment import Job, Workspace
from devdash.stored_names import HESSIAN
from devdash.training import checkpoints
from precompute.regression.models import checkpoint, finite, pool_of, seeds

SECONDS, CURVED_SECONDS = 4e-7, 4e-5  # of one core for a sequence and a thousand weights


@dataclass(frozen=True)
class Measures:
    """sequences: behind errors and scores. outputs: sequences behind the trajectory. curved: sequences
    behind the Hessian, at every `thinned`-th checkpoint. guesses: sequences whose predictions are kept."""

    sequences: int = 2048
    outputs: int = 512
    curved: int = 256
    thinned: int = 3
    guesses: int = 6


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint of each model."""
    measures, thousands, listed = config.measures, config.shape.weights / 1000, []
    for name in (*seeds(config), *finite(config)):
        for step in checkpoint_steps(config, name):
            seconds = 8 * measures.sequences * SECONDS
            if name in seeds(config) and step in thinned(config):
                seconds += measures.curved * CURVED_SECONDS
            seconds = 0.2 + thousands * seconds
            run = partial(measure, config, name, step, workspace)
            listed.append(Job(f"measure {name} {step}", run, seconds))
    return listed


def checkpoint_steps(config, name: str) -> list[int]:
    """Checkpoints of a model."""
    return (config.training if name in seeds(config) else config.finite_training).checkpoint_steps()


def thinned(config) -> list[int]:
    """Checkpoints at which the Hessian is measured."""
    return config.training.checkpoint_steps()[:: config.measures.thinned]


def measure(config, name: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric and regression_guess; outputs for the trajectory go to a file."""
    params, measures = checkpoint(config, workspace, name, step), config.measures
    evaluation = evaluation_of(config, workspace, name)
    rows = regression_metrics.table(params, evaluation)
    if name in seeds(config) and step in thinned(config):
        rows = pd.concat([rows, curvature(params, evaluation, measures.curved, workspace)], ignore_index=True)
    with torch.no_grad():
        said = model.predictions(params, evaluation.tokens)
    path = outputs_path(workspace, name, step)
    checkpoints.save(path, {"outputs": said[: measures.outputs].flatten()}, {"step": step})
    place = {"model": name, "step": step}
    return {
        "metric": rows.assign(**place),
        "regression_guess": guesses(said, evaluation, measures.guesses).assign(**place),
    }


def evaluation_of(config, workspace: Workspace, name: str) -> Evaluation:
    """What a model's checkpoints are measured on: the same sequences for all."""
    return _evaluation(config, workspace, name if name in finite(config) else "")


@lru_cache(32)
def _evaluation(config, workspace: Workspace, name: str) -> Evaluation:
    pool, seed = pool_of(config, workspace, name), workspace.seed_of("evaluation")
    return Evaluation.drawn(config.tasks, config.measures.sequences, seed, pool)


def curvature(params, evaluation: Evaluation, count: int, workspace: Workspace) -> pd.DataFrame:
    """Trace and largest eigenvalues of the loss's Hessian: rows of metric."""
    batch = (evaluation.tokens[:count],)
    trace, values = hessian.trace_and_eigenvalues(model.loss, params, batch, workspace.seed_of("hessian"))
    rows = [metric(HESSIAN, *trace)]
    rows += [metric("Hessian eigenvalue", value, component=f"value {n}") for n, value in enumerate(values, 1)]
    return pd.DataFrame(rows)


def guesses(said: torch.Tensor, evaluation: Evaluation, count: int) -> pd.DataFrame:
    """Predictions of some sequences by example, beside the truth and the known predictors."""
    examples = said.shape[1]
    columns = {"said": said, "truth": evaluation.y, **evaluation.best}
    frame = pd.DataFrame(
        {"sequence": np.repeat(np.arange(count), examples), "example": np.tile(range(1, examples + 1), count)}
    )
    for name in ("said", "truth", "ridge", "discrete optimum"):
        values = columns.get(name)
        frame[name.replace(" ", "_")] = (
            np.nan if values is None else np.round(values[:count].double().flatten().numpy(), 3)
        )
    return frame


def outputs_path(workspace: Workspace, name: str, step: int) -> Path:
    """Where the outputs of a checkpoint stand, (sequence · example,)."""
    return checkpoints.path_of(workspace.files / "outputs" / name, step)
