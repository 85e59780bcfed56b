"""Stages, trajectories and claims of the language experiment, from what the rounds before stored."""

from functools import partial

import pandas as pd

from devdash.measures.language import claims as language_claims
from devdash.pipeline.experiment import Job, Workspace
from precompute.development import chosen_stages, stage_tables, trajectory_tables
from precompute.language.measure import outputs
from precompute.language.models import MAIN, models


def jobs(config, workspace: Workspace) -> list[Job]:
    """One job, since claims need all of it."""
    return [Job("analyse", partial(analyse, config, workspace), 60)]


def analyse(config, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of stage, llc_smooth, trajectory…, and claim."""
    steps = config.training.checkpoint_steps()
    paths = {model: (steps, outputs(workspace, model, steps).double().numpy()) for model in models(config)}
    found = stage_tables(workspace) | trajectory_tables(paths, MAIN)
    read = {name: workspace.read(name) for name in ("metric", "llc", "checkpoint")}
    chosen = chosen_stages(found["stage"], config.llc.plan.sampler.nbeta)
    claims = language_claims.table(
        **read, stage=chosen, **{k: found[k] for k in found if k.startswith("traj")}
    )
    return found | {"claim": claims}
