"""Stopping a command: by Ctrl-C, or by SIGTERM, as queueing systems and service managers do."""

import os
import signal
import sys
from collections.abc import Callable

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which is to be met as a Ctrl-C is."""


def stoppable(load: Callable[[], Callable[[], int]]) -> int:
    """The exit code of the command that `load` imports; 130 after a Ctrl-C, 143 after SIGTERM, both said.

    While modules are loaded there is nothing to clean up, and an exception may be lost in one of them: the
    process ends at once. Later the command is stopped by an exception.
    """
    for number in SIGNALS:
        signal.signal(number, _leave)
    command = load()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, _terminate)
    try:
        return command()
    except KeyboardInterrupt as stop:
        return _said(signal.SIGTERM if isinstance(stop, Terminated) else signal.SIGINT)


def _leave(number: int, _) -> None:
    os._exit(_said(number))


def _terminate(*_) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    raise Terminated


def _said(number: int) -> int:
    print("stopped; the same command goes on where it stopped", file=sys.stderr, flush=True)
    return 128 + number
