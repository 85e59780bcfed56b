"""What publishing takes in a process of its own: seconds, seconds of a core, MB; printed as JSON."""

import json
import resource
import sys
import time
from pathlib import Path

from devdash.store.snapshot import publish

if __name__ == "__main__":
    began, worked = time.perf_counter(), time.process_time()
    publish(Path(sys.argv[1]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps([time.perf_counter() - began, time.process_time() - worked, peak]))
