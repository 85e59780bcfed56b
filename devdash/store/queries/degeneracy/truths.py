"""Systems with known λ: estimates beside the true value."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import IS_RELIABLE
from devdash.store.snapshot import Snapshot

LARGEST_N = """
    SELECT * EXCLUDE (run),
           system || CASE WHEN system <> 'deep linear' THEN '' WHEN name LIKE '%, teacher' THEN ', teacher'
                          ELSE ', aligned' END AS kind,
           coalesce(llc_exact, llc_theory) AS wanted,
           abs(llc - wanted) / wanted AS relative_error
    FROM truth WHERE run = ?
    QUALIFY n IS NOT DISTINCT FROM max(n) OVER (PARTITION BY system, name, protocol)
"""


@rows_of(
    "truth",
    kind="kind of point",
    wanted="value that a perfect sampler returns",
    relative_error="relative error",
)
def truths(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ beside the true λ of every system and protocol, each at its largest n.

    kind: the system, and for deep linear networks whether w* is a random teacher or an aligned point,
    where the theory is local. wanted: what a perfect sampler returns at this n where there is an exact one,
    else λ; errors refer to it.
    """
    return db.rows(f"{LARGEST_N} ORDER BY system, llc_theory, name, protocol", [run])


@rows_of(
    "truth",
    kind="kind of point",
    reliable="reliable estimates",
    rank_correlation="rank correlation with λ",
    fewest_weights="fewest weights",
    most_weights="most weights",
)
def truth_summary(db: Snapshot, run: str) -> pd.DataFrame:
    """For each protocol and kind of point: relative errors, and rank correlation with λ.

    Over every estimate that is a number, reliable or not; equal values share a mean rank. Those
    that are no number are counted apart.
    """
    return db.rows(
        f"""
        WITH largest AS ({LARGEST_N}), measured AS (
            SELECT *, coalesce(isfinite(llc), false) AS finite FROM largest
        ), ranked AS (
            SELECT *,
                   rank() OVER (PARTITION BY protocol, kind, finite ORDER BY llc)
                   + count(*) OVER (PARTITION BY protocol, kind, finite, llc) / 2 AS place,
                   rank() OVER (PARTITION BY protocol, kind, finite ORDER BY llc_theory)
                   + count(*) OVER (PARTITION BY protocol, kind, finite, llc_theory) / 2 AS true_place
            FROM measured
        )
        SELECT protocol, kind, count(*) AS systems, min(weights) AS fewest_weights,
               max(weights) AS most_weights, count(*) FILTER ({IS_RELIABLE}) AS reliable,
               count(*) FILTER (NOT finite) AS without_a_number,
               median(relative_error) FILTER (finite) AS median_relative_error,
               max(relative_error) FILTER (finite) AS worst_relative_error,
               CASE WHEN count(DISTINCT llc_theory) > 2 THEN corr(place, true_place) FILTER (finite) END
               AS rank_correlation
        FROM ranked GROUP BY protocol, kind
        ORDER BY protocol = 'ours' DESC, protocol, systems DESC, kind
        """,
        [run],
    )


@rows_of("truth")
def truth_rows(db: Snapshot, run: str, name: str) -> pd.DataFrame:
    """Every measurement of one system: all protocols and all n, with settings and diagnostics."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM truth WHERE run = ? AND name = ? ORDER BY protocol, n", [run, name]
    )
