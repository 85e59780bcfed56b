"""What publishing takes in a process of its own: seconds, seconds of a core, MB; printed as JSON."""

import json
import sys
import time
from pathlib import Path

from devdash.store.snapshot import publish


def peak_mb() -> float:
    """Of this process alone: ru_maxrss counts what the one that started it had."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) / 1024


if __name__ == "__main__":
    Path("/proc/self/clear_refs").write_text("5")
    began, worked = time.perf_counter(), time.process_time()
    publish(Path(sys.argv[1]))
    print(json.dumps([time.perf_counter() - began, time.process_time() - worked, peak_mb()]))
