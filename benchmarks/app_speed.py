"""How fast the app is: start, rerun of a control, memory; also on a store of 10⁷ rows.

python -m benchmarks.app_speed            shipped runs
python -m benchmarks.app_speed --large    a generated store: 200 runs × 100 checkpoints × 500 metrics
python -m benchmarks.app_speed --quick    two such runs: only whether it works

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
from dataclasses import dataclass
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
RUNS, CHECKPOINTS, METRICS = 200, 100, 500
QUICK_RUNS = 2


@dataclass(frozen=True)
class Repeats:
    """How often the app is started again, and a control moved."""

    visits: int = 3
    reruns: int = 9


QUICK = Repeats(1, 2)


def generate(data: Path, runs: int = RUNS) -> None:
    """200 runs × 100 checkpoints × 500 metrics = 10⁷ rows of the table metric."""
    step = np.unique(np.geomspace(1, 1e5, CHECKPOINTS * 2).round().astype(int))[:CHECKPOINTS]
    random = np.random.default_rng(0)
    for number in range(runs):
        run = f"generated-{number:03d}"
        size = METRICS * len(step)
        columns = {
            "run": [run] * size,
            "model": [""] * size,
            "step": np.tile(step, METRICS),
            "name": np.repeat([f"metric {m:03d}" for m in range(METRICS)], len(step)),
            "component": ["full"] * size,
            "distribution": ["generated"] * size,
            "value": random.normal(size=(METRICS, len(step))).cumsum(1).ravel(),
            "std_err": np.full(size, 0.1),
        }
        folder = data / "runs" / run
        folder.mkdir(parents=True)
        pq.write_table(pa.table(columns, schema=TABLES["metric"].arrow()), folder / "metric.parquet")
        facts = {"experiment": "generated", "preset": "large", "title": "Generated", "seed": number}
        times = {"created_at": "2026-01-01 00:00:00", "finished_at": "2026-01-01 00:00:00"}
        write_json(folder / "run.json", facts | times | {"config": {}, "status": "finished"})


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
    page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    return time.perf_counter() - began, server


def measure(data: Path, path: str, act, repeats: Repeats) -> dict[str, float]:
    """Start to first chart, with an empty and a filled browser cache; reruns; memory."""
    with sync_playwright() as playwright:
        options = {"executable_path": browser(), "args": ["--no-sandbox", "--disable-gpu"]}
        chromium = playwright.chromium.launch(**options)
        page = chromium.new_page(viewport={"width": 1400, "height": 1000})
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="on a generated store of 10⁷ rows")
    parser.add_argument("--quick", action="store_true", help="on two such runs: only whether it works")
    arguments = parser.parse_args()
    large = arguments.large or arguments.quick
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) if large else data_folder()
        if large:
            generate(data, QUICK_RUNS if arguments.quick else RUNS)
        began = time.perf_counter()
        publish(data)
        print(f"snapshot built in {time.perf_counter() - began:.1f} s", file=sys.stderr)
        place = ("compare", change_metric) if large else ("kgons", move_cursor)
        result = measure(data, *place, QUICK if arguments.quick else Repeats())
    print("| figure | measured |\n|---|---|")
    for name, value in result.items():
        print(f"| {name} | {value:.2f} |")


if __name__ == "__main__":
    main()
