"""A process that runs the jobs which its parent sends, one after another: see `processes`."""

import fcntl
import os
import pickle
import select
import sys
from multiprocessing.connection import Connection


def main(connection: Connection, life: int) -> None:
    """Answer each job with its outcome, or with the error that keeps the run from being written."""
    end_with(life)
    while True:
        try:
            key, folder, pickled = pickle.loads(connection.recv_bytes())
        except EOFError:
            return
        connection.send(outcome(key, folder, pickled))


def end_with(life: int) -> None:
    """Let the system end this process once the other end of a pipe is closed.

    By the signal SIGIO, which asks no thread of Python: a job may hold the interpreter for minutes.
    """
    fcntl.fcntl(life, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(life, fcntl.F_SETFL, fcntl.fcntl(life, fcntl.F_GETFL) | os.O_ASYNC)
    if select.select([life], [], [], 0)[0]:
        sys.exit("the process that began this one is gone")


def outcome(key: str, folder, pickled: bytes):
    """Run a job; one that cannot be unpickled here has failed."""
    import traceback

    from devdash.pipeline.attempt import Outcome, attempt
    from devdash.store.runs import StoreError
    from devdash.store.shards import Shards

    try:
        job = pickle.loads(pickled)
    except Exception:
        message = traceback.format_exc().strip()
        Shards(folder).write_failure(key, message)
        return Outcome(key, message)
    try:
        return attempt(job, folder)
    except StoreError as error:
        return error


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])), int(sys.argv[2]))
