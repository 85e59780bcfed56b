"""What is measured of a language model at every checkpoint, besides the LLC."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from devdash.measures import head_scores
from devdash.measures.language import metrics as language_metrics
from devdash.measures.language.outputs import Contexts, true_logits
from devdash.measures.language.reading import text_losses
from devdash.pipeline.experiment import Job, Workspace
from devdash.training import checkpoints
from precompute.language.data import texts_of
from precompute.language.models import MAIN, checkpoint, models

SECONDS = 1.2e-11  # of one core for a weight and a token


@dataclass(frozen=True)
class Measures:
    """sequences: of each kind, behind losses and scores. contexts: behind the trajectory. texts: to read,
    of each kind; read at every `thinned`-th checkpoint of the main model."""

    sequences: int = 256
    contexts: int = 5000
    texts: int = 8
    thinned: int = 2


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint of each model."""
    measures = config.measures
    sequences = 4 * measures.sequences * len(config.corpus.kinds) + measures.contexts / 2
    tokens = sequences * config.shape.context
    return [
        Job(
            f"measure {name} {step}",
            partial(measure, config, name, step, workspace),
            1 + SECONDS * tokens * model.shape.weights,
        )
        for name, model in models(config).items()
        for step in model.steps
    ]


def measure(config, model: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric, position_loss and text_loss; outputs for the trajectory go to a file."""
    measures, texts = config.measures, texts_of(config, workspace)
    params = checkpoint(workspace, model, step)
    evaluation, probes = texts.fixed(measures.sequences, workspace.seed_of("evaluation"))
    place = {"model": model, "step": step}
    tables = language_metrics.evaluate(params, evaluation)
    tables["metric"] = pd.concat([tables["metric"], head_scores.table(params, probes)], ignore_index=True)
    tables = {name: rows.assign(**place) for name, rows in tables.items()}
    tokens = texts.sequences(measures.contexts, "all", workspace.seed_of("contexts"), "test")
    outputs = true_logits(params, Contexts.drawn(tokens, workspace.seed_of("positions")))
    checkpoints.save(outputs_path(workspace, model, step), {"outputs": outputs}, place)
    if model == MAIN and step in config.training.checkpoint_steps()[:: measures.thinned]:
        tables["text_loss"] = text_losses(params, texts.readings(measures.texts)).assign(**place)
    return tables


def outputs_path(workspace: Workspace, model: str, step: int) -> Path:
    """Where the outputs of a checkpoint stand, (context,)."""
    return checkpoints.path_of(workspace.files / "outputs" / model.replace(", ", "-"), step)


def outputs(workspace: Workspace, model: str, steps: list[int]) -> torch.Tensor:
    """Outputs (step, context) of a model."""
    return torch.stack(
        [checkpoints.load(outputs_path(workspace, model, step).parent, step)["outputs"] for step in steps]
    )
