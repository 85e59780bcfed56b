"""Predictions in context and their errors, example by example.

Models are named "seed 0", "seed 1" … where tasks are without end, and by their number of tasks, "16 tasks",
where these are a finite set. A step that is asked for stands for the last measured one at or before it.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

SEED = "model LIKE 'seed %'"
TASKS = "CAST(nullif(regexp_extract(model, '^([0-9]+) tasks?$', 1), '') AS BIGINT)"
EXAMPLE = "CAST(nullif(regexp_extract(component, '^example ([0-9]+)$', 1), '') AS BIGINT)"


@rows_of("run")
def regression_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with predictions example by example."""
    return db.rows(
        "SELECT run, experiment FROM run WHERE run IN (SELECT run FROM regression_guess) "
        "ORDER BY created_at DESC, run",
        [],
    )


@rows_of("regression_guess", tasks="tasks (empty: without end)")
def regression_models(db: Snapshot, run: str) -> pd.DataFrame:
    """Models, seeds first, then finite task sets by size; tasks: empty where they are without end."""
    return db.rows(
        f"""
        SELECT model, {TASKS} AS tasks FROM (SELECT DISTINCT model FROM regression_guess WHERE run = ?)
        ORDER BY tasks NULLS FIRST, length(model), model
        """,
        [run],
    )


@rows_of("regression_guess")
def regression_steps(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Checkpoints of a model, by default of the first."""
    return db.rows(
        "SELECT DISTINCT step FROM regression_guess WHERE run = ? AND model = ? ORDER BY step",
        [run, model_or_first(db, run, model)],
    )


@rows_of("regression_guess")
def regression_guesses(
    db: Snapshot, run: str, model: str | None = None, step: int | None = None
) -> pd.DataFrame:
    """Predictions of some sequences by example at a step, beside the truth and the known predictors."""
    return db.rows(
        """
        WITH errors AS (SELECT * EXCLUDE (run) FROM regression_guess WHERE run = ? AND model = ?)
        SELECT * FROM errors WHERE step = (SELECT max(step) FROM errors WHERE step <= coalesce(?, step))
        ORDER BY sequence, example
        """,
        [run, model_or_first(db, run, model), step],
    )


@rows_of("metric", example="example", value="squared error", chosen="chosen")
def regression_errors(
    db: Snapshot, run: str, model: str | None = None, step: int | None = None
) -> pd.DataFrame:
    """Squared error by example at a step, of a model and, where it is a seed, of the other seeds."""
    model = model_or_first(db, run, model)
    return db.rows(
        f"""
        WITH errors AS (
            SELECT model, step, {EXAMPLE} AS example, value, std_err FROM metric
            WHERE run = ? AND name = 'MSE by example' AND (model = ? OR ({SEED} AND ? LIKE 'seed %'))
        )
        SELECT *, model = ? AS chosen FROM errors
        WHERE step = (SELECT max(step) FROM errors WHERE model = ? AND step <= coalesce(?, step))
        ORDER BY chosen, model, example
        """,
        [run, model, model, model, model, step],
    )


@rows_of("metric", example="example", value="squared error")
def regression_floors(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Squared error of known predictors on a model's sequences by example; where only the mean over
    examples was measured, that, with no example. That of 0 is E y² = D + σ², from the run's settings."""
    return db.rows(
        f"""
        SELECT replace(name, 'MSE of ', '') AS predictor, {EXAMPLE} AS example, value, std_err
        FROM metric WHERE run = ? AND model = ? AND name LIKE 'MSE of %'
        QUALIFY step = min(step) OVER (PARTITION BY name)
            AND (example IS NOT NULL OR count(example) OVER (PARTITION BY name) = 0)
        UNION ALL
        SELECT 'zero', unnest(range(1, CAST(config->>'$.tasks.examples' AS BIGINT) + 1)),
               CAST(config->>'$.tasks.dimension' AS DOUBLE) + CAST(config->>'$.tasks.noise' AS DOUBLE), 0
        FROM run WHERE run = ?
        ORDER BY predictor, example
        """,
        [run, model_or_first(db, run, model), run],
    )


def model_or_first(db: Snapshot, run: str, model: str | None) -> str | None:
    """The given model, by default the first."""
    if model is not None:
        return model
    models = regression_models(db, run)
    return models["model"].iloc[0] if len(models) else None
