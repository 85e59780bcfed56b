"""Whether the process behind a run that is not finished is still there.

Beside the lock stands a file that the process touches every few seconds. A lock alone would tell it only on
the same machine, and whoever tries to take it could keep a run from starting.
"""

import threading
import time
from pathlib import Path

BEAT_S = 3.0
SILENT_S = 20.0  # clocks of machines that share a folder may differ by some seconds


class Heartbeat:
    """Touches a run's file `.heartbeat` until it is stopped."""

    def __init__(self, folder: Path):
        self.path, self._stopped, self._thread = folder / ".heartbeat", threading.Event(), None

    def start(self) -> None:
        self._stopped.clear()
        self._touch()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self.path.unlink(missing_ok=True)

    def _beat(self) -> None:
        while not self._stopped.wait(BEAT_S):
            self._touch()

    def _touch(self) -> None:
        try:
            self.path.touch()
        except OSError:  # a full disk, or a folder taken away: what computes says so when it writes
            return


def is_alive(folder: Path) -> bool:
    """Whether a run's process has shown itself of late."""
    try:
        return abs(time.time() - (folder / ".heartbeat").stat().st_mtime) < SILENT_S
    except OSError:
        return False
