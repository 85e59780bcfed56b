"""Metrics and losses over training."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.development import main_model
from devdash.store.snapshot import Snapshot
from devdash.stored_names import MSE


@rows_of("checkpoint", loss="loss", kind="kind of loss")
def stage_losses(db: Snapshot, run: str) -> pd.DataFrame:
    """Test loss of each model at its checkpoints; training loss where there is no other."""
    return db.rows(
        "SELECT model, step, coalesce(test_loss, train_loss) AS loss, "
        "CASE WHEN test_loss IS NULL THEN 'training loss' ELSE 'test loss' END AS kind FROM checkpoint "
        "WHERE run = ? ORDER BY model, step",
        [run],
    )


@rows_of(unit="unit of the loss")
def loss_unit(db: Snapshot, run: str) -> pd.DataFrame:
    """Unit of the run's losses in one row; by what was measured of them; empty words where
    nothing says it yet."""
    return db.rows(
        f"""
        SELECT CASE WHEN run IN (SELECT run FROM position_loss) THEN 'nats per token'
                    WHEN run IN (SELECT run FROM metric_series WHERE name = '{MSE}') THEN 'squared error'
                    ELSE '' END AS unit
        FROM run WHERE run = ?
        """,
        [run],
    )


@rows_of("metric")
def metric_names(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Metrics of a model that change over steps or are drawn with one that does."""
    return db.rows(
        "SELECT DISTINCT name FROM metric_series WHERE run = ? AND model = ? ORDER BY name",
        [run, main_model(db, run, model)],
    )


@rows_of("metric")
def metric_lines(
    db: Snapshot, run: str, names: tuple[str, ...] | None = None, model: str | None = None
) -> pd.DataFrame:
    """Chosen metrics of a model over steps, of other models only what is of the whole model; where none
    are chosen, all that are of the whole model."""
    chosen = None if names is None else list(names)
    return db.rows(
        """
        SELECT model, name, component, distribution, step, value, std_err FROM metric
        WHERE run = ? AND (? IS NULL OR list_contains(?, name))
          AND (? IS NOT NULL OR name NOT LIKE 'chance %')  -- which only heads are compared with
          AND ((model = ? AND ? IS NOT NULL)
               OR (component IN ('', 'all') AND distribution IN ('', 'all')))
        ORDER BY model, name, component, distribution, step
        """,
        [run, chosen, chosen, chosen, main_model(db, run, model), chosen],
    )
