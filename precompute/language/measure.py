"""What is measured of a language model at every checkpoint, besides the LLC."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
import torch

from devdash.measures import head_scores
from devdash.measures.language import metrics as language_metrics
from devdash.measures.language.metrics import few_sequences
from devdash.measures.language.outputs import Contexts, true_logits
from devdash.measures.language.reading import text_losses
from devdash.pipeline.development import thinned
from devdash.pipeline.experiment import Job, Workspace
from devdash.training import checkpoints
from precompute.language.data import texts_of
from precompute.language.models import MAIN, checkpoint, models

SECONDS = 1.2e-11  # of one core for a weight and a token


@dataclass(frozen=True)
class Measures:
    """sequences: of each kind, behind losses. probes: of unrelated tokens, behind the scores of heads.
    contexts: behind the trajectory. texts: to read, of each kind; read at every `thinned`-th checkpoint of
    the main model. reach: tokens of a text to read, of a probe and of a context; None: the model's context.
    others: the twin and further seeds are measured at every so many-th checkpoint."""

    sequences: int = 256
    probes: int = 256
    contexts: int = 5000
    texts: int = 8
    thinned: int = 2
    reach: int | None = None
    others: int = 1


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint of each model."""
    return [
        Job(
            f"measure {name} {step}",
            partial(measure, config, name, step, workspace),
            1 + SECONDS * read_tokens(config) * model.shape.weights,
        )
        for name, model in models(config).items()
        for step in measured(config, name)
    ]


def measured(config, model: str) -> list[int]:
    """Steps of a model's checkpoints that are measured."""
    return thinned(models(config)[model].steps, 1 if model == MAIN else config.measures.others)


def read_tokens(config) -> float:
    """Tokens that a checkpoint is measured on, those of the trajectory counted by half."""
    measures, context = config.measures, config.shape.context
    few = 2 * min(measures.sequences, few_sequences(context))
    text = (measures.sequences + few) * len(config.corpus.kinds) * context
    return text + (2 * measures.probes + measures.contexts / 2) * (measures.reach or context)


def measure(config, model: str, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric, position_loss and text_loss; outputs for the trajectory go to a file."""
    measures, texts = config.measures, texts_of(config, workspace)
    params, reach = checkpoint(config, workspace, model, step), measures.reach
    seed = workspace.seed_of("evaluation")
    evaluation, probes = texts.fixed(measures.sequences, measures.probes, reach, seed)
    place = {"model": model, "step": step}
    tables = language_metrics.evaluate(params, evaluation)
    tables["metric"] = pd.concat([tables["metric"], head_scores.table(params, probes)], ignore_index=True)
    tables = {name: rows.assign(**place) for name, rows in tables.items()}
    tokens = texts.sequences(measures.contexts, "all", workspace.seed_of("contexts"), "test", reach)
    outputs = true_logits(params, Contexts.drawn(tokens, workspace.seed_of("positions")))
    checkpoints.save(outputs_path(workspace, model, step), {"outputs": outputs}, place)
    if model == MAIN and step in config.training.checkpoint_steps()[:: measures.thinned]:
        tables["text_loss"] = text_losses(params, texts.readings(measures.texts, reach)).assign(**place)
    return tables


def outputs_path(workspace: Workspace, model: str, step: int) -> Path:
    """Where the outputs of a checkpoint stand, (context,)."""
    return checkpoints.path_of(workspace.files / "outputs" / model.replace(", ", "-"), step)


def outputs(workspace: Workspace, model: str, steps: list[int]) -> torch.Tensor:
    """Outputs (step, context) of a model."""
    return torch.stack(
        [checkpoints.load(outputs_path(workspace, model, step).parent, step)["outputs"] for step in steps]
    )
