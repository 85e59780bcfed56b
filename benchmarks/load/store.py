"""Stores to load the app with: many small runs, one of 10⁷ rows, and one that is being written."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from devdash.store.runs import write_json
from devdash.store.shards import RunWriter, to_arrow, write_parquet
from devdash.store.tables.common import TABLES

LIVE, LARGE = "live", "large"
ROWS_PER_STEP = 200  # 4 chains × 50 draws
FACTS = {
    "experiment": "model",
    "preset": "load",
    "config": {},
    "created_at": "2026-01-01 00:00:00",
    "finished_at": "2026-01-01 00:00:00",
    "status": "finished",
}


def begin(data: Path, name: str, number: int, **facts) -> Path:
    folder = data / "runs" / name
    folder.mkdir(parents=True)
    write_json(folder / "run.json", FACTS | {"title": name, "seed": number} | facts)
    return folder


def metrics(steps: np.ndarray, seed: int) -> pd.DataFrame:
    """A loss over steps: what a recorded run has."""
    values = np.random.default_rng(seed).normal(size=len(steps)).cumsum() + 100
    return pd.DataFrame({"step": steps, "name": "loss", "value": values, "std_err": 0.1}).assign(
        component="", distribution=""
    )


def estimates(steps: np.ndarray) -> pd.DataFrame:
    """λ̂ at each step."""
    (table,) = (table for table in TABLES if table.name == "llc")
    rows = pd.DataFrame({column.name: 1.0 for column in table.columns if column.type == "DOUBLE"}, steps)
    texts = {"component": "full", "distribution": "all", "target": "data", "sampler": "SGLD", "message": ""}
    counts = dict.fromkeys(("chains", "draws", "burn_in", "batch_size", "gradients"), 50)
    return rows.assign(**texts, **counts, model="", regime_word="", verdict="reliable", step=steps)


def small(data: Path, runs: int) -> None:
    """Runs of a few hundred rows."""
    steps = np.arange(200)
    for number in range(runs):
        folder = begin(data, f"small-{number:03d}", number)
        for name, frame in (("metric", metrics(steps, number)), ("llc", estimates(steps[::10]))):
            write_parquet(folder / f"{name}.parquet", to_arrow(name, frame, folder.name))


def large(data: Path, rows: int) -> None:
    """One run with so many draws, 200 at each step."""
    folder, steps = begin(data, LARGE, 0), np.arange(max(1, rows // ROWS_PER_STEP))
    write_parquet(folder / "llc.parquet", to_arrow("llc", estimates(steps), LARGE))
    write_parquet(folder / "metric.parquet", to_arrow("metric", metrics(steps, 0), LARGE))
    size = len(steps) * ROWS_PER_STEP
    random = np.random.default_rng(1)
    constant = {"run": LARGE, "model": "", "component": "full", "distribution": "all", "target": "data"}
    columns = {name: pa.repeat(pa.scalar(value), size) for name, value in constant.items()} | {
        "step": np.repeat(steps, ROWS_PER_STEP),
        "chain": np.tile(np.repeat(np.arange(4), ROWS_PER_STEP // 4), len(steps)),
        "draw": np.tile(np.arange(ROWS_PER_STEP // 4), 4 * len(steps)),
        "loss": random.normal(size=size),
        "distance": random.normal(size=size),
    }
    (table,) = (table for table in TABLES if table.name == "llc_draw")
    write_parquet(folder / "llc_draw.parquet", pa.table(columns, schema=table.arrow()))


class LiveRun:
    """A run that is being written: a shard with each call of write()."""

    def __init__(self, data: Path):
        folder = begin(data, LIVE, 0, status="running", finished_at=None)
        self.writer, self._shards = RunWriter(folder), 0

    def write(self) -> int:
        """A hundred further steps; returns the last one."""
        steps = np.arange(100) + 100 * self._shards
        self.writer.write_task(f"shard {self._shards}", {"metric": metrics(steps, self._shards)}, 0.0)
        (self.writer.folder / ".heartbeat").touch()
        self._shards += 1
        return int(steps[-1])
