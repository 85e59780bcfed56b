"""What every job of a measuring has at hand."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor

from devdash.adapters.task import Task
from devdash.measuring.handing import Handed
from devdash.measuring.settings import Measuring
from devdash.measuring.source import Source
from devdash.pipeline.experiment import Workspace


@dataclass(frozen=True)
class Work:
    """handed: the task. source: of the checkpoints. settings: of all estimates. workspace: of the run.
    seconds: that an estimate takes, about."""

    handed: Handed
    source: Source
    settings: Measuring
    workspace: Workspace
    seconds: float = 1.0

    @contextmanager
    def at(self, step: int) -> Iterator[tuple[Task, dict[str, Tensor]]]:
        """The task, its model in evaluation mode, and the point of a checkpoint."""
        task = self.handed.task()
        with task.evaluating():
            yield task, task.point(self.source.read(step), self.source.where(step))
