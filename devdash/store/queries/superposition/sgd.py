"""SGD runs: staircases, polygons, and transitions between k-gons."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, IS_RELIABLE, REGIME
from devdash.store.snapshot import Snapshot


@rows_of("sgd_step", moves="transitions", reliable="reliable estimates")
def sgd_paths(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """SGD runs with the k-gons they pass through; those with most transitions first."""
    return db.rows(
        f"""
        SELECT s.features, s.path, s.start, count(DISTINCT t.start_step) AS moves,
               arg_max(s.kgon, s.step) AS last_kgon, any_value(t.route) AS route,
               count(DISTINCT l.step) AS reliable
        FROM sgd_step s
        LEFT JOIN llc l ON l.run = s.run AND l.distribution = s.path AND l.{IS_RELIABLE}
        LEFT JOIN (
            SELECT path, start_step, string_agg(to_kgon, ' → ' ORDER BY start_step) OVER (
                PARTITION BY path ORDER BY start_step
                ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS tail,
                first_value(from_kgon) OVER (PARTITION BY path ORDER BY start_step)
                || ' → ' || tail AS route
            FROM transition WHERE run = ?
        ) t ON t.path = s.path
        WHERE s.run = ? AND (? IS NULL OR s.features = ?)
        GROUP BY s.features, s.path, s.start
        ORDER BY s.features = 6 DESC, s.features DESC, moves DESC, s.start, reliable DESC, s.path
        """,
        [run, run, features, features],
    )


@rows_of("sgd_step", "llc", step="epoch")
def staircase(db: Snapshot, run: str, path: str | None = None) -> pd.DataFrame:
    """Losses, k-gon and λ̂ of one SGD run (by default the one with most transitions) over epochs."""
    return db.rows(
        f"""
        SELECT s.step, s.train_loss, s.test_loss, s.kgon, s.level, s.level_gap, s.features, s.path,
               l.llc, l.std_err, l.verdict, {REGIME}
        FROM sgd_step s LEFT JOIN {ESTIMATES} l
             ON l.run = s.run AND l.distribution = s.path AND l.step = s.step
        WHERE s.run = ? AND s.path = ? ORDER BY s.step
        """,
        [run, path or _first_path(db, run)],
    )


@rows_of("transition")
def path_transitions(db: Snapshot, run: str, path: str) -> pd.DataFrame:
    """Transitions of one SGD run in order: from which k-gon to which, between which epochs."""
    return db.rows(
        """
        SELECT from_kgon, to_kgon, start_step, end_step FROM transition
        WHERE run = ? AND path = ? ORDER BY start_step
        """,
        [run, path],
    )


@rows_of("polygon", "sgd_step")
def polygons(db: Snapshot, run: str, path: str | None = None) -> pd.DataFrame:
    """Columns of W and biases of one SGD run at every saved epoch, with loss and name."""
    return db.rows(
        """
        SELECT p.step, p.feature, p.x, p.y, p.bias, s.kgon, s.test_loss, s.path
        FROM polygon p JOIN sgd_step s USING (run, path, step)
        WHERE p.run = ? AND p.path = ? ORDER BY p.step, p.feature
        """,
        [run, path or _first_path(db, run)],
    )


@rows_of("sgd_step", "llc", step="epoch")
def sgd_points(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Loss and λ̂ of every checkpoint of every SGD run of one c."""
    return db.rows(
        f"""
        SELECT s.features, s.path, s.start, s.step, s.test_loss, s.kgon, l.llc, l.std_err, l.verdict,
               {REGIME}
        FROM sgd_step s JOIN {ESTIMATES} l
             ON l.run = s.run AND l.distribution = s.path AND l.step = s.step
        WHERE s.run = ? AND s.features = coalesce(?, (SELECT max(features) FROM sgd_step WHERE run = ?))
        ORDER BY s.path, s.step
        """,
        [run, features, run],
    )


@rows_of(
    "transition",
    moves="SGD runs",
    loss_change="change of L",
    llc_change="change of λ̂",
    llc_change_err="standard error of the change of λ̂",
    median_step="epoch of the transition, median",
)
def transitions(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Moves between plateaus, counted over SGD runs, with the change of loss and of λ̂."""
    return db.rows(
        """
        SELECT features, from_kgon, to_kgon, count(*) AS moves,
               avg(loss_after - loss_before) AS loss_change,
               avg(llc_after - llc_before) AS llc_change,
               CASE WHEN count(llc_after - llc_before) > 1
                    THEN stddev_samp(llc_after - llc_before) / sqrt(count(llc_after - llc_before))
               END AS llc_change_err,
               median(end_step) AS median_step
        FROM transition
        WHERE run = ?
          AND features = coalesce(?, (SELECT max(features) FROM transition WHERE run = ?))
        GROUP BY ALL ORDER BY from_kgon, to_kgon
        """,
        [run, features, run],
    )


@rows_of(
    "transition",
    moves="SGD runs",
    loss_change="change of L",
    llc_change="change of λ̂",
    critical_n_theory="critical n, free energy",
    critical_n_measured="critical n, measured λ̂",
    critical_n_observed="critical n, posterior (polygons)",
)
def transition_table(db: Snapshot, run: str, features: int) -> pd.DataFrame:
    """Each move that SGD made, with the critical n of the same pair of phases (scale 1)."""
    return db.rows(
        """
        WITH dynamical AS (
            SELECT from_kgon, to_kgon, count(*) AS moves, avg(loss_after - loss_before) AS loss_change,
                   avg(llc_after - llc_before) AS llc_change
            FROM transition WHERE run = ? AND features = ? GROUP BY ALL
        ), bayesian AS (
            SELECT from_kgon, to_kgon, source, n FROM crossing
            WHERE run = ? AND features = ? AND scale = 1
        ), pairs AS (
            SELECT from_kgon, to_kgon FROM dynamical
            UNION SELECT from_kgon, to_kgon FROM bayesian WHERE source = 'free energy'
        )
        SELECT p.from_kgon, p.to_kgon, coalesce(d.moves, 0) AS moves, d.loss_change, d.llc_change,
               t.n AS critical_n_theory, m.n AS critical_n_measured, o.n AS critical_n_observed
        FROM pairs p
        LEFT JOIN dynamical d USING (from_kgon, to_kgon)
        LEFT JOIN bayesian t ON t.from_kgon = p.from_kgon AND t.to_kgon = p.to_kgon
             AND t.source = 'free energy'
        LEFT JOIN bayesian m ON m.from_kgon = p.from_kgon AND m.to_kgon = p.to_kgon
             AND m.source = 'free energy, measured λ̂'
        LEFT JOIN bayesian o ON o.from_kgon = p.from_kgon[1] || '-gon'
             AND o.to_kgon = p.to_kgon[1] || '-gon' AND o.source = 'observed'
        ORDER BY moves DESC, p.from_kgon, p.to_kgon
        """,
        [run, features, run, features],
    )


def _first_path(db: Snapshot, run: str) -> str | None:
    paths = sgd_paths(db, run)
    return None if paths.empty else paths["path"][0]
