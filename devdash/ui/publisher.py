"""Publishing while pages are shown: in the background, so that none waits for it, and never too often."""

import threading
import time
from pathlib import Path

from devdash.store import snapshot as store
from devdash.store.errors import StoreError
from devdash.store.place import snapshot_folder

CHECK_S = 1.0
PATIENCE = 6  # a snapshot that takes t seconds to build is built at most every 7 t seconds


class Publisher:
    """Of one data folder, for all sessions.

    fault: why the newest data could not be published, empty where they were; those of before stay in sight.
    """

    def __init__(self, data: Path):
        self.data, self.fault = data, ""
        self._lock, self._next, self._began = threading.Lock(), 0.0, False
        self._named, self._state, self._present = snapshot_folder(data) / "CURRENT", None, None

    def current(self) -> Path:
        """The snapshot to show. At first it is brought up to the run folders; later on that begins here, and
        whoever asks when it is done gets it. StoreError where there is none, and none can be made."""
        present = self._current()
        if present is None or not self._began:
            self._began = True
            self._publish(present)
            present = self._current()
            if present is None:
                raise StoreError(self.fault or f"{self.data}: no snapshot is there")
        elif time.monotonic() >= self._next and self._lock.acquire(blocking=False):
            threading.Thread(target=self._in_background, args=[present], daemon=True, name="publish").start()
        return present

    def _current(self) -> Path | None:
        """What CURRENT names, read anew where that file is another: each row on a page asks."""
        try:
            state = self._named.stat()
        except OSError:
            return None
        state = state.st_mtime_ns, state.st_ino, state.st_size
        if state != self._state or self._present is None or not self._present.is_file():
            self._present, self._state = store.current(self.data), state
        return self._present

    def _in_background(self, present: Path) -> None:
        try:
            self._publish(present)
        finally:
            self._lock.release()

    def _publish(self, present: Path | None) -> None:
        began = time.monotonic()
        try:
            built = store.publish(self.data) != present
            self._named = snapshot_folder(self.data) / "CURRENT"  # elsewhere since the folder is read-only
            self.fault = ""
        except Exception as error:  # of the system too, such as no memory: what is there stays in sight
            built, self.fault = True, str(error)
        took = time.monotonic() - began
        self._next = time.monotonic() + max(CHECK_S, PATIENCE * took if built else 0.0)
