"""Where tasks run. Each gives the outcomes as they come; the caller alone writes to the store."""

import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass

import joblib
import pandas as pd

EXECUTORS = ("local",)


@dataclass(frozen=True)
class Outcome:
    """tables of a task that ended well, or the message of one that failed."""

    key: str
    tables: dict[str, pd.DataFrame] | None
    message: str | None
    wall_s: float


def run(tasks: list, workers: int, executor: str) -> Iterator[Outcome]:
    """Run tasks, in any order."""
    if executor not in EXECUTORS:
        raise ValueError(f"executor {executor!r} given, expected one of {', '.join(EXECUTORS)}")
    if workers == 1 or len(tasks) < 2:
        return (attempt(task) for task in tasks)
    with joblib.parallel_config("loky", inner_max_num_threads=1):
        pool = joblib.Parallel(
            n_jobs=workers, return_as="generator_unordered", batch_size=1, pre_dispatch="2*n_jobs"
        )
        return pool(joblib.delayed(attempt)(task) for task in tasks)


def attempt(task) -> Outcome:
    """Run one task; an exception becomes its message, and the other tasks go on."""
    _one_thread()
    started = time.monotonic()
    try:
        tables, message = task.run(), None
    except Exception:
        tables, message = None, traceback.format_exc().strip()
    return Outcome(task.key, tables, message, time.monotonic() - started)


def _one_thread() -> None:
    """One torch thread per worker: the numbers of a task do not depend on the number of cores."""
    import torch

    torch.set_num_threads(1)
