"""Learning curves G(n) and their coefficients of 1/n."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

FIRST_FAMILY = "reduced rank"


@rows_of("generalisation_error")
def generalisation_families(db: Snapshot, run: str) -> pd.DataFrame:
    """Kinds of systems that have learning curves."""
    return db.rows(
        "SELECT DISTINCT family FROM generalisation_error WHERE run = ? ORDER BY family DESC", [run]
    )


@rows_of(
    "generalisation_error",
    "generalisation_fit",
    value="mean G (nats)",
    repeats="data sets",
    lost="data sets that are not finite",
    scaled="n·G",
    scaled_err="standard error of n·G",
)
def generalisation_curves(db: Snapshot, run: str, family: str | None = None) -> pd.DataFrame:
    """Mean G over repeats by system, predictive and n, with λ and d; n·G beside it.

    A mean is empty where one of the repeats is not finite; lost counts these.
    """
    return db.rows(
        """
        WITH curve AS (
            SELECT name, method, n, count(*) AS repeats, count(*) - count(value) AS lost,
                   CASE WHEN lost = 0 THEN avg(value) END AS mean,
                   CASE WHEN lost = 0 THEN stddev_samp(value) / sqrt(repeats) END AS std_err
            FROM generalisation_error WHERE run = ? AND family = ? GROUP BY name, method, n
        ), fit AS (
            SELECT name, method, llc_theory, CAST(weights AS DOUBLE) AS weights FROM generalisation_fit
            WHERE run = ?
        )
        SELECT name, method, n, repeats, lost, mean AS value, std_err, n * mean AS scaled,
               n * std_err AS scaled_err, llc_theory, weights
        FROM curve LEFT JOIN fit USING (name, method) ORDER BY llc_theory, name, method, n
        """,
        [run, FIRST_FAMILY if family is None else family, run],
    )


@rows_of("generalisation_fit")
def generalisation_fits(db: Snapshot, run: str) -> pd.DataFrame:
    """Coefficients of 1/n beside those that the authors stored."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM generalisation_fit WHERE run = ? ORDER BY family DESC, name, method",
        [run],
    )
