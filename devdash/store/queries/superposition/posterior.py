"""The Bayesian posterior over n: phases, where one overtakes another, the sampler's populations."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot


@rows_of("occupancy")
def occupancy(
    db: Snapshot, run: str, features: int | None = None, scale: float | None = None
) -> pd.DataFrame:
    """Share of each phase in the posterior over n, with 95 % intervals."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM occupancy
        WHERE run = ? AND scale = coalesce(?, 1.0)
          AND features = coalesce(?, (SELECT max(features) FROM occupancy WHERE run = ?))
        ORDER BY n, kgon
        """,
        [run, scale, features, run],
    )


@rows_of("crossing")
def crossings(
    db: Snapshot, run: str, features: int | None = None, scale: float | None = None
) -> pd.DataFrame:
    """Critical n of each pair of phases, by free energy and as observed."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM crossing
        WHERE run = ? AND scale = coalesce(?, 1.0) AND n IS NOT NULL
          AND features = coalesce(?, (SELECT max(features) FROM crossing WHERE run = ?))
        ORDER BY from_kgon, to_kgon, source
        """,
        [run, scale, features, run],
    )


@rows_of("occupancy_sample", "smc")
def populations(
    db: Snapshot, run: str, features: int | None = None, scale: float | None = None
) -> pd.DataFrame:
    """Each phase's share in independent populations on the same data, with the sampler's state."""
    return db.rows(
        """
        SELECT o.n, o.dataset, o.population, o.kgon, o.share, s.acceptance, s.ess, s.ancestors,
               s.particles, s.log_evidence, s.temperatures
        FROM occupancy_sample o
             JOIN smc s USING (run, features, scale, n, dataset, population)
        WHERE o.run = ? AND o.scale = coalesce(?, 1.0)
          AND o.features = coalesce(?, (SELECT max(features) FROM smc WHERE run = ?))
        ORDER BY ALL
        """,
        [run, scale, features, run],
    )


@rows_of("occupancy")
def occupancy_settings(db: Snapshot, run: str) -> pd.DataFrame:
    """Each number of features and observation scale for which the posterior was sampled."""
    return db.rows(
        "SELECT DISTINCT features, scale FROM occupancy WHERE run = ? ORDER BY features DESC, scale DESC",
        [run],
    )
