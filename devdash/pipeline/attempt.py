"""One job, run to its outcome, in whatever process or machine an executor chose."""

import time
import traceback
from dataclasses import dataclass

import pandas as pd

from devdash.pipeline.experiment import Job


@dataclass(frozen=True)
class Outcome:
    """tables of a job that ended well, or the message of one that failed."""

    key: str
    tables: dict[str, pd.DataFrame] | None
    message: str | None
    wall_s: float


def attempt(job: Job) -> Outcome:
    """Run one job; an exception becomes its message, and the other jobs go on."""
    _one_thread()
    started = time.monotonic()
    try:
        tables, message = job.run(), None
    except Exception:
        tables, message = None, traceback.format_exc().strip()
    return Outcome(job.key, tables, message, time.monotonic() - started)


def _one_thread() -> None:
    """One torch thread per worker: the numbers of a job do not depend on the number of cores."""
    import torch

    torch.set_num_threads(1)
