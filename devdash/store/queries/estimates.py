"""λ̂ over training and the chains behind it."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, IS_RELIABLE
from devdash.store.series import SERIES
from devdash.store.snapshot import Snapshot

BUCKETS = 1000  # of a curve, in each of which two estimates are drawn: more than a screen has columns
WHERE = "run = ? AND model = ? AND component = ? AND distribution = ? AND target = ?"


@rows_of("llc", points="estimates", reliable="reliable estimates")
def llc_series(db: Snapshot, run: str) -> pd.DataFrame:
    """What λ̂ was measured of: model, component, data, target; series over steps with most reliable
    estimates first."""
    return db.rows(
        f"""
        SELECT model, component, distribution, target, count(*) AS points,
               count(*) FILTER ({IS_RELIABLE}) AS reliable
        FROM llc WHERE run = ? GROUP BY ALL
        ORDER BY points > 1 DESC, reliable DESC, points DESC, model, component, distribution, target
        """,
        [run],
    )


@rows_of("llc")
def llc_points(db: Snapshot, run: str, model=None, component=None, distribution=None, target=None):
    """λ̂ of one series over steps, with settings and diagnostics; by default the longest series."""
    chosen = _series(db, run, [model, component, distribution, target])
    return db.rows(f"SELECT * EXCLUDE (run) FROM {ESTIMATES} WHERE {WHERE} ORDER BY step", [run, *chosen])


@rows_of("llc", in_all="estimates in all")
def llc_outline(
    db: Snapshot, run: str, model=None, component=None, distribution=None, target=None, step=None
) -> pd.DataFrame:
    """The rows of llc_points that a screen can show: of each of 1,000 stretches of steps the lowest and the
    highest λ̂, and the estimate at `step`. Up to 2,000 estimates that is all of them."""
    chosen = _series(db, run, [model, component, distribution, target])
    return db.rows(
        f"""
        WITH series AS (
            SELECT * EXCLUDE (run), count(*) OVER () AS in_all FROM {ESTIMATES} WHERE {WHERE}
        ), cut AS (
            SELECT step, llc, ntile({BUCKETS}) OVER (ORDER BY step) AS bucket FROM series
        ), kept AS (
            SELECT unnest([min_by(step, llc), max_by(step, llc)]) AS step FROM cut GROUP BY bucket
        )
        FROM series WHERE in_all <= {2 * BUCKETS} OR step = ? OR step IN (FROM kept) ORDER BY step
        """,
        [run, *chosen, step],
    )


@rows_of("llc_draw", "llc")
def llc_draws(
    db: Snapshot, run: str, model=None, component=None, distribution=None, target=None, step=None
) -> pd.DataFrame:
    """Kept draws of one estimate, with what is needed to scale them to λ̂; burn-in has draw < 0."""
    return db.rows(
        f"""
        SELECT d.chain, d.draw, d.loss, d.distance, l.init_loss, l.nbeta, l.llc, l.std_err, l.ess, l.step,
               l.regime_word, l.hessian_trace
        FROM llc_draw d JOIN {ESTIMATES} l USING (run, step, model, component, distribution, target)
        WHERE {WHERE} AND step = ?
        ORDER BY d.chain, d.draw
        """,
        _estimate(db, run, step, [model, component, distribution, target]),
    )


@rows_of("calibration", same_series="of this series")
def calibrations(
    db: Snapshot, run: str, model=None, component=None, distribution=None, target=None, step=None
) -> pd.DataFrame:
    """The calibration behind one estimate: of the same series, the nearest step first, or else one
    of another series whose chosen settings it uses."""
    values = _estimate(db, run, step, [model, component, distribution, target])
    return db.rows(
        f"""
        WITH estimate AS (
            SELECT * FROM llc WHERE {WHERE} AND step = ?
        ), fitting AS (
            SELECT c.step, c.model, c.component, c.distribution, c.target,
                   (c.model, c.component, c.distribution, c.target)
                   = (e.model, e.component, e.distribution, e.target) AS same_series
            FROM calibration c, estimate e
            WHERE c.run = ? AND (same_series OR (c.chosen AND abs(c.epsilon / e.epsilon - 1) < 1e-6
                                         AND abs(c.nbeta / e.nbeta - 1) < 1e-6))
            ORDER BY same_series DESC, abs(c.step - e.step),
                     c.model, c.component, c.distribution, c.target LIMIT 1
        )
        SELECT c.* EXCLUDE (run), same_series
        FROM calibration c JOIN fitting USING (step, model, component, distribution, target)
        WHERE run = ? ORDER BY part, nbeta, epsilon
        """,
        [*values, run, run],
    )


def _series(db: Snapshot, run: str, chosen: list) -> list:
    """Model, component, data and target: the chosen ones, or those of the longest series."""
    _, _, distribution, _ = chosen
    if distribution is not None:
        return chosen
    series = llc_series(db, run)
    return series[list(SERIES)].iloc[0].tolist() if len(series) else chosen


def _estimate(db: Snapshot, run: str, step: int | None, series: list) -> list:
    """Values for WHERE and a step: the given estimate; by default the last step of the longest series."""
    chosen = _series(db, run, series)
    last = db.rows(
        f"SELECT step FROM llc WHERE {WHERE} ORDER BY step = ? DESC, step DESC LIMIT 1", [run, *chosen, step]
    )
    if last.empty:
        return [run, None, None, None, None, None]
    return [run, *chosen, int(last["step"][0])]
