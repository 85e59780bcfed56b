"""Turns: how many views are made at once, in the order in which they were asked for.

Python runs one thread at a time; many that take turns spend much of their time on each other's locks.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 3  # one that waits, for the disk or the database, leaves the processor to the others


class Turns:
    """Lets so many threads in at once, whoever came first goes first."""

    def __init__(self, at_once: int = AT_ONCE):
        self._free, self._lock = at_once, threading.Lock()
        self.waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hand it on at the end, whatever that end is."""
        mine = self._queue()
        if mine is not None:
            mine.wait()
        try:
            yield
        finally:
            self._hand_on()

    def _queue(self) -> threading.Event | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            self.waiting.append(mine := threading.Event())
            return mine

    def _hand_on(self) -> None:
        with self._lock:
            if self.waiting:
                self.waiting.popleft().set()
            else:
                self._free += 1
