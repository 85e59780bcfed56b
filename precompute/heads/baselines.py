"""Traces and norms of heads beside their λ̂, at the same checkpoints and on the same text."""

from dataclasses import dataclass
from functools import partial

import pandas as pd

from devdash.measures.heads import baselines
from devdash.pipeline.experiment import Job, Workspace
from precompute.heads.llc import curve_steps
from precompute.heads.source import checkpoint, source

SECONDS = 5e-10  # of one core for a token and a weight of the model


@dataclass(frozen=True)
class Baselines:
    """sequences: of training text. passes: parts of them, each with random signs of its own."""

    sequences: int = 64
    passes: int = 16


def jobs(config, workspace: Workspace) -> list[Job]:
    """One for each checkpoint with λ̂ of heads."""
    language = source(config, workspace)
    cost = SECONDS * config.baselines.sequences * language.window * language.shape.weights
    return [
        Job(f"baselines {step}", partial(measure, config, step, workspace), cost)
        for step in curve_steps(config, workspace)
    ]


def measure(config, step: int, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of metric."""
    language, settings = source(config, workspace), config.baselines
    tokens = language.llc_data(settings.sequences, "all")
    seed = workspace.seed_of("baselines", step)
    rows = baselines.table(checkpoint(config, workspace, step), tokens, settings.passes, seed)
    return {"metric": rows.assign(model=language.main, step=step)}
