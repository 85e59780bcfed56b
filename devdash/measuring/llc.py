"""Jobs that estimate λ̂ of the whole model, and of its components, at each checkpoint."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from devdash.measures.estimates import llc_tables, timed
from devdash.measuring.audit import unmeasured
from devdash.measuring.calibration import COMPONENTS, FULL, sampler_of
from devdash.measuring.work import Work
from devdash.pipeline.experiment import Job
from devdash.sampling import estimate_llc

KEPT_DRAWS = 50


def jobs(work: Work, steps: Sequence[int]) -> list[Job]:
    """For each step one job for the whole model, and one for each component."""
    listed = [Job(f"llc {step}", partial(whole, work, step), work.seconds) for step in steps]
    for name in work.settings.components:
        runs = [(step, partial(component, work, step, name)) for step in steps]
        listed += [Job(f"llc {step} {name}", run, work.seconds) for step, run in runs]
    return listed


def whole(work: Work, step: int) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of the whole model, and of checkpoint: its loss on the data."""
    tables = _estimated(work, step, FULL, FULL, list(work.settings.moving))
    if not tables:
        return {}
    loss = {"model": "", "step": step, "train_loss": tables["llc"]["init_loss"].iloc[0]}
    unknown = dict.fromkeys(("examples", "test_loss", "learning_rate", "wall_s"))
    return tables | {"checkpoint": pd.DataFrame([loss | unknown])}


def component(work: Work, step: int, name: str) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of one component; all see the same minibatches."""
    return _estimated(work, step, COMPONENTS, name, work.settings.components[name])


def _estimated(work: Work, step: int, group: str, name: str, moving) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw; none where the checkpoint is not what it says."""
    if step in unmeasured(work.workspace):
        return {}
    with work.at(step) as (task, point):
        estimate, wall_s = timed(
            estimate_llc,
            task.function,
            point,
            task.examples.tensors,
            plan=replace(work.settings.plan, sampler=sampler_of(work, group)),
            seed=work.workspace.seed_of("llc", step),
            component=moving,
        )
    place = {"step": step, "distribution": "all", "component": name}
    return llc_tables([estimate], [place], wall_s, KEPT_DRAWS, model="")
