"""Handing a task to other processes: written once, read once in each; memory maps stay on the disk."""

import hashlib
import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cloudpickle
import numpy as np

from devdash.adapters.task import Task
from devdash.store.runs import replacing


class Handed(Protocol):
    """Something that gives the task in whatever process a job runs."""

    def task(self) -> Task: ...


@dataclass(frozen=True, eq=False)
class Here:
    """The task itself, for jobs of this process."""

    held: Task

    def task(self) -> Task:
        return self.held


@dataclass(frozen=True)
class Written:
    """A file that this command wrote beside the run's checkpoints, and of which it reads nothing else."""

    path: Path
    sha256: str

    def task(self) -> Task:
        return _load(self.path, self.sha256)


@lru_cache(maxsize=1)
def _load(path: Path, sha256: str) -> Task:
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"measure: {path} is not what this command wrote; start the measuring again")
    return cloudpickle.loads(content)


def written(task: Task, path: Path) -> Written:
    """Write a task where all workers reach it."""
    content = io.BytesIO()
    pickler = cloudpickle.CloudPickler(content)
    pickler.dispatch_table = pickler.dispatch_table.new_child({np.memmap: _mapped})
    pickler.dump(task)
    with replacing(path) as temporary:
        temporary.write_bytes(content.getvalue())
    return Written(path, hashlib.sha256(content.getvalue()).hexdigest())


def _mapped(array: np.memmap):
    """A memory map as the place of its file; a part of one as an array of its own."""
    if isinstance(array.base, np.ndarray):
        return np.array, (np.asarray(array),)
    order = "C" if array.flags.c_contiguous else "F"
    return np.memmap, (str(array.filename), array.dtype, "r", array.offset, array.shape, order)
