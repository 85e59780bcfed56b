"""Tempered posteriors, their slopes, and single chains that fail."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.generalisation.learning_curves import FIRST_FAMILY
from devdash.store.snapshot import Snapshot


@rows_of("tempered", "tempered_slope")
def tempered_energies(db: Snapshot, run: str) -> pd.DataFrame:
    """E^β[nL_n] − nL_n(w₀) of reduced rank regression by data set over 1/β, with λ and d."""
    return db.rows(
        """
        SELECT t.* EXCLUDE (run), s.llc_theory, CAST(s.weights AS DOUBLE) AS weights, s.slope,
               s.std_err, s.verdict
        FROM tempered t LEFT JOIN tempered_slope s USING (run, family, name, n)
        WHERE run = ? AND family = ? ORDER BY s.llc_theory, t.name, dataset, temperature
        """,
        [run, FIRST_FAMILY],
    )


@rows_of("tempered_slope")
def tempered_slopes(db: Snapshot, run: str) -> pd.DataFrame:
    """The slope of every system at every n."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM tempered_slope WHERE run = ? ORDER BY family, weights, llc_theory, n",
        [run],
    )


@rows_of("tempered_slope", hidden="hidden units")
def tanh_slopes(db: Snapshot, run: str) -> pd.DataFrame:
    """Slopes of tanh networks over n, by the number of units."""
    return db.rows(
        """
        SELECT * EXCLUDE (run), weights // 2 AS hidden FROM tempered_slope
        WHERE run = ? AND family = 'tanh' ORDER BY weights, n
        """,
        [run],
    )


@rows_of(
    "tempered",
    number="chain or data set",
    slope="slope of E^β[nLₙ] on 1/β",
    intercept="intercept",
    place="place by slope",
)
def tempered_chains(db: Snapshot, run: str) -> pd.DataFrame:
    """E^β[nL_n] of the m-gon by single chains and by annealed populations, with the slope of each.

    place: single chains by their slope, the lowest first.
    """
    return db.rows(
        """
        WITH chains AS (
            SELECT *, coalesce(chain, dataset) AS number,
                   regr_slope(energy, temperature) OVER each AS slope,
                   regr_intercept(energy, temperature) OVER each AS intercept
            FROM tempered WHERE run = ? AND family = 'm-gon'
            WINDOW each AS (PARTITION BY sampler, coalesce(chain, dataset))
        )
        SELECT name, sampler, n, number, temperature, energy, rhat, acceptance, slope, intercept,
               dense_rank() OVER (PARTITION BY sampler ORDER BY slope, number) AS place
        FROM chains ORDER BY sampler, number, temperature
        """,
        [run],
    )
