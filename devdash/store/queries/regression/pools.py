"""Models of finite sets of tasks."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import REGIME
from devdash.store.queries.regression.predictions import TASKS
from devdash.store.queries.regression.seeds import LLC
from devdash.store.snapshot import Snapshot


@rows_of("metric", tasks="tasks (empty: without end)", value="distance to the predictor")
def pool_lines(db: Snapshot, run: str) -> pd.DataFrame:
    """Distances of models of finite task sets from known predictors over steps; of seeds, as contrast,
    only up to the last step of these."""
    return db.rows(
        f"""
        WITH series AS (
            SELECT model, {TASKS} AS tasks, replace(name, 'distance to ', '') AS predictor, step, value,
                   std_err
            FROM metric WHERE run = ? AND name IN ('distance to ridge', 'distance to discrete optimum')
        )
        SELECT * FROM series
        WHERE step <= (SELECT max(step) FROM series WHERE tasks IS NOT NULL)
        ORDER BY tasks NULLS LAST, model, predictor, step
        """,
        [run],
    )


@rows_of("llc", tasks="tasks (empty: without end)")
def pool_llc(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """λ̂ of every model by its number of tasks (empty: without end), at the last step that was measured
    at or before a step, by default the last one of the finite sets."""
    return db.rows(
        f"""
        WITH series AS (
            SELECT model, {TASKS} AS tasks, step, llc, std_err, verdict, nbeta, gamma, {REGIME} FROM ({LLC})
        ), wanted AS (SELECT coalesce(?, max(step)) AS last FROM series WHERE tasks IS NOT NULL)
        SELECT series.* FROM series, wanted WHERE step <= last
        QUALIFY row_number() OVER (PARTITION BY model ORDER BY step DESC) = 1
        ORDER BY tasks NULLS LAST, model
        """,
        [run, step],
    )
