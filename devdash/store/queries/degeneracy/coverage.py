"""How often is a value called reliable right? Trials on systems with a known value."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import IS_RELIABLE
from devdash.store.snapshot import Snapshot

JUDGED = f"""
    SELECT * EXCLUDE (run), replace(family, '_', ' ') AS kind, {IS_RELIABLE} AS reliable,
           abs(llc - llc_exact) <= 2 * sqrt(std_err ** 2 + exact_error ** 2) AS within,
           abs(llc - llc_exact) > .1 * abs(llc_exact) AS far
    FROM coverage WHERE run = ?
"""


@rows_of(
    "coverage",
    kind="kind of system",
    reliable="reliable",
    within="within 2 errors of the exact value",
    far="more than 10 % off",
)
def coverage(db: Snapshot, run: str) -> pd.DataFrame:
    """Every trial; within: ±2 errors of the exact value, far: more than 10 % off it."""
    return db.rows(f"{JUDGED} ORDER BY sampler, family, system, setting", [run])


@rows_of(
    "coverage",
    kind="kind of system",
    trials="trials",
    reliable="called reliable",
    within="of these within 2 errors",
    far="of these more than 10 % off",
    good="good settings",
    accepted="of these called reliable",
)
def coverage_summary(db: Snapshot, run: str) -> pd.DataFrame:
    """Shares for each sampler and kind of system, and of all (kind "all")."""
    return db.rows(
        f"""
        SELECT sampler, coalesce(kind, 'all') AS kind, count(*) AS trials,
               count(*) FILTER (reliable) AS reliable,
               avg(within::INT) FILTER (reliable) AS within,
               avg(far::INT) FILTER (reliable) AS far,
               count(*) FILTER (good) AS good,
               avg(reliable::INT) FILTER (good) AS accepted
        FROM ({JUDGED}) GROUP BY GROUPING SETS ((sampler, kind), (sampler))
        ORDER BY sampler, kind IS NULL, kind
        """,
        [run],
    )
