"""Publishing while pages are shown: in the background, so that none waits for it, and never too often."""

import threading
import time
from pathlib import Path

from devdash.store import snapshot as store
from devdash.store.errors import StoreError

CHECK_S = 1.0
PATIENCE = 10  # a snapshot that takes t seconds to build is built at most every 10 t seconds


class Publisher:
    """Of one data folder, for all sessions.

    fault: why the newest data could not be published, empty where they were; those of before stay in sight.
    """

    def __init__(self, data: Path):
        self.data, self.fault = data, ""
        self._lock, self._next, self._began = threading.Lock(), 0.0, False

    def current(self) -> Path:
        """The snapshot to show. At first it is brought up to the run folders; later on that begins here, and
        whoever asks when it is done gets it. StoreError where there is none, and none can be made."""
        present = store.current(self.data)
        if present is None or not self._began:
            self._began = True
            self._publish(present)
            present = store.current(self.data)
            if present is None:
                raise StoreError(self.fault or f"{self.data}: no snapshot is there")
        elif time.monotonic() >= self._next and self._lock.acquire(blocking=False):
            threading.Thread(target=self._in_background, args=[present], daemon=True, name="publish").start()
        return present

    def _in_background(self, present: Path) -> None:
        try:
            self._publish(present)
        finally:
            self._lock.release()

    def _publish(self, present: Path | None) -> None:
        began = time.monotonic()
        try:
            built = store.publish(self.data) != present
            self.fault = ""
        except Exception as error:  # of the system too, such as no memory: what is there stays in sight
            built, self.fault = True, str(error)
        took = time.monotonic() - began
        self._next = time.monotonic() + max(CHECK_S, PATIENCE * took if built else 0.0)
