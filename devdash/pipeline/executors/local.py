"""This machine: processes of joblib's loky, or the present process for one worker."""

from collections.abc import Iterator

import joblib

from devdash.pipeline.attempt import Outcome, attempt
from devdash.pipeline.experiment import Job


def run(jobs: list[Job], workers: int) -> Iterator[Outcome]:
    """Run jobs in so many processes at once."""
    if workers == 1 or len(jobs) < 2:
        return (attempt(job) for job in jobs)
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        pool = joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
        )
        return pool(joblib.delayed(attempt)(job) for job in jobs)
