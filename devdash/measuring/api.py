"""`devdash.measure`: λ̂ of a model at all its checkpoints, and what else its task says."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import torch

from devdash.adapters.checkpoints import without_step
from devdash.adapters.parts import component_named
from devdash.adapters.task import Task
from devdash.measuring.calibration import cost
from devdash.measuring.handing import Handed, Here, written
from devdash.measuring.rounds import rounds
from devdash.measuring.run import EXPERIMENT, MeasuringRun, begin, refuse_other, reopen
from devdash.measuring.settings import Measuring, measuring
from devdash.measuring.source import Source, source_of
from devdash.measuring.work import Work
from devdash.pipeline import progress
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.executors import refuse_unknown
from devdash.pipeline.experiment import Experiment, Round, Workspace
from devdash.pipeline.run import execute
from devdash.sampling import checks
from devdash.store.runs import MEASURED, user_folder
from devdash.store.shards import read_table
from devdash.verdicts import is_reliable


@dataclass(frozen=True)
class Measured:
    """A measured run. folder: of the run. failures: jobs that failed."""

    folder: Path
    failures: int

    def table(self, name: str) -> pd.DataFrame:
        """Rows of a table of the store, such as "llc", "stage", "trajectory" or "checkpoint_flag"."""
        return read_table(self.folder, name)

    @property
    def llc(self) -> pd.DataFrame:
        """λ̂ with errors and verdicts, by component and step."""
        columns = ["component", "step", "llc", "std_err", "verdict", "message"]
        return self.table("llc")[columns].sort_values(["component", "step"], ignore_index=True)

    def __repr__(self) -> str:
        llc, failed = self.llc, f", {self.failures} jobs failed" if self.failures else ""
        good = is_reliable(llc).sum()
        return f"Measured({self.folder.name}: {len(llc)} λ̂, {good} reliable{failed}; see it: devdash app)"

    def _repr_html_(self) -> str:
        return self.llc.to_html(index=False, float_format="{:.3g}".format)


def measure(
    run: str | Path,
    task: Task,
    *,
    heads: bool = False,
    components: Mapping[str, object] | Sequence[str] | None = None,
    checkpoints: Sequence[int] | None = None,
    name: str | None = None,
    workers: int = 1,
    executor: str = "local",
    cluster: Cluster = Cluster(),
    again: bool = False,
    data: str | Path | None = None,
    **settings,
) -> Measured:
    """Measure a model at its checkpoints; kill it anywhere and call it again, it goes on.

    run: the name of a recorded run, a folder of checkpoints, or "hub:owner/name", whose revisions are
    fetched one by one and not kept. task: the model's `Task`. heads: λ̂ of
    each of the task's heads too. components: for the refined LLC, names ("l0h1", "l0 mlp", a module) or
    name → component as in `component_named`.
    checkpoints: steps, by default all. name: of the run that is written, by default the recorded one or
    one after the folder. workers, executor, cluster: where jobs run. again: forget an earlier measuring.
    data: the data folder (or DEVDASH_DATA). settings: fields of `sampling.plan.Plan`, such as sampler,
    chains, draws, batch_size, seed; without a sampler ε, nβ and γ are chosen once for all checkpoints.

    Raises ValueError or StoreError, before anything is computed, where names of a checkpoint are not the
    model's, the loss is unsound, or an earlier measuring was of something else.
    """
    if not isinstance(task, Task):
        raise TypeError(f"measure: task of type {type(task).__name__} given, expected devdash.Task(model, …)")
    refuse_unknown(executor)
    folder = user_folder(data).absolute()
    source = source_of(run, name, folder)
    steps = _steps(source, checkpoints)
    if source.stepless:
        progress.say(f"checkpoints are passed over, {without_step(source.stepless)}")
    named = components if isinstance(components, Mapping) else {name: name for name in components or ()}
    parts = {name: component_named(task, part) for name, part in named.items()} | _heads(task, heads)
    with task.evaluating():
        first = task.point(source.read(steps[-1]), source.where(steps[-1]))
        planned = measuring(task, first, parts, settings)
    weights = sum(first[part].numel() for part in planned.moving)
    run_folder = begin(source, folder, weights)
    if again:
        shutil.rmtree(run_folder / MEASURED, ignore_errors=True)
    refuse_other(run_folder, planned, source)
    work = _run(task, source, planned, steps, weights, workers, executor, folder)
    if not reopen(work, folder):
        return Measured(run_folder, 0)
    threads = torch.get_num_threads()
    try:
        failures = execute(work, folder, workers, executor, cluster)
    finally:
        torch.set_num_threads(threads)  # jobs of this process are given one
    return Measured(run_folder, failures)


def _steps(source: Source, chosen: Sequence[int] | None) -> list[int]:
    """The steps to measure, in order."""
    present = list(source.checkpoints)
    missing = [step for step in chosen or () if step not in present]
    if missing:
        raise ValueError(f"checkpoints: no checkpoint of step {missing[0]}; there are {present[:20]}")
    return sorted(chosen) if chosen is not None else present


def _heads(task: Task, wanted: bool) -> dict[str, object]:
    if not wanted:
        return {}
    if not task.heads:
        raise ValueError("measure: heads=True, but the task has none; give Task(…, heads={name: component})")
    return dict(task.heads)


def _run(
    task: Task,
    source: Source,
    settings: Measuring,
    steps: list[int],
    weights: int,
    workers: int,
    executor: str,
    data: Path,
) -> MeasuringRun:
    alone = workers == 1 and executor == "local"
    place = data / "checkpoints" / source.name / "task.pickle"
    handed: Handed = Here(task) if alone else written(task, place)
    tokens = checks.tokens(task.examples.tensors)
    seconds = cost(settings, weights, settings.plan.batch_size * tokens)

    def listed(config: Measuring, workspace: Workspace) -> list[Round]:
        return rounds(Work(handed, source, config, workspace, seconds), steps)

    experiment = Experiment(EXPERIMENT, source.name, "", {}, listed, lambda config: weights)
    return MeasuringRun(experiment, "measured", settings, settings.plan.seed, source)
