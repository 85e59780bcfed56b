"""Critical points of the loss: k-gons with their learning coefficients, and the loss in closed form."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot


@rows_of("kgon_point")
def kgon_points(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Critical points of one c (by default 6): theory, measured, paper; highest loss first."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM kgon_point
        WHERE run = ? AND features = coalesce(?, 6) ORDER BY loss DESC
        """,
        [run, features],
    )


@rows_of("kgon_column", "kgon_point")
def kgon_columns(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Columns of W and biases at the critical points of one c."""
    return db.rows(
        """
        SELECT c.*, p.loss FROM kgon_column c JOIN kgon_point p USING (run, features, kgon)
        WHERE c.run = ? AND c.features = coalesce(?, 6) ORDER BY p.loss DESC, c.kgon, c.feature
        """,
        [run, features],
    )


@rows_of("kgon_point")
def kgon_features(db: Snapshot, run: str) -> pd.DataFrame:
    """Each number of features whose critical points a run has."""
    return db.rows("SELECT DISTINCT features FROM kgon_point WHERE run = ? ORDER BY ALL", [run])


@rows_of("metric")
def closed_form(db: Snapshot, run: str) -> pd.DataFrame:
    """Closed form against quadrature and Monte Carlo at random weights."""
    return db.rows(
        "SELECT step, name, value, std_err FROM metric "
        "WHERE run = ? AND starts_with(name, 'closed form') ORDER BY name, step",
        [run],
    )
