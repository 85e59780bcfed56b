"""How fast the app is: start, rerun of a control, memory; also on a store of 10⁷ rows.

python -m benchmarks.app_speed            shipped runs
python -m benchmarks.app_speed --large    a generated store: 200 runs × 100 checkpoints × 500 metrics
python -m benchmarks.app_speed --huge     500 runs × 100 checkpoints × 2,000 metrics; some GB of disk
python -m benchmarks.app_speed --quick    two runs: only whether it works

Run it with nothing else running. Prints a Markdown table.
"""

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from playwright.sync_api import sync_playwright

from devdash.export import browser
from devdash.store.runs import data_folder, write_json
from devdash.store.schema import TABLES
from devdash.store.snapshot import publish

ROOT = Path(__file__).resolve().parents[1]
CHECKPOINTS = 100
CURSORS = {"kgons": ("Epoch", "k-gons"), "stages": ("Step", "Stages"), "heads": ("Step", "Heads")}
QUIET_MS = 1500  # longer than a chart takes that comes after another
WATCH = """() => {
    window.changed = 0;
    window.watching?.disconnect();
    window.watching = new MutationObserver(() => { window.changed = performance.now(); });
    const seen = {subtree: true, childList: true, attributes: true, characterData: true};
    window.watching.observe(document.querySelector('[data-testid="stMain"]'), seen);
    window.began = performance.now();
}"""


@dataclass(frozen=True)
class Store:
    """A generated store: so many runs with so many metrics at 100 checkpoints."""

    runs: int
    metrics: int


LARGE, HUGE, SMALL = Store(200, 500), Store(500, 2000), Store(2, 500)


@dataclass(frozen=True)
class Repeats:
    """How often the app is started again, and a control moved."""

    visits: int = 3
    reruns: int = 9


QUICK = Repeats(1, 2)


def generate(data: Path, store: Store) -> None:
    """Runs with random walks as metrics."""
    for number in range(store.runs):
        folder = data / "runs" / f"generated-{number:03d}"
        folder.mkdir(parents=True)
        write_metrics(folder, store.metrics, number)
        facts = {"experiment": "generated", "preset": "large", "title": "Generated", "seed": number}
        times = {"created_at": "2026-01-01 00:00:00", "finished_at": "2026-01-01 00:00:00"}
        write_json(folder / "run.json", facts | times | {"config": {}, "status": "finished"})


def write_metrics(folder: Path, metrics: int, seed: int) -> None:
    """The table metric of a run."""
    step = np.unique(np.geomspace(1, 1e5, CHECKPOINTS * 2).round().astype(int))[:CHECKPOINTS]
    size = metrics * len(step)
    names = pa.DictionaryArray.from_arrays(
        np.repeat(np.arange(metrics, dtype=np.int32), len(step)),
        [f"metric {number:03d}" for number in range(metrics)],
    )
    constant = {"run": folder.name, "model": "", "component": "full", "distribution": "generated"}
    columns = {name: pa.repeat(pa.scalar(value), size) for name, value in constant.items()} | {
        "step": np.tile(step, metrics),
        "name": names.cast(pa.string()),
        "value": np.random.default_rng(seed).normal(size=(metrics, len(step))).cumsum(1).ravel(),
        "std_err": np.full(size, 0.1),
    }
    pq.write_table(pa.table(columns, schema=TABLES["metric"].arrow()), folder / "metric.parquet")


def published(data: Path, store: Store | None) -> dict[str, float]:
    """Seconds that publishing takes: all runs, and where they are generated one that has changed."""
    times = {}

    def timed(what: str) -> None:
        began = time.perf_counter()
        publish(data)
        times[what] = time.perf_counter() - began

    timed("publishing all runs (s)")
    if store:
        write_metrics(data / "runs" / "generated-000", store.metrics, store.runs)
        timed("publishing one that has changed (s)")
    return times


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return free.getsockname()[1]


def start(data: Path, port: int) -> subprocess.Popen:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless", "true"]
    environment = {**os.environ, "DEVDASH_DATA": str(data)}
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([*command, "--server.port", str(port)], cwd=ROOT, env=environment, **quiet)


def wait_for_server(port: int) -> None:
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("localhost", port)) == 0:
                return
        time.sleep(0.02)


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0]) / 1024


def rerun_times(page, control: str, keys: tuple[str, str], marker: str, reruns: int) -> list[float]:
    """Seconds from a key press on a control until the chart has changed."""
    times = []
    for number in range(reruns):
        before = page.evaluate(marker)
        slider = page.get_by_role("slider", name=control)
        began = time.perf_counter()
        slider.press(keys[number % 2])
        page.wait_for_function(
            f"before => ![before, undefined, null].includes({marker})", arg=before, polling=10
        )
        times.append(time.perf_counter() - began)
    return times


def first_chart(page, data: Path, port: int, path: str) -> tuple[float, subprocess.Popen]:
    """Seconds from the start of the process to the first chart on the screen, and the process."""
    began = time.perf_counter()
    server = start(data, port)
    wait_for_server(port)
    page.goto(f"http://localhost:{port}/{path}")
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=120_000)
    return time.perf_counter() - began, server


def measure(data: Path, path: str, act, repeats: Repeats) -> dict[str, float]:
    """Start to first chart, with an empty and a filled browser cache; reruns; memory."""
    with opened() as page:
        port = free_port()
        first, server = first_chart(page, data, port, path)
        stop(server)
        again = []
        for _ in range(repeats.visits):
            page.goto("about:blank")
            seconds, server = first_chart(page, data, port, path)
            again.append(seconds)
            if len(again) < repeats.visits:
                stop(server)
        try:
            page.wait_for_timeout(2000)
            times = act(page, repeats.reruns)
            return {
                "start of the process to first chart, first visit (s)": first,
                f"the same, later visits, median of {repeats.visits} (s)": statistics.median(again),
                f"rerun of a control, median of {repeats.reruns} (s)": statistics.median(times),
                "rerun of a control, slowest (s)": max(times),
                "memory of the app (MB)": memory_mb(server.pid),
            }
        finally:
            stop(server)


def stop(server: subprocess.Popen) -> None:
    server.terminate()
    server.wait()


def move_cursor(page, reruns: int) -> list[float]:
    marker = "[...document.querySelectorAll('.annotation-text')].map(t => t.textContent).join()"
    return rerun_times(page, "Epoch", ("ArrowLeft", "ArrowRight"), marker, reruns)


def change_metric(page, reruns: int) -> list[float]:
    """Choose another of the 500 metrics: a query that is not cached, over 200 lines."""
    times = []
    first_line = "gd?._fullData && Array.from(gd._fullData[0].y).slice(0, 9).join()"
    marker = f"(gd => {first_line})(document.querySelector('.js-plotly-plot'))"  # none while it is drawn anew
    for number in range(reruns):
        box = page.get_by_role("combobox", name="Metric")
        box.click()
        box.fill(f"metric {17 * (number + 1):03d}")
        page.wait_for_timeout(500)
        before = page.evaluate(marker)
        began = time.perf_counter()
        box.press("Enter")
        page.wait_for_function(
            f"before => ![before, undefined, null].includes({marker})", arg=before, polling=10
        )
        times.append(time.perf_counter() - began)
    return times


def settled(page, act: Callable[[], None]) -> float:
    """Seconds from an act of the reader to the last change of the page that it brings."""
    page.evaluate(WATCH)
    act()
    page.wait_for_function(f"changed > began && performance.now() - changed > {QUIET_MS}", polling=50)
    return page.evaluate("(changed - began) / 1000")


def everywhere(data: Path, repeats: Repeats) -> dict[str, float]:
    """Of the shipped runs: how long cursors take on the pages that have one, and from page to page."""
    times = {}
    with served(data) as (port, _), opened() as page:
        for place, (control, name) in CURSORS.items():
            page.goto(f"http://localhost:{port}/{place}")
            page.get_by_role("slider", name=control).wait_for(timeout=120_000)
            page.wait_for_timeout(3000)
            slider = page.get_by_role("slider", name=control)
            keys = ("ArrowLeft", "ArrowRight") * repeats.reruns
            steps = [settled(page, partial(slider.press, key)) for key in keys[: repeats.reruns]]
            times[f"cursor settled, {name}, median of {repeats.reruns} (s)"] = statistics.median(steps)
        names = [name for _, name in CURSORS.values()]
        links = [page.get_by_role("link", name=name, exact=True) for name in names * 2]
        switches = [settled(page, link.click) for link in links]
        times[f"from page to page, median of {len(switches)} (s)"] = statistics.median(switches)
    return times


@contextmanager
def served(data: Path) -> Iterator[tuple[int, int]]:
    """The app on a data folder: its port, and the number of its process."""
    port = free_port()
    server = start(data, port)
    wait_for_server(port)
    try:
        yield port, server.pid
    finally:
        stop(server)


@contextmanager
def opened() -> Iterator:
    """A page of a browser."""
    with sync_playwright() as playwright:
        options = {"executable_path": browser(), "args": ["--no-sandbox", "--disable-gpu"]}
        chromium = playwright.chromium.launch(**options)
        yield chromium.new_page(viewport={"width": 1400, "height": 1000})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--large", action="store_true", help="on a generated store of 10⁷ rows")
    parser.add_argument("--huge", action="store_true", help="on one of 10⁸ rows")
    parser.add_argument("--quick", action="store_true", help="on two such runs: only whether it works")
    arguments = parser.parse_args()
    sizes = {SMALL: arguments.quick, HUGE: arguments.huge, LARGE: arguments.large}
    store = next((size for size, chosen in sizes.items() if chosen), None)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) if store else data_folder()
        if store:
            generate(data, store)
        result = published(data, store)
        place = ("compare", change_metric) if store else ("kgons", move_cursor)
        repeats = QUICK if arguments.quick else Repeats()
        result |= measure(data, *place, repeats)
        if not store:
            result |= everywhere(data, repeats)
    print("| figure | measured |\n|---|---|")
    for name, value in result.items():
        print(f"| {name} | {value:.2f} |")


if __name__ == "__main__":
    main()
