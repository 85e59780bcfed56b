"""Potentials of two weights, and points that share a Hessian rank but not λ."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import IS_RELIABLE
from devdash.store.snapshot import Snapshot


@rows_of("truth")
def potentials(db: Snapshot, run: str) -> pd.DataFrame:
    """Potentials at every n: λ, the exact value at that n, λ̂."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM truth
        WHERE run = ? AND system IN ('potential', 'two components')
        ORDER BY llc_theory DESC, name, protocol = 'MALA', n
        """,
        [run],
    )


@rows_of("potential_draw")
def potential_draws(db: Snapshot, run: str) -> pd.DataFrame:
    """Draws of the posterior around w* in the plane."""
    return db.rows(
        "SELECT name, chain, draw, x, y, loss FROM potential_draw WHERE run = ? ORDER BY ALL", [run]
    )


@rows_of("potential_level")
def potential_levels(db: Snapshot, run: str) -> pd.DataFrame:
    """Potentials on a grid of the plane with w* at its centre, for their level sets."""
    return db.rows("SELECT name, x, y, loss FROM potential_level WHERE run = ? ORDER BY name, y, x", [run])


@rows_of("truth")
def flat_directions(db: Snapshot, run: str) -> pd.DataFrame:
    """Points that share Hessian rank and nullity with one of another λ; the largest group first.

    Deep linear networks at aligned points, where their λ is local; potentials by MALA at the largest n
    at which all singular ones are reliable.
    """
    return db.rows(
        f"""
        WITH point AS (
            SELECT * EXCLUDE (run), system <> 'deep linear' AS potential FROM truth
            WHERE run = ? AND hessian_rank IS NOT NULL AND (
                (system IN ('potential', 'two components') AND protocol = 'MALA')
                OR (system = 'deep linear' AND protocol = 'ours' AND name NOT LIKE '%, teacher'))
        ), settled AS (
            SELECT n, bool_and({IS_RELIABLE}) AS reliable FROM point
            WHERE potential AND weights = 2 AND hessian_rank = 0 GROUP BY n
        ), shared AS (
            SELECT *, min(llc_theory) OVER alike < max(llc_theory) OVER alike AS differ,
                   count(*) OVER alike AS points
            FROM point
            WHERE NOT potential
                  OR n = (SELECT coalesce(max(n) FILTER (reliable), min(n)) FROM settled)
            WINDOW alike AS (PARTITION BY hessian_rank, nullity)
        )
        SELECT system, name, n, hessian_rank, nullity, multiplicity, llc_theory, llc_exact, llc, std_err,
               verdict
        FROM shared WHERE differ
        ORDER BY points DESC, hessian_rank, nullity, llc_theory, llc_exact, name
        """,
        [run],
    )
