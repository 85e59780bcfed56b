"""Runs, what went wrong, and claims."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import IS_RELIABLE
from devdash.store.snapshot import Snapshot

POINTS_PER_TREND = 100
LOSS = "^(train_loss|train/loss|loss|training_loss)$"  # what a recorded training calls its loss


@rows_of("run")
def runs(db: Snapshot) -> pd.DataFrame:
    """All runs, the newest first."""
    return db.rows("SELECT * FROM run ORDER BY created_at DESC, run", [])


@rows_of(run="run", kind="quantity", trend="mean over steps")
def trends(db: Snapshot) -> pd.DataFrame:
    """For each run: mean loss and mean λ̂ over steps, as lists for small pictures.

    λ̂ is that of whole models on all data, where the run has such; else of all that it has, as of heads. What
    is measured at one step alone, as points with a known λ, is left out.
    """
    return db.rows(
        f"""
        WITH logged AS (
            SELECT run, step, value, ntile({POINTS_PER_TREND}) OVER (PARTITION BY run ORDER BY step) AS bucket
            FROM metric SEMI JOIN (
                SELECT run, name FROM metric_series JOIN run USING (run) ANTI JOIN checkpoint USING (run)
                WHERE regexp_matches(name, '{LOSS}') AND experiment = 'model') USING (run, name)
        ), loss AS (
            SELECT run, step, avg(coalesce(test_loss, train_loss)) AS value FROM checkpoint
            GROUP BY ALL
            UNION ALL SELECT run, step, avg(test_loss) FROM sgd_step GROUP BY ALL
            UNION ALL SELECT run, min(step), avg(value) FROM logged GROUP BY run, bucket
        ), reliable AS (
            SELECT run, step, llc, component = 'full' AS is_whole,
                distribution = 'all' AND target = 'data' AS is_of_all
            FROM llc WHERE {IS_RELIABLE}
            WINDOW series AS (PARTITION BY run, model, component, distribution, target)
            QUALIFY is_whole = bool_or(is_whole) OVER (PARTITION BY run)
                AND is_of_all = bool_or(is_of_all) OVER (PARTITION BY run)
                AND min(step) OVER series < max(step) OVER series
        ), llc_mean AS (
            SELECT run, step, avg(llc) AS value FROM reliable GROUP BY ALL
        ), both_kinds AS (
            SELECT 'loss' AS kind, * FROM loss UNION ALL SELECT 'llc', * FROM llc_mean
        )
        SELECT run, kind, list(value ORDER BY step) AS trend FROM both_kinds GROUP BY ALL
        ORDER BY run, kind
        """,
        [],
    )


@rows_of(run="run", file="file", message="message")
def problems(db: Snapshot) -> pd.DataFrame:
    """What could not be read when the snapshot was built."""
    return db.rows("SELECT left(run, 100) AS run, file, message FROM problem ORDER BY ALL", [])


@rows_of("failure")
def failures(db: Snapshot, run: str) -> pd.DataFrame:
    """Tasks of a run that failed."""
    return db.rows("SELECT task, message FROM failure WHERE run = ? ORDER BY task", [run])


@rows_of("claim")
def claims(db: Snapshot, run: str) -> pd.DataFrame:
    """Claims of a run with published and measured values."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM claim WHERE run = ? "
        "ORDER BY try_cast(regexp_extract(claim, '[0-9]+') AS INTEGER), claim",
        [run],
    )


@rows_of("claim", "run")
def all_claims(db: Snapshot) -> pd.DataFrame:
    """The claims of all runs with the run's title: those of the newest run first, in the papers' order."""
    return db.rows(
        """
        SELECT c.*, r.title, r.preset, r.seed
        FROM claim c JOIN run r USING (run)
        ORDER BY r.created_at DESC, c.run, try_cast(regexp_extract(c.claim, '[0-9]+') AS INTEGER), c.claim
        """,
        [],
    )
