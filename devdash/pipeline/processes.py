"""Processes that run jobs on this machine. A job whose process dies is named; none outlives its parent."""

import os
import pickle
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import wait
from pathlib import Path

import cloudpickle

from devdash.pipeline.attempt import ONE_THREAD, Outcome
from devdash.pipeline.experiment import Job


class Worker:
    """A process of devdash.pipeline.worker.

    A session of its own keeps the terminal's Ctrl-C from it. `life` is a pipe that nobody writes to: it
    breaks when this process ends, however it ends, and the system ends the worker.
    """

    def __init__(self, gpu: str | None):
        self.connection, theirs = Pipe()
        breaks, self.life = os.pipe()
        descriptors = (theirs.fileno(), breaks)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "devdash.pipeline.worker", *map(str, descriptors)],
            stdin=subprocess.DEVNULL,
            env=_environment(gpu),
            pass_fds=descriptors,
            start_new_session=True,
        )
        theirs.close()
        os.close(breaks)
        self.key, self.gpu = "", gpu

    def begin(self, job: Job, folder: Path) -> None:
        """Send a job. Where the process is gone by now, `end` says so."""
        self.key = job.key
        try:
            self.connection.send_bytes(pickle.dumps((job.key, folder, cloudpickle.dumps(job))))
        except OSError:
            return

    def end(self) -> Outcome:
        """The outcome of the job, or how the process ended before there was one."""
        try:
            answer = self.connection.recv()
        except (EOFError, OSError):
            return Outcome(self.key, death(self.process.wait()), lost=True)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()
        self.connection.close()
        os.close(self.life)


class Pool:
    """Workers that are begun when they are needed and end with this context."""

    def __init__(self):
        self.idle: list[Worker] = []
        self.busy: dict[object, Worker] = {}
        self.gpus = gpus()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_) -> None:
        for worker in (*self.idle, *self.busy.values()):
            worker.stop()

    def run(self, jobs: list[Job], folder: Path, at_once: int) -> Iterator[Outcome]:
        """Outcomes as they come, of so many jobs at once."""
        waiting = deque(jobs)
        while waiting or self.busy:
            while waiting and len(self.busy) < at_once:
                worker = self.idle.pop() if self.idle else Worker(self._gpu())
                worker.begin(waiting.popleft(), folder)
                self.busy[worker.connection] = worker
            for connection in wait(list(self.busy)):
                outcome = self.busy[connection].end()
                worker = self.busy.pop(connection)
                if outcome.lost:
                    worker.stop()
                else:
                    self.idle.append(worker)
                yield outcome

    def _gpu(self) -> str | None:
        """The GPU that the fewest workers have."""
        taken = [worker.gpu for worker in (*self.idle, *self.busy.values())]
        return min(self.gpus, key=taken.count, default=None)


def gpus() -> list[str]:
    """Names of the GPUs that this process may use, as CUDA_VISIBLE_DEVICES has them."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [name.strip() for name in visible.split(",") if name.strip()]
    return [str(number) for number, _ in enumerate(Path("/dev").glob("nvidia[0-9]*"))]


def death(code: int) -> str:
    """What is to be said of a process that ended with this code in the middle of a job."""
    if code == -signal.SIGKILL:
        return (
            "its process was killed (SIGKILL), most likely because memory ran out; give fewer --workers, or "
            "smaller settings"
        )
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}"
    return f"its process ended by itself with exit code {code}"


def _environment(gpu: str | None) -> dict[str, str]:
    """This process's environment, with one thread, one GPU, and the same modules at hand."""
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    device = {} if gpu is None else {"CUDA_VISIBLE_DEVICES": gpu}
    return os.environ | ONE_THREAD | device | {"PYTHONPATH": path}
