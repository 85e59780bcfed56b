"""Stages and trajectories of the language experiment, from what the rounds before stored."""

from functools import partial

import pandas as pd

from devdash.pipeline.development import stage_tables, trajectory_tables
from devdash.pipeline.experiment import Job, Workspace
from precompute.language.measure import measured, outputs
from precompute.language.models import MAIN, models


def jobs(config, workspace: Workspace) -> list[Job]:
    """One job."""
    return [Job("analyse", partial(analyse, config, workspace), 60)]


def analyse(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of stage, llc_smooth and trajectory…"""
    paths = {
        name: (measured(config, name), outputs(workspace, name, measured(config, name)).double().numpy())
        for name in models(config)
    }
    return stage_tables(workspace) | trajectory_tables(paths, MAIN)
