"""Learning curves G(n), tempered posteriors and their slopes, and single chains that fail."""

import pandas as pd

from devdash.store.snapshot import Snapshot

FIRST_FAMILY = "reduced rank"


def generalisation_families(db: Snapshot, run: str) -> pd.DataFrame:
    """Kinds of systems that have learning curves."""
    return db.rows(
        "SELECT DISTINCT family FROM generalisation_error WHERE run = ? ORDER BY family DESC", [run]
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


def generalisation_fits(db: Snapshot, run: str) -> pd.DataFrame:
    """Coefficients of 1/n beside those that the authors stored."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM generalisation_fit WHERE run = ? ORDER BY family DESC, name, method",
        [run],
    )


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


def tempered_slopes(db: Snapshot, run: str) -> pd.DataFrame:
    """The slope of every system at every n."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM tempered_slope WHERE run = ? ORDER BY family, weights, llc_theory, n",
        [run],
    )


def tanh_slopes(db: Snapshot, run: str) -> pd.DataFrame:
    """Slopes of tanh networks over n, by the number of units."""
    return db.rows(
        """
        SELECT * EXCLUDE (run), weights // 2 AS hidden FROM tempered_slope
        WHERE run = ? AND family = 'tanh' ORDER BY weights, n
        """,
        [run],
    )


def tempered_chains(db: Snapshot, run: str) -> pd.DataFrame:
    """E^β[nL_n] of the m-gon by single chains and by annealed populations, with the slope of each.

    place: single chains by their slope, the lowest first.
    """
    return db.rows(
        """
        WITH own AS (
            SELECT *, coalesce(chain, dataset) AS number,
                   regr_slope(energy, temperature) OVER each AS slope,
                   regr_intercept(energy, temperature) OVER each AS intercept
            FROM tempered WHERE run = ? AND family = 'm-gon'
            WINDOW each AS (PARTITION BY sampler, coalesce(chain, dataset))
        )
        SELECT name, sampler, n, number, temperature, energy, rhat, acceptance, slope, intercept,
               dense_rank() OVER (PARTITION BY sampler ORDER BY slope, number) AS place
        FROM own ORDER BY sampler, number, temperature
        """,
        [run],
    )
