"""This machine: a process for each worker, or the present process where there is one worker."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib

from devdash.pipeline.attempt import Outcome, attempt
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.experiment import Job
from devdash.pipeline.processes import Pool


@contextmanager
def start(workers: int | None, cluster: Cluster) -> Iterator:
    """So many processes at once, as many as there are cores where None; none is begun before it is needed."""
    workers = workers or joblib.cpu_count()
    with Pool() as pool:

        def run(jobs: list[Job], folder: Path, at_once: int | None) -> Iterator[Outcome]:
            if workers == 1:
                return (attempt(job, folder) for job in jobs)
            return pool.run(jobs, folder, at_once or workers)

        yield run
