"""Workers of dask.distributed: on this machine, at a scheduler's address, or submitted by dask-jobqueue."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib

from devdash.pipeline import executors, progress
from devdash.pipeline.attempt import ONE_THREAD, Outcome, attempt
from devdash.pipeline.cluster import Cluster
from devdash.pipeline.experiment import Job
from devdash.pipeline.processes import gpus
from devdash.store.runs import StoreError

QUEUES = {  # name on the command line → class of dask-jobqueue
    "lsf": "LSFCluster",
    "oar": "OARCluster",
    "pbs": "PBSCluster",
    "sge": "SGECluster",
    "slurm": "SLURMCluster",
}
DEATHS = 1  # of its worker that a job survives before it is said to be lost
ANSWER_S = 10
LOGS = Path.home() / ".cache" / "devdash" / "dask"  # of workers that a queueing system starts


@contextmanager
def start(workers: int | None, cluster: Cluster) -> Iterator:
    """Workers of one thread, this many where they are begun here."""
    distributed = executors.needed("distributed", "dask")
    settings = executors.needed("dask", "dask").config
    with (
        settings.set({"distributed.scheduler.allowed-failures": DEATHS}),
        _scheduler(distributed, workers, cluster) as scheduler,
        _client(distributed, scheduler) as client,
    ):

        def run(jobs: list[Job], folder: Path, at_once: int | None) -> Iterator[Outcome]:
            return _outcomes(distributed, client, jobs, folder.resolve(), at_once or len(jobs))

        yield run


def _outcomes(distributed, client, jobs: list[Job], folder: Path, at_once: int) -> Iterator[Outcome]:
    """Submit so many jobs, another as each ends."""
    keys, waiting = {}, list(reversed(jobs))

    def submit():
        job = waiting.pop()
        future = client.submit(attempt, job, folder, key=f"{folder.name} {job.key} {os.urandom(4).hex()}")
        keys[future] = job.key
        return future

    ended = distributed.as_completed([submit() for _ in jobs[:at_once]])
    for future in ended:
        yield _outcome(future, keys.pop(future))
        if waiting:
            ended.add(submit())


def _outcome(future, key: str) -> Outcome:
    """What a job gave. A future that is cancelled or lost its workers says nothing of the job itself."""
    if future.status == "finished":
        return future.result()
    error = future.exception() if future.status == "error" else None
    if isinstance(error, StoreError):
        raise error
    if type(error).__name__ == "KilledWorker":
        words = "its worker died each time, most likely because memory ran out; give fewer workers"
        return Outcome(key, words, lost=True)
    words = f"{type(error).__name__}: {error}" if error else "the scheduler dropped it"
    return Outcome(key, words, lost=True)


def _client(distributed, scheduler):
    try:
        return distributed.Client(scheduler, timeout=ANSWER_S)
    except (OSError, ValueError, TimeoutError) as error:
        raise executors.Unavailable(
            f"--dask {scheduler}: no scheduler answers there ({error}); expected an address such as "
            "tcp://host:8786, of a `dask scheduler` that runs"
        ) from None


@contextmanager
def _scheduler(distributed, workers: int | None, cluster: Cluster) -> Iterator:
    """What a client connects to: an address, or a cluster that ends with this context."""
    if cluster.dask and cluster.dask not in QUEUES:
        yield cluster.dask
        return
    many = workers or (executors.AT_ONCE if cluster.dask else joblib.cpu_count())
    with _queue(cluster) if cluster.dask else _this_machine(distributed) as begun:
        begun.scale(many)
        progress.say(f"dask: {progress.count(many, 'worker')} at {begun.scheduler_address}")
        yield begun


def _queue(cluster: Cluster):
    """Workers that are jobs of a queueing system; for the rest, dask-jobqueue reads its own file."""
    jobqueue = executors.needed("dask_jobqueue", "dask")
    gpus = {"gres": f"gpu:{cluster.gpus}"} if cluster.gpus else {}
    slurm = {
        "job_cpu": cluster.cores,
        "job_extra_directives": [f"--{name}={value}" for name, value in (gpus | cluster.sbatch).items()],
    }
    return getattr(jobqueue, QUEUES[cluster.dask])(
        queue=cluster.partition,
        cores=1,
        processes=1,
        memory=f"{cluster.memory_gb} GB",
        walltime=f"{cluster.minutes // 60:02d}:{cluster.minutes % 60:02d}:00",
        job_script_prologue=cluster.setup,
        log_directory=str(LOGS),
        **(slurm if cluster.dask == "slurm" else {}),
    )


def _this_machine(distributed):
    """Processes of this machine, each with one of its GPUs where it has some."""
    devices = gpus()

    class OneGpuEach(distributed.LocalCluster):
        def new_worker_spec(self):
            ((name, spec),) = super().new_worker_spec().items()
            gpu = {"CUDA_VISIBLE_DEVICES": devices[name % len(devices)]} if devices else {}
            return {name: spec | {"options": spec["options"] | {"env": ONE_THREAD | gpu}}}

    return OneGpuEach(
        n_workers=0,
        threads_per_worker=1,
        dashboard_address=None,
        memory_limit=None,
        silence_logs=logging.ERROR,
    )
