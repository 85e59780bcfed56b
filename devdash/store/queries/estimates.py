"""λ̂ over training and the chains behind it."""

import pandas as pd

from devdash.store.snapshot import Snapshot


def llc_series(db: Snapshot, run: str) -> pd.DataFrame:
    """What λ̂ was measured of: component, data, target; series over steps with most reliable
    estimates first."""
    return db.rows(
        """
        SELECT component, distribution, target, count(*) AS points,
               count(*) FILTER (verdict = 'reliable') AS reliable
        FROM llc WHERE run = ? GROUP BY ALL
        ORDER BY points > 1 DESC, reliable DESC, points DESC, component, distribution, target
        """,
        [run],
    )


def llc_points(
    db: Snapshot,
    run: str,
    component: str | None = None,
    distribution: str | None = None,
    target: str | None = None,
) -> pd.DataFrame:
    """λ̂ of one series over steps, with settings and diagnostics; by default the longest series."""
    if distribution is None:
        series = llc_series(db, run)
        if len(series):
            component, distribution, target = series.iloc[0, :3]
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM llc
        WHERE run = ? AND component = ? AND distribution = ? AND target = ? ORDER BY step
        """,
        [run, component, distribution, target],
    )


def llc_draws(
    db: Snapshot,
    run: str,
    component: str | None = None,
    distribution: str | None = None,
    target: str | None = None,
    step: int | None = None,
) -> pd.DataFrame:
    """Kept draws of one estimate, with what is needed to scale them to λ̂."""
    points = llc_points(db, run, component, distribution, target)
    if points.empty:
        return db.rows("SELECT *, NULL AS init_loss, NULL AS nbeta FROM llc_draw LIMIT 0", [])
    known = points["step"].tolist()
    chosen = points.iloc[known.index(step) if step in known else len(known) - 1]
    return db.rows(
        """
        SELECT d.chain, d.draw, d.loss, l.init_loss, l.nbeta, l.llc, l.std_err, l.step
        FROM llc_draw d JOIN llc l USING (run, step, component, distribution, target)
        WHERE d.run = ? AND component = ? AND distribution = ? AND target = ? AND step = ?
        ORDER BY d.chain, d.draw
        """,
        [run, *chosen[["component", "distribution", "target"]], int(chosen["step"])],
    )
