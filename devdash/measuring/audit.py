"""Jobs that look at the checkpoints before anything is measured of them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from devdash.adapters.checkpoints import Stored
from devdash.measures import checkpoint_audit
from devdash.measuring.source import Source
from devdash.pipeline.experiment import Job, Round, Workspace
from devdash.store.runs import write_json


def rounds(source: Source, steps: Sequence[int], workspace: Workspace, digest: str) -> list[Round]:
    """One job for each checkpoint, then one that flags what is odd. digest: of the list of steps."""
    before = {step: tuple(steps[max(0, place - 2) : place][::-1]) for place, step in enumerate(steps)}
    jobs = [
        Job(f"audit {step}", partial(audit, source, step, before[step], workspace), 0.5) for step in steps
    ]
    flags = Job(f"audit of all {digest}", partial(flag, source, workspace), 1)
    return [Round("audit", jobs), Round("flags", [flags])]


def audit(
    source: Source, step: int, before: tuple[int, ...], workspace: Workspace
) -> dict[str, pd.DataFrame]:
    """A row of checkpoint_audit. before: the steps of the last checkpoint and of the last but one."""
    checkpoint, state = source.checkpoints[step], source.read(step)
    Seen(workspace.files).note(checkpoint)
    away = [checkpoint_audit.distance(state, source.read(other)) for other in before]
    row = {
        "model": "",
        "step": step,
        "name": checkpoint.name,
        "hash": checkpoint_audit.digest(state),
        "finite": checkpoint_audit.is_finite(state),
        "previous": before[0] if before else None,
        "norm": checkpoint_audit.distance(state),
        "distance": away[0] if before else float("nan"),
        "distance_two": away[1] if len(away) > 1 else float("nan"),
    }
    return {"checkpoint_audit": pd.DataFrame([row]).astype({"previous": "Int64"})}


@dataclass(frozen=True)
class Seen:
    """Sizes and times of the files whose weights were hashed, so that they need not be read again."""

    files: Path

    def note(self, checkpoint: Stored) -> None:
        """Remember a checkpoint's file as it is."""
        write_json(self._path(checkpoint), checkpoint.identity())

    def is_same(self, checkpoint: Stored) -> bool:
        """Whether it is as it was noted."""
        path = self._path(checkpoint)
        return path.exists() and json.loads(path.read_text("utf-8")) == checkpoint.identity()

    def _path(self, checkpoint: Stored) -> Path:
        return self.files / "audit" / f"{checkpoint.step}.json"


def flag(source: Source, workspace: Workspace) -> dict[str, pd.DataFrame]:
    """Rows of checkpoint_flag."""
    rows = workspace.read("checkpoint_audit").sort_values("step", ignore_index=True)
    return {"checkpoint_flag": checkpoint_audit.flags(rows, source.read).assign(model="")}


def unmeasured(workspace: Workspace) -> set[int]:
    """Steps of checkpoints of which nothing is measured."""
    flags = workspace.read("checkpoint_flag")
    return set(flags.loc[flags["flag"].isin(checkpoint_audit.UNMEASURED), "step"])


def outliers(workspace: Workspace) -> set[int]:
    """Steps of checkpoints that make no stages."""
    flags = workspace.read("checkpoint_flag")
    return set(flags.loc[flags["flag"] == checkpoint_audit.OUTLIER, "step"])
