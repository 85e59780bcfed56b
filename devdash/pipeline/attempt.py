"""One job, run to its outcome, in whatever process or machine an executor chose."""

import os
import sys
import threading
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from devdash.pipeline.experiment import Job
from devdash.store.shards import Shards

LIBRARIES = ("OMP", "MKL", "OPENBLAS", "BLIS", "VECLIB_MAXIMUM", "NUMBA")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in LIBRARIES}
_alone = threading.Lock()


@dataclass(frozen=True)
class Outcome:
    """How a job ended: well (no message), by an exception (its traceback), or lost with its process.

    lost: the job itself may be sound, and is worth another try; the message says what is known.
    """

    key: str
    message: str | None = None
    lost: bool = False


def attempt(job: Job, folder: Path) -> Outcome:
    """Run one job and store what it gives in the run's folder, unless it stands there already.

    An exception becomes the message, and the other jobs go on. One job at a time in a process, since
    threads would share torch's and numpy's generators. StoreError: the folder cannot be written.
    """
    _one_thread()
    shards = Shards(folder)
    with _alone:
        if shards.is_done(job.key):
            return Outcome(job.key)
        started = time.monotonic()
        try:
            tables = job.run()
        except Exception:
            message = traceback.format_exc().strip()
            shards.write_failure(job.key, message)
            return Outcome(job.key, message)
        shards.write_task(job.key, tables, time.monotonic() - started)
    return Outcome(job.key)


def _one_thread() -> None:
    """One torch thread per worker: the numbers of a job do not depend on the number of cores.

    A job that needs no torch is spared the seconds that it takes to load.
    """
    os.environ.update(ONE_THREAD)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
