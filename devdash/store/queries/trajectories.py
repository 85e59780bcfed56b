"""The path of a model's outputs in principal components."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.development import main_model
from devdash.store.snapshot import Snapshot

KINDS, AXES = {"value": "score", "smoothed": "smoothed score"}, (1, 2, 3)
SCORES = {f"{kind}_{axis}": f"{words} on PC {axis}" for kind, words in KINDS.items() for axis in AXES}


@rows_of("run")
def trajectory_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with a trajectory of principal components."""
    return db.rows("SELECT run, experiment FROM run WHERE run IN (SELECT run FROM trajectory)", [])


@rows_of("trajectory", **SCORES)
def trajectory(db: Snapshot, run: str) -> pd.DataFrame:
    """Scores on the first three principal components of each model at each step, raw and smoothed."""
    picked = ", ".join(
        f"max({kind}) FILTER (place = {axis}) AS {kind}_{axis}" for kind in KINDS for axis in AXES
    )
    return db.rows(
        f"""
        SELECT model, step, {picked}
        FROM (SELECT *, dense_rank() OVER (ORDER BY axis) AS place FROM trajectory WHERE run = ?)
        GROUP BY ALL ORDER BY model, step
        """,
        [run],
    )


@rows_of("trajectory_axis")
def trajectory_axes(db: Snapshot, run: str) -> pd.DataFrame:
    """Share of the variance that each principal component holds."""
    return db.rows(
        "SELECT model, dense_rank() OVER (ORDER BY axis) AS axis, explained FROM trajectory_axis "
        "WHERE run = ? ORDER BY model, axis",
        [run],
    )


@rows_of("trajectory_mark")
def trajectory_marks(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Steps at which a model's trajectory turns sharply or has a vertex."""
    return db.rows(
        "SELECT model, step, kind, value FROM trajectory_mark WHERE run = ? AND model = ? ORDER BY step",
        [run, main_model(db, run, model)],
    )
