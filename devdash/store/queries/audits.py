"""Checkpoints as they are stored: how far each is from its neighbours, and what is odd."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot
from devdash.verdicts import AT_MINIMUM


@rows_of("run")
def audited_runs(db: Snapshot) -> pd.DataFrame:
    """Runs whose checkpoints were looked at before anything was measured of them."""
    return db.rows(
        """
        SELECT run, experiment FROM run WHERE run IN (SELECT run FROM checkpoint_audit)
        ORDER BY created_at DESC, run
        """,
        [],
    )


@rows_of("checkpoint_audit", "checkpoint_flag", flags="what is odd", share="distance, share of the norm")
def checkpoint_audits(db: Snapshot, run: str) -> pd.DataFrame:
    """Checkpoints in order, with their distances, and flags and messages, empty where nothing is odd."""
    return db.rows(
        """
        WITH odd AS (
            SELECT model, step, string_agg(flag, ', ' ORDER BY flag) AS flags,
                   string_agg(message, '; ' ORDER BY flag) AS message
            FROM checkpoint_flag WHERE run = ? GROUP BY ALL
        )
        SELECT a.model, a.step, a.name, a.hash, a.finite, a.previous, a.norm, a.distance,
               a.distance / nullif(a.norm, 0) AS share,
               coalesce(o.flags, '') AS flags, coalesce(o.message, '') AS message
        FROM checkpoint_audit a LEFT JOIN odd o USING (model, step)
        WHERE a.run = ? ORDER BY a.model, a.step
        """,
        [run, run],
    )


@rows_of(
    metrics="logged metrics",
    checkpoints="checkpoints",
    steps="steps with λ̂ of the whole model",
    minima="steps with λ̂ at a minimum",
    heads="heads with λ̂",
    paths="steps of the trajectory",
)
def holdings(db: Snapshot, run: str) -> pd.DataFrame:
    """One row: how much of what the pages show a run has."""
    return db.rows(
        f"""
        SELECT
            (SELECT count(DISTINCT name) FROM metric_series WHERE run = r.run) AS metrics,
            (SELECT count(DISTINCT step) FROM checkpoint_audit WHERE run = r.run) AS checkpoints,
            (SELECT count(DISTINCT step) FROM llc
             WHERE run = r.run AND component = 'full' AND target = 'data') AS steps,
            (SELECT count(DISTINCT step) FROM llc
             WHERE run = r.run AND component = 'full' AND target = 'data'
               AND verdict IN {AT_MINIMUM}) AS minima,
            (SELECT count(DISTINCT component) FROM llc
             WHERE run = r.run AND starts_with(component, 'head ')) AS heads,
            (SELECT count(DISTINCT step) FROM trajectory WHERE run = r.run) AS paths
        FROM run r WHERE r.run = ?
        """,
        [run],
    )
