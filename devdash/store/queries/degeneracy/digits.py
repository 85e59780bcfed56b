"""Optimisers on digits: along training, and at equal training loss."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

SWEEPS = """
    setting AS (
        SELECT DISTINCT setting, optimiser, learning_rate, batch_size,
               optimiser ILIKE 'entropy%' AS entropy
        FROM digits_step WHERE run = ?
    ), base AS (
        SELECT mode(learning_rate) AS rate, mode(batch_size) AS batch FROM setting WHERE NOT entropy
    ), sweep AS (
        SELECT setting, 'optimiser' AS swept FROM setting, base
        WHERE entropy OR (learning_rate = rate AND batch_size = batch)
        UNION ALL SELECT setting, 'learning rate' FROM setting, base
        WHERE NOT entropy AND batch_size = batch
        UNION ALL SELECT setting, 'batch size' FROM setting, base
        WHERE NOT entropy AND learning_rate = rate
    ), matched_row AS (
        SELECT * EXCLUDE (level), level AS level_loss,
               row_number() OVER (PARTITION BY setting, seed ORDER BY level DESC) AS level
        FROM digits_step WHERE run = ? AND matched
    )
"""


@rows_of("digits_step")
def digits_paths(db: Snapshot, run: str, swept: str = "optimiser") -> pd.DataFrame:
    """λ̂ and losses along training of the settings that differ in one thing only.

    swept: 'optimiser', 'learning rate' or 'batch size'; the rest is what most settings share.
    """
    return db.rows(
        f"""
        WITH {SWEEPS}
        SELECT d.* EXCLUDE (run) FROM digits_step d JOIN sweep USING (setting)
        WHERE d.run = ? AND swept = ? AND NOT matched
        ORDER BY optimiser ILIKE 'entropy%', learning_rate, batch_size, setting, seed, step
        """,
        [run, run, run, swept],
    )


@rows_of("digits_step", level="level", level_loss="matched training loss (nats)")
def digits_matched(db: Snapshot, run: str) -> pd.DataFrame:
    """The optimisers at each common training loss; level 1 is the highest loss."""
    return db.rows(
        f"""
        WITH {SWEEPS}
        SELECT m.* EXCLUDE (run) FROM matched_row m JOIN sweep USING (setting) WHERE swept = 'optimiser'
        ORDER BY optimiser ILIKE 'entropy%', setting, level, seed
        """,
        [run, run],
    )


@rows_of(
    "digits_step",
    level="level",
    level_loss="matched training loss (nats)",
    swept="what differs",
    value="its value",
)
def digits_sweep(db: Snapshot, run: str, level: int | None = None) -> pd.DataFrame:
    """λ̂ against learning rate and against batch size, all at one training loss.

    level: which one; by default the lowest loss that every setting and seed reaches.
    """
    return db.rows(
        f"""
        WITH {SWEEPS}, reached AS (
            SELECT min(lowest) AS level
            FROM (SELECT max(level) AS lowest FROM matched_row GROUP BY setting, seed)
        )
        SELECT m.* EXCLUDE (run), swept,
               CASE swept WHEN 'batch size' THEN batch_size ELSE learning_rate END AS value
        FROM matched_row m JOIN sweep USING (setting)
        WHERE swept <> 'optimiser' AND level = coalesce(?, (SELECT level FROM reached))
        ORDER BY swept, value, seed
        """,
        [run, run, level],
    )
