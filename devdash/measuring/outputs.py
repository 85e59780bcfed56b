"""Jobs that follow the model's outputs on the probe inputs, and their path over training."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from devdash.adapters.task import Task
from devdash.measuring.audit import unmeasured
from devdash.measuring.settings import probe_of
from devdash.measuring.work import Work
from devdash.pipeline.development import AXES, trajectory_tables
from devdash.pipeline.experiment import Job, Workspace
from devdash.sampling.devices import double
from devdash.training import checkpoints

FEATURES = 20_000  # outputs that are kept of a checkpoint, evenly taken
PASS, LEAST = 4096, 8  # entries of the first probe input in one pass, and examples at least
FEWEST = AXES + 1


def jobs(work: Work, steps: Sequence[int]) -> list[Job]:
    """One for each checkpoint."""
    return [Job(f"outputs {step}", partial(keep, work, step), 0.5) for step in steps]


def keep(work: Work, step: int) -> dict[str, pd.DataFrame]:
    """No rows: the outputs go to a file."""
    if step not in unmeasured(work.workspace):
        with work.at(step) as (task, point):
            outputs = {"outputs": features(task, point)}
        checkpoints.save(checkpoints.path_of(folder_of(work.workspace), step), outputs, {"step": step})
    return {}


def features(task: Task, point: Mapping[str, Tensor]) -> Tensor:
    """The outputs on the probe inputs, flattened: (feature,), at most `FEATURES`, the same ones each time.

    Probe inputs go through the model in parts; `Task.features` gets the outputs and the part's slice.
    """
    probe, pieces = probe_of(task), []
    size = max(LEAST, PASS // max(1, probe[0][0].numel()))
    for first in range(0, len(probe[0]), size):
        rows = slice(first, first + size)
        outputs = task.outputs(point, tuple(part[rows] for part in probe))
        pieces.append(_tensor(outputs if task.features is None else task.features(outputs, rows)))
    flat = torch.cat(pieces)
    places = np.unique(np.linspace(0, len(flat) - 1, min(FEATURES, len(flat))).astype(int))
    return flat[torch.as_tensor(places, device=flat.device)].cpu()


def _tensor(outputs) -> Tensor:
    """Outputs as one long vector."""
    outputs = getattr(outputs, "logits", outputs)
    outputs = outputs[0] if isinstance(outputs, tuple | list) else outputs
    if not isinstance(outputs, Tensor):
        kind = type(outputs).__name__
        raise TypeError(f"probe: the model gives {kind}, expected a tensor or something with .logits")
    return double(outputs.detach()).reshape(-1)


def folder_of(workspace: Workspace) -> Path:
    """Where outputs stand."""
    return workspace.files / "outputs"


def path(steps: Sequence[int], workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of trajectory…, none where there are too few checkpoints."""
    kept = [step for step in checkpoints.steps(folder_of(workspace)) if step in set(steps)]
    kept = [step for step in kept if step not in unmeasured(workspace)]
    if len(kept) < FEWEST:
        return {}
    outputs = np.stack([checkpoints.load(folder_of(workspace), step)["outputs"].numpy() for step in kept])
    return trajectory_tables({"": (kept, outputs)}, "")
