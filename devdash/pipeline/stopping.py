"""Stopping a command: by Ctrl-C, or by SIGTERM, as queueing systems and service managers do."""

import signal
import sys
from collections.abc import Callable

INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is to be met as a Ctrl-C is."""


def stoppable(command: Callable[[], int]) -> int:
    """The exit code of a command; 130 after a Ctrl-C, 143 after SIGTERM, said without a traceback."""
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return command()
    except KeyboardInterrupt as stop:
        print("stopped; the same command goes on where it stopped", file=sys.stderr)
        return TERMINATED if isinstance(stop, Terminated) else INTERRUPTED


def _terminate(*_) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated
