"""Many sessions, many runs, a large run and one that is being written: what the app bears.

python -m benchmarks.load            50 sessions for 2 minutes, 500 small runs and one of 10⁷ rows
python -m benchmarks.load --quick    2 sessions for seconds, 3 small runs: only whether it works

Run it with nothing else running. Prints a Markdown table; exit code 1 where a session met a fault.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.app_speed import ROOT, free_port, memory_mb, start, stop, wait_for_server
from benchmarks.load import sessions, store
from devdash.store.snapshot import Snapshot, publish

FOLLOWED_S = 60  # given up after


@dataclass(frozen=True)
class Size:
    sessions: int = 50
    seconds: float = 120
    small_runs: int = 500
    rows: int = 10**7


QUICK = Size(2, 4, 3, 20_000)


def published(data: Path) -> tuple[float, float, float]:
    """Seconds, seconds of a core and MB of memory that a process of its own takes to publish."""
    command = [sys.executable, "-m", "benchmarks.load.publishing", str(data)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return tuple(json.loads(done.stdout))


def write_each_second(live: store.LiveRun, ended: threading.Event) -> None:
    while not ended.wait(1.0):
        live.write()


def follows_after(data: Path, live: store.LiveRun) -> float:
    """Seconds from a shard to its last step in the snapshot that pages read."""
    step, began = live.write(), time.monotonic()
    while time.monotonic() - began < FOLLOWED_S:
        db = Snapshot(publish(data))
        last = db.rows("SELECT max(step) AS step FROM metric WHERE run = ?", [store.LIVE])["step"][0]
        db.close()
        if last >= step:
            break
        time.sleep(0.1)
    return time.monotonic() - began


def under_load(data: Path, size: Size, live: store.LiveRun) -> tuple[dict[str, float], list[str]]:
    """Sessions on one server while a shard is written each second."""
    port, ended = free_port(), threading.Event()
    server = start(data, port)
    wait_for_server(port)
    views = [
        ("", ""),
        *(
            (page, f"run={run}")
            for page in ("claims", "sampler", "stages", "compare")
            for run in (store.LIVE, store.LARGE, "small-000", "small-001")
        ),
    ]
    writer = threading.Thread(target=write_each_second, args=[live, ended])
    writer.start()
    try:
        first = asyncio.run(sessions.load(port, views, size.sessions, size.seconds / 2))
        half = memory_mb(server.pid)
        second = asyncio.run(sessions.load(port, views, size.sessions, size.seconds / 2))
        whole = memory_mb(server.pid)
    finally:
        ended.set()
        writer.join()
        stop(server)
    times = sorted(first.seconds + second.seconds)
    return {
        "views": len(times),
        "a view, median (s)": statistics.median(times),
        "a view, p95 (s)": times[int(0.95 * (len(times) - 1))],
        "a view, slowest (s)": times[-1],
        "memory of the server after the first half (MB)": half,
        "memory of the server at the end (MB)": whole,
    }, first.faults + second.faults


def measure(data: Path, size: Size) -> tuple[dict[str, float], list[str]]:
    store.small(data, size.small_runs)
    store.large(data, size.rows)
    live = store.LiveRun(data)
    result = {}
    for name, change in (("all runs", None), ("one shard", live.write)):
        if change:
            change()
        seconds, worked, peak = published(data)
        result |= {
            f"publishing {name} (s)": seconds,
            f"publishing {name}, of a core (s)": worked,
            f"publishing {name} (MB)": peak,
        }
    result["from a shard to the snapshot (s)"] = follows_after(data, live)
    loaded, faults = under_load(data, size, live)
    return result | loaded, faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="only whether it works")
    size = QUICK if parser.parse_args().quick else Size()
    with tempfile.TemporaryDirectory() as folder:
        result, faults = measure(Path(folder), size)
    print("| figure | measured |\n|---|---|")
    for name, value in (result | {"faults": len(faults)}).items():
        print(f"| {name} | {value:.2f} |")
    print("\n".join(faults[:20]), file=sys.stderr)
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
