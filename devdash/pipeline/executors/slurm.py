"""Arrays of SLURM jobs, submitted by submitit. The run's folder must be one that all machines share."""

import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from devdash.pipeline import executors
from devdash.pipeline.attempt import ONE_THREAD, Outcome, attempt
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.experiment import Job
from devdash.pipeline.slurm_queue import Submissions
from devdash.store.shards import Shards

BUNDLE_S = 300  # short jobs share an array task up to this, so that its start does not cost more than they do
ARRAY = 1000  # tasks of one array, which SLURM bounds at 1001 unless the site says otherwise
LOOK_S = (0.5, 15.0)  # between two looks at folder and queue: more as time goes on
PATIENCE_S = 3  # a task that left the queue may have written, on another machine, what is not seen here yet


@dataclass(frozen=True)
class Bundle:
    """What one array task does: its jobs one after another, without those that are done."""

    jobs: tuple[Job, ...]
    folder: Path

    def __call__(self) -> None:
        for job in self.jobs:
            attempt(job, self.folder)

    def checkpoint(self):
        """What submitit puts into the queue again when the task's time is over or another takes its place."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


@contextmanager
def start(workers: int | None, cluster: Cluster) -> Iterator:
    """So many array tasks at once.

    At the end, and where this process is stopped by hand or by an error, its tasks are cancelled. Where it is
    killed they go on, and the next start waits for those of its keys that are in the queue instead of
    submitting them again.
    """
    submitit = executors.needed("submitit", "slurm")
    begun: list[Submissions] = []

    def run(jobs: list[Job], folder: Path, at_once: int | None) -> Iterator[Outcome]:
        submissions = Submissions(folder.resolve())
        begun.append(submissions)
        queued = submissions.queued() or set()
        todo = [job for job in jobs if job.key not in queued]
        many = at_once or workers or executors.AT_ONCE
        parts = [(job,) for job in todo] if at_once else bundles(todo, many)
        for first in range(0, len(parts), ARRAY):
            _submit(submitit, parts[first : first + ARRAY], submissions, folder.resolve(), many, cluster)
        return _outcomes([job.key for job in jobs], submissions, Shards(folder))

    try:
        yield run
    finally:  # a task that was preempted as it ended its last job may wait for nothing
        for submissions in begun:
            submissions.cancel()


def bundles(jobs: list[Job], workers: int) -> list[tuple[Job, ...]]:
    """Jobs in order, in parts of at most five minutes, fewer where workers would have nothing to do."""
    longest = min(BUNDLE_S, sum(job.seconds for job in jobs) / workers)
    parts: list[list[Job]] = []
    for job in jobs:
        if not parts or sum(other.seconds for other in parts[-1]) + job.seconds > longest:
            parts.append([])
        parts[-1].append(job)
    return [tuple(part) for part in parts]


def _submit(submitit, parts, submissions: Submissions, folder: Path, at_once: int, cluster: Cluster) -> None:
    """Submit one array, a task for each part."""
    try:
        executor = submitit.AutoExecutor(submissions.files, cluster="slurm")
        executor.update_parameters(**_parameters(cluster, folder.name, at_once))
        with executor.batch():
            tasks = [executor.submit(Bundle(part, folder)) for part in parts]
    except (RuntimeError, submitit.core.utils.FailedJobError) as error:
        said = " ".join(str(error).split())
        raise executors.Unavailable(f"--executor slurm: the jobs could not be submitted ({said})") from None
    submissions.add({task.job_id: [job.key for job in part] for task, part in zip(tasks, parts, strict=True)})


def _parameters(cluster: Cluster, name: str, at_once: int) -> dict:
    """Settings as submitit names them. Python is to see the modules that are at hand here."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    variables = ONE_THREAD | {"PYTHONPATH": path}
    setup = [f"export {variable}={shlex.quote(value)}" for variable, value in variables.items()]
    wanted = {
        "name": name,
        "timeout_min": cluster.minutes,
        "mem_gb": cluster.memory_gb,
        "cpus_per_task": cluster.cores,
        "gpus_per_node": cluster.gpus or None,
        "slurm_partition": cluster.partition,
        "slurm_array_parallelism": at_once,
        "slurm_setup": [*cluster.setup, *setup],
        "slurm_additional_parameters": cluster.sbatch,
    }
    return {parameter: value for parameter, value in wanted.items() if value is not None}


def _outcomes(keys: list[str], submissions: Submissions, shards: Shards) -> Iterator[Outcome]:
    """Outcomes as the run's folder shows them. Of the queue it is only asked who may still write there."""
    started, missing_since, left = time.monotonic(), {}, set(keys)
    while left:
        queued = submissions.queued()  # before the folder: who has left the queue has written
        written = _written(left, shards)
        now, missing = time.monotonic(), left - written.keys() - (left if queued is None else queued)
        missing_since = {key: missing_since.get(key, now) for key in missing}
        lost = [key for key, since in missing_since.items() if now - since > PATIENCE_S]
        yield from written.values()
        yield from (Outcome(key, submissions.end_of(key), lost=True) for key in lost)
        left -= {*written, *lost}
        if left:
            time.sleep(min(max(LOOK_S[0], (now - started) / 20), LOOK_S[1]))


def _written(keys: set[str], shards: Shards) -> dict[str, Outcome]:
    """Outcomes of the keys that are done or have failed."""
    failed = keys & shards.failed()
    done = keys & shards.done()
    return {key: Outcome(key) for key in done} | {
        key: Outcome(key, shards.failure(key)) for key in failed - done
    }
