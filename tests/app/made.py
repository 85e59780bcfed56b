"""Runs that tests make: tables of a few rows, written as a finished run of an experiment."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from devdash.store.schema import TABLES
from devdash.store.shards import RunWriter

DAY = "2026-01-01 00:00:00"
# fmt: off
CHAINS = {  # settings and diagnostics of every estimate
    "nbeta": 30.0, "gamma": 300.0, "epsilon": 1e-3, "draws": 60, "burn_in": 30, "batch_size": 16,
    "sampler": "SGLD", "chains": 2, "message": "", "acceptance": 0.9, "rhat": 1.01, "ess": 80.0,
    "init_loss": 3.0, "mean_loss": 3.1, "wall_s": 1.0,
}
# fmt: on


def frame(table: str, **columns) -> pd.DataFrame:
    """Rows of a table; a column that is not named is empty. columns: lists, or one value for all rows."""
    return pd.DataFrame(columns).reindex(columns=TABLES[table].names()[1:])


def schedule(last: int, points: int = 72) -> list[int]:
    """Steps of checkpoints: 0, then even on a log scale up to the last."""
    return [0, *sorted({round(10**x) for x in np.linspace(0, np.log10(last), points)})]


def rise(steps, at: float, width: float = 0.25) -> np.ndarray:
    """(step,): from 0 to 1 around a step, on a log scale."""
    return 1 / (1 + np.exp(-(np.log10(np.array(steps) + 1) - np.log10(at)) / width * 2))


def llc_rows(model: str, steps, llc: np.ndarray, std_err: float, bad: np.ndarray, **columns) -> pd.DataFrame:
    """Estimates llc (step,) of a whole model on all data, reliable but where bad; columns: what differs."""
    place = {"model": model, "step": steps, "component": "full", "distribution": "all", "target": "data"}
    verdict = np.where(bad, "not converged", "reliable")
    return frame("llc", **place | CHAINS | columns, llc=llc, std_err=std_err, verdict=verdict)


def stage_rows(ends: list[int], last: int, labels: list[str], **columns) -> pd.DataFrame:
    """Stages from step 0 to the last that end at these steps, whose ends are uncertain by a fifth."""
    starts, ends = [0, *ends], [*ends, last]
    labels = labels[: len(ends)]
    low, high = [0.8 * end for end in ends], [min(1.2 * end, last) for end in ends]
    steps = {"start_step": starts, "end_step": ends, "end_low": low, "end_high": high}
    evidence = [f"{label} moved" for label in labels]
    return frame("stage", stage=range(len(ends)), label=labels, **steps, evidence=evidence, **columns)


def metric_rows(
    model: str, curve: tuple[str, str, str], steps, values: np.ndarray, std_err: float = 0.01
) -> pd.DataFrame:
    """A curve of values (step,); curve: its metric, component and data."""
    name, component, distribution = curve
    place = {"name": name, "component": component, "distribution": distribution}
    return frame("metric", model=model, step=steps, **place, value=values, std_err=std_err)


def trajectory_rows(model: str, steps, axis: int, values: np.ndarray, smoothed: np.ndarray) -> pd.DataFrame:
    """Scores (step,) on one axis of a trajectory."""
    place = {"model": model, "step": steps, "axis": axis}
    return frame("trajectory", **place, value=values, smoothed=smoothed, curvature=0.1, radius=10.0)


def write_run(data: Path, run: str, tables: dict[str, pd.DataFrame], **facts) -> str:
    """Put a finished run of these tables into a data folder; facts: of run.json. Returns its name."""
    folder = data / "runs" / run
    with RunWriter(folder) as writer:
        writer.write_task("all", tables, 1.0)
        writer.compact(["all"])
        writer.clear_parts()
    plain = {"experiment": run, "title": "Made", "preset": "made", "seed": 0, "config": {}, "parameters": 1}
    times = {"status": "finished", "created_at": DAY, "finished_at": DAY}
    (folder / "run.json").write_text(json.dumps(plain | times | facts))
    return run


def set_facts(folder: Path, **facts) -> None:
    """Change what the run.json of a run folder says."""
    content = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(content | facts))
