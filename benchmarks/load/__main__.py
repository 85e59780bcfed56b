"""Many sessions, many runs, a large run and one that is being written: what the app bears.

python -m benchmarks.load            50 sessions for 2 minutes, 500 small runs and one of 10⁷ rows;
                                     300 views of the shipped runs by one session
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
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.app_speed import ROOT, memory_mb, served
from benchmarks.load import sessions, store
from devdash.store.snapshot import Snapshot, current, publish
from devdash.views import discover

FOLLOWED_S = 60  # given up after


@dataclass(frozen=True)
class Size:
    sessions: int = 50
    seconds: float = 120
    small_runs: int = 500
    rows: int = 10**7
    walk: int = 300
    follow: float = 60  # seconds


QUICK = Size(2, 4, 3, 20_000, 3, 6)


def published(data: Path) -> tuple[float, float, float]:
    """Seconds, seconds of a core and MB of memory that a process of its own takes to publish."""
    command = [sys.executable, "-m", "benchmarks.load.publishing", str(data)]
    done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return tuple(json.loads(done.stdout))


def follows_after(data: Path, live: store.LiveRun) -> float:
    """Seconds from a shard to its last step in the snapshot that pages read."""
    step, began = live.write(), time.monotonic()
    while last_step(publish(data)) < step and time.monotonic() - began < FOLLOWED_S:
        time.sleep(0.1)
    return time.monotonic() - began


def last_step(snapshot: Path) -> int:
    """Of the live run."""
    db = Snapshot(snapshot)
    step = db.rows("SELECT max(step) AS step FROM metric WHERE run = ?", [store.LIVE])["step"][0]
    db.close()
    return int(step)


@contextmanager
def written_each_second(live: store.LiveRun) -> Iterator[dict[int, float]]:
    """A shard each second; gives its last step → the moment when it was written."""
    ended, written = threading.Event(), {}

    def write() -> None:
        while not ended.wait(1.0):
            written[live.write()] = time.monotonic()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield written
    finally:
        ended.set()
        writer.join()


def lags(written: dict[int, float], shown: list[tuple[float, int]]) -> list[float]:
    """Seconds from each shard to the moment when a page has shown it."""
    first = {step: next((at for at, last in shown if last >= step), None) for step in written}
    return [first[step] - moment for step, moment in written.items() if first[step] is not None]


def under_load(data: Path, size: Size, live: store.LiveRun) -> tuple[dict[str, float], list[str]]:
    """While a shard is written each second: a page that nobody touches, then many sessions."""
    views = [
        ("", ""),
        *(
            (page, f"run={run}")
            for page in ("claims", "sampler", "stages", "compare")
            for run in (store.LIVE, store.LARGE, "small-000", "small-001")
        ),
    ]
    view, newest = ("compare", f"run={store.LIVE}"), lambda: last_step(current(data))
    before = newest()
    with served(data) as (port, pid), written_each_second(live) as written:
        shown = asyncio.run(sessions.follow(port, view, newest, lambda last: last > before, size.follow))
        behind = lags(dict(written), shown)
        first = asyncio.run(sessions.load(port, views, size.sessions, size.seconds / 2))
        half = memory_mb(pid)
        second = asyncio.run(sessions.load(port, views, size.sessions, size.seconds / 2))
        whole = memory_mb(pid)
    times = sorted(first.seconds + second.seconds)
    return {
        "from a shard to a page that nobody touches, median (s)": statistics.median(behind),
        "from a shard to a page that nobody touches, slowest (s)": max(behind),
        "views": len(times),
        "a view, median (s)": statistics.median(times),
        "a view, p95 (s)": times[int(0.95 * (len(times) - 1))],
        "a view, slowest (s)": times[-1],
        "memory of the server after the first half (MB)": half,
        "memory of the server at the end (MB)": whole,
    }, first.faults + second.faults


def shipped_views(data: Path) -> list[tuple[str, str]]:
    """Every page with every run of a data folder, a page that cannot show the run among them."""
    pages = [name.replace("_", "-") for name, view in discover().items() if view.PAGE.one_run]
    return [(page, f"run={folder.name}") for page in pages for folder in sorted((data / "runs").iterdir())]


def walked(size: Size) -> tuple[dict[str, float], list[str]]:
    """Every page of every shipped run twice in one session: the second time the memory stays what it is."""
    views = (shipped_views(ROOT / "data") * size.walk)[: size.walk]
    with served(ROOT / "data") as (port, pid):
        first = asyncio.run(sessions.walk(port, views[: len(views) // 2]))
        half = memory_mb(pid)
        second = asyncio.run(sessions.walk(port, views[len(views) // 2 :]))
        whole = memory_mb(pid)
    result = {
        "memory after half of the views of the shipped runs (MB)": half,
        "memory after all of them (MB)": whole,
    }
    return result, first.faults + second.faults


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
    shipped, more = walked(size)
    return result | loaded | shipped, faults + more


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
