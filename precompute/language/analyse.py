"""Stages and trajectories of the language experiment, from what the rounds before stored."""

from functools import partial

import pandas as pd

from devdash.pipeline.runner import Task, Workspace
from precompute.development import stage_tables, trajectory_tables
from precompute.language.measure import outputs
from precompute.language.models import MAIN, models


def tasks(config, workspace: Workspace) -> list[Task]:
    """One task."""
    return [Task("analyse", partial(analyse, config, workspace), 60)]


def analyse(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of stage, llc_smooth and trajectory…"""
    steps = config.training.schedule()
    paths = {model: (steps, outputs(workspace, model, steps).double().numpy()) for model in models(config)}
    return stage_tables(workspace) | trajectory_tables(paths, MAIN)
