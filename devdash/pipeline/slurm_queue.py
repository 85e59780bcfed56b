"""What of a run stands in SLURM's queue: asked of `squeue` alone, which needs no accounting."""

import getpass
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from devdash.store.runs import write_json

LOG_LINES = 5


class Submissions:
    """The array tasks submitted for one run, by this process or by one before it that was killed.

    files: where submitit keeps its pickles and logs, and where this keeps which task has which keys.
    """

    def __init__(self, folder: Path):
        self.name, self.files = folder.name, folder / "parts" / "slurm"
        self.task_of: dict[str, str] = {}
        for record in sorted(self.files.glob("tasks-*.json"), key=lambda path: path.stat().st_mtime_ns):
            self._take(json.loads(record.read_text(encoding="utf-8")))

    def add(self, keys_of: Mapping[str, Sequence[str]]) -> None:
        """Note tasks that were submitted together: id → keys of its jobs."""
        record = self.files / f"tasks-{next(iter(keys_of))}.json"
        write_json(record, {task: list(keys) for task, keys in keys_of.items()})
        self._take(keys_of)

    def _take(self, keys_of: Mapping[str, Sequence[str]]) -> None:
        self.task_of |= {key: task for task, keys in keys_of.items() for key in keys}

    def queued(self) -> set[str] | None:
        """Keys whose task waits or runs; None where SLURM does not answer."""
        tasks = in_queue(self.name)
        return None if tasks is None else {key for key, task in self.task_of.items() if task in tasks}

    def cancel(self) -> None:
        """Take what waits or runs out of the queue."""
        tasks = set(self.task_of.values()) & (in_queue(self.name) or set())
        if tasks:
            subprocess.run(["scancel", *sorted(tasks)], capture_output=True)

    def end_of(self, key: str) -> str:
        """What is to be said of a task that left the queue before this key was done."""
        for path in self.files.glob(f"{self.task_of[key]}_*.err"):
            lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
            said = " / ".join([line.strip() for line in lines if line.strip()][-LOG_LINES:])
            return f"SLURM ended its task {self.task_of[key]}, whose log ends with: {said or 'nothing'}"
        return f"SLURM ended its task {self.task_of[key]} before it began"


def in_queue(name: str) -> set[str] | None:
    """Ids of this user's jobs of a name that wait or run: 12, 13_0 …; None where SLURM does not answer.

    Their names are those of their runs, since SLURM may give an id a second time.
    """
    command = ["squeue", "--noheader", "--array", "--format=%i", "--user", getpass.getuser(), "--name", name]
    answer = subprocess.run(command, capture_output=True, text=True)
    return set(answer.stdout.split()) if answer.returncode == 0 else None
