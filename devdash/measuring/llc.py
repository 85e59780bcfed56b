"""Jobs that estimate λ̂ of the whole model, and of its components, at each checkpoint."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import pandas as pd

from devdash.measures.estimates import llc_tables, timed
from devdash.measuring import susceptibility
from devdash.measuring.audit import unmeasured
from devdash.measuring.calibration import COMPONENTS, FULL, sampler_of
from devdash.measuring.work import Work
from devdash.pipeline.experiment import Job
from devdash.sampling import estimate_llc

KEPT_DRAWS = 50


def jobs(work: Work, steps: Sequence[int]) -> list[Job]:
    """For each step one job for the whole model, and one for each component."""
    watched = susceptibility.watched(work, steps)
    listed = [Job(f"llc {step}", partial(whole, work, step, step in watched), work.seconds) for step in steps]
    for name in work.settings.components:
        runs = [(step, partial(component, work, step, step in watched, name)) for step in steps]
        listed += [Job(f"llc {step} {name}", run, work.seconds) for step, run in runs]
    return listed


def whole(work: Work, step: int, watch: bool) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of the whole model, and of checkpoint: its loss on the data.

    watch: whether losses of tokens are kept, for their susceptibilities.
    """
    tables = _estimated(work, step, watch, FULL, FULL, list(work.settings.moving))
    if not tables:
        return {}
    loss = {"model": "", "step": step, "train_loss": tables["llc"]["init_loss"].iloc[0]}
    unknown = dict.fromkeys(("examples", "test_loss", "learning_rate", "wall_s"))
    return tables | {"checkpoint": pd.DataFrame([loss | unknown])}


def component(work: Work, step: int, watch: bool, name: str) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw of one component; all see the same minibatches."""
    return _estimated(work, step, watch, COMPONENTS, name, work.settings.components[name])


def _estimated(work: Work, step: int, watch: bool, group: str, name: str, moving) -> dict[str, pd.DataFrame]:
    """Rows of llc and llc_draw; none where the checkpoint is not what it says."""
    if step in unmeasured(work.workspace):
        return {}
    with work.at(step) as (task, point):
        observe = susceptibility.observation(task) if watch else None
        estimate, wall_s = timed(
            estimate_llc,
            task.function,
            point,
            task.examples.tensors,
            plan=replace(work.settings.plan, sampler=sampler_of(work, group), observe=observe),
            seed=work.workspace.seed_of("llc", step),
            component=moving,
        )
    if watch and name in (FULL, *susceptibility.heads_of(work)):
        susceptibility.keep(work.workspace, step, name, estimate)
    place = {"step": step, "distribution": "all", "component": name}
    return llc_tables([estimate], [place], wall_s, KEPT_DRAWS, model="")
