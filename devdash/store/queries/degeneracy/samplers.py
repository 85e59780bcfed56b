"""Samplers under rescaled weights, and samplers without a test against MALA."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, REGIME
from devdash.store.snapshot import Snapshot


@rows_of("rescaling")
def rescalings(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of one function at each rescaling of its weights, by sampler."""
    return db.rows("SELECT * EXCLUDE (run) FROM rescaling WHERE run = ? ORDER BY sampler, factor", [run])


@rows_of("llc", system="system", kind="sampler")
def agreements(db: Snapshot, run: str) -> pd.DataFrame:
    """Estimates of one point by samplers at MALA's nβ and γ, of which MALA corrects each step exactly."""
    return db.rows(
        f"""
        SELECT regexp_extract(distribution, '^(.*), ((MALA|SGLD|Langevin)[^,]*)$', 1) AS system,
               regexp_extract(distribution, '^(.*), ((MALA|SGLD|Langevin)[^,]*)$', 2) AS kind,
               distribution, component, target, step, llc, std_err, rhat, ess, acceptance, verdict,
               {REGIME}
        FROM {ESTIMATES} WHERE run = ? AND kind <> ''
        WINDOW point AS (PARTITION BY system, component, step)
        QUALIFY nbeta = max(nbeta) FILTER (kind = 'MALA') OVER point
            AND gamma = max(gamma) FILTER (kind = 'MALA') OVER point
        ORDER BY system, component, step, kind
        """,
        [run],
    )
