"""Jobs that choose ε, nβ and γ for all checkpoints: a grid at several, then what suits them all."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from devdash.measures.agreement import agree
from devdash.measures.estimates import chain_steps
from devdash.measures.llc_rows import calibration_rows
from devdash.measuring.audit import unmeasured
from devdash.measuring.settings import Measuring
from devdash.measuring.work import Work
from devdash.pipeline.development import evenly_spaced
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.sampling import Calibration, Langevin, calibrate
from devdash.sampling.calibrate import trial
from devdash.sampling.transform import Settings
from devdash.store.runs import write_json

CHECKPOINTS = 4  # at which a grid is run
FULL, COMPONENTS = "full", "components"  # which have settings of their own


def groups(settings: Measuring) -> dict[str, Mapping[str, object]]:
    """What is calibrated together: the whole model, and all its components, which are compared."""
    parts = {FULL: {FULL: list(settings.moving)}}
    return parts | ({COMPONENTS: settings.components} if settings.components else {})


def rounds(work: Work, steps: Sequence[int]) -> list[Round]:
    """No round where a sampler was given."""
    if work.settings.plan.sampler is not None:
        return []
    grids, common = [], []
    for group in groups(work.settings):
        at = _grid_steps(work.workspace, group, steps)
        for step in at:
            run = partial(grid, work, group, step)
            grids.append(Job(f"calibrate {group} {step}", run, 2 * work.seconds))
        common.append(Job(f"calibrate {group}", partial(choose, work, group, at), len(at) * work.seconds))
    return [Round("grids", grids), Round("calibrate", common)]


def _grid_steps(workspace: Workspace, group: str, steps: Sequence[int]) -> list[int]:
    """The steps with grids: those of an earlier start, so that settings do not change as a run goes on."""
    rows = workspace.read("calibration")
    earlier = rows.loc[(rows["component"] == group) & (rows["part"] == "trajectory"), "step"]
    return sorted(set(earlier)) or evenly_spaced(list(steps), CHECKPOINTS)


def _chains(settings: Measuring) -> dict:
    plan = settings.plan
    return {"burn_in": max(plan.burn_in, 1), "batch_size": plan.batch_size, "scale": plan.scale}


def grid(work: Work, group: str, step: int) -> dict[str, pd.DataFrame]:
    """Rows of calibration: the grid at one checkpoint; its choice goes to a file for `choose`."""
    workspace = work.workspace
    if step in unmeasured(workspace):
        return {}
    with work.at(step) as (task, point):
        choice = calibrate(
            task.function,
            point,
            task.examples.tensors,
            components=groups(work.settings)[group],
            seed=workspace.seed_of("calibrate", group, step),
            **_chains(work.settings),
        )
    sampler = choice.sampler
    values = {"epsilon": sampler.epsilon, "nbeta": sampler.nbeta, "gamma": sampler.gamma, "sure": choice.sure}
    write_json(_path(workspace, group, step), values)
    rows = calibration_rows(choice.grid, step, component=group, distribution="all")
    return {"calibration": rows.assign(model="", chosen=False)}


def _path(workspace: Workspace, group: str, step: int) -> Path:
    return workspace.files / "calibration" / f"{group}-{step}.json"


def choose(work: Work, group: str, steps: Sequence[int]) -> dict[str, pd.DataFrame]:
    """Rows of calibration, part "trajectory": the common settings, tried at each of the steps."""
    sound = [step for step in steps if step not in unmeasured(work.workspace)]
    if not sound:
        raise ValueError("calibrate: no checkpoint is sound enough to choose ε at; see the page Checkpoints")
    plan = replace(work.settings.plan, **_chains(work.settings))

    def at(step: int, sampler: Settings) -> dict:
        seeded = replace(plan, seed=work.workspace.seed_of("agree", group, step))
        with work.at(step) as (task, point):
            data, components = task.examples.tensors, groups(work.settings)[group]
            return trial(task.function, point, data, sampler, components, seeded)

    agreement = agree({step: _read(_path(work.workspace, group, step)) for step in sound}, at)
    rows = [
        calibration_rows(pd.DataFrame([row]).drop(columns="sound"), step, component=group, distribution="all")
        for step, row in agreement.rows.items()
    ]
    both = pd.concat(rows, ignore_index=True)
    return {"calibration": both.assign(model="", chosen=True, reason=agreement.reason)}


def _read(path: Path) -> Calibration:
    values = json.loads(path.read_text("utf-8"))
    sure = values.pop("sure")
    return Calibration(Langevin(**values), sure, "", pd.DataFrame())


def sampler_of(work: Work, group: str) -> Settings:
    """The sampler of all estimates of a group: the one given, or with the settings that were agreed on."""
    if work.settings.plan.sampler is not None:
        return work.settings.plan.sampler
    rows = work.workspace.read("calibration")
    row = rows[(rows["component"] == group) & (rows["part"] == "trajectory")].iloc[0]
    return Langevin(epsilon=row["epsilon"], nbeta=row["nbeta"], gamma=row["gamma"])


def cost(settings: Measuring, weights: int, examples: int) -> float:
    """Seconds of one core that an estimate takes, about. examples: tokens, of a language model."""
    return 1 + 3e-11 * settings.plan.chains * chain_steps(settings.plan) * weights * examples
