"""Match3: accuracy and λ̂ of agents over training. Models are named "2-simplicial, seed 0"."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, REGIME
from devdash.store.snapshot import Snapshot

MODEL = "regexp_extract(model, '^(.+), seed ([0-9]+)$', 1) AS agent, model"


@rows_of("metric", agent="agent", value="accuracy")
def match3_accuracy(db: Snapshot, run: str) -> pd.DataFrame:
    """Accuracy of every model over steps; agents in the order in which they were measured."""
    return db.rows(
        f"""
        SELECT {MODEL}, step, value, std_err FROM metric
        WHERE run = ? AND name = 'accuracy' AND agent <> '' ORDER BY agent, model, step
        """,
        [run],
    )


@rows_of("llc", agent="agent", value="λ̂")
def match3_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every model over steps."""
    return db.rows(
        f"""
        SELECT {MODEL}, step, llc AS value, std_err, verdict, nbeta, gamma, {REGIME}
        FROM {ESTIMATES}
        WHERE run = ? AND agent <> '' AND component = 'full' ORDER BY agent, model, step
        """,
        [run],
    )


@rows_of(
    "metric",
    agent="agent",
    value="accuracy",
    afterwards="pairs made uniform after training",
    chance="accuracy of saying yes to all",
)
def match3_ends(db: Snapshot, run: str) -> pd.DataFrame:
    """Accuracy of every model at its last step; weights: of the agent; afterwards: with the weights on
    pairs made uniform after training; chance: of saying yes to all."""
    return db.rows(
        f"""
        WITH ends AS (
            SELECT {MODEL}, step, name = 'accuracy, pairs made uniform' AS afterwards, value, std_err
            FROM metric WHERE run = ? AND name IN ('accuracy', 'accuracy, pairs made uniform')
            QUALIFY step = max(step) OVER (PARTITION BY model)
        ), facts AS (
            SELECT {MODEL}, max(value) FILTER (name = 'weights') AS weights,
                   max(value) FILTER (name = 'accuracy of saying yes') AS chance
            FROM metric WHERE run = ? AND agent <> '' GROUP BY agent, model
        )
        SELECT ends.*, max(weights) OVER (PARTITION BY ends.agent) AS weights, max(chance) OVER () AS chance
        FROM ends LEFT JOIN facts USING (model) ORDER BY ends.agent, afterwards, model
        """,
        [run, run],
    )
