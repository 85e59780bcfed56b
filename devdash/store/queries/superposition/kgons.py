"""The toy model of superposition: SGD runs, k-gons, posterior, transitions."""

import pandas as pd

from devdash.store.snapshot import Snapshot


def sgd_paths(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """SGD runs with the k-gons they pass through; those with most transitions first."""
    return db.rows(
        """
        SELECT s.features, s.path, s.start, count(DISTINCT t.start_step) AS moves,
               arg_max(s.kgon, s.step) AS last_kgon, any_value(t.route) AS route,
               count(DISTINCT l.step) AS reliable
        FROM sgd_step s
        LEFT JOIN llc l ON l.run = s.run AND l.distribution = s.path AND l.verdict = 'reliable'
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


def staircase(db: Snapshot, run: str, path: str | None = None) -> pd.DataFrame:
    """Losses, k-gon and λ̂ of one SGD run (by default the one with most transitions) over epochs."""
    return db.rows(
        """
        SELECT s.step, s.train_loss, s.test_loss, s.kgon, s.level, s.level_gap, s.features, s.path,
               l.llc, l.std_err, l.verdict
        FROM sgd_step s LEFT JOIN llc l
             ON l.run = s.run AND l.distribution = s.path AND l.step = s.step
        WHERE s.run = ? AND s.path = ? ORDER BY s.step
        """,
        [run, path or _first_path(db, run)],
    )


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


def _first_path(db: Snapshot, run: str) -> str | None:
    paths = sgd_paths(db, run)
    return None if paths.empty else paths["path"][0]


def sgd_points(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Loss and λ̂ of every checkpoint of every SGD run of one c."""
    return db.rows(
        """
        SELECT s.features, s.path, s.start, s.step, s.test_loss, s.kgon, l.llc, l.std_err, l.verdict
        FROM sgd_step s JOIN llc l
             ON l.run = s.run AND l.distribution = s.path AND l.step = s.step
        WHERE s.run = ? AND s.features = coalesce(?, (SELECT max(features) FROM sgd_step WHERE run = ?))
        ORDER BY s.path, s.step
        """,
        [run, features, run],
    )


def kgon_points(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Critical points of one c (by default 6): theory, measured, paper; highest loss first."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM kgon_point
        WHERE run = ? AND features = coalesce(?, 6) ORDER BY loss DESC
        """,
        [run, features],
    )


def kgon_columns(db: Snapshot, run: str, features: int | None = None) -> pd.DataFrame:
    """Columns of W and biases at the critical points of one c."""
    return db.rows(
        """
        SELECT c.*, p.loss FROM kgon_column c JOIN kgon_point p USING (run, features, kgon)
        WHERE c.run = ? AND c.features = coalesce(?, 6) ORDER BY p.loss DESC, c.kgon, c.feature
        """,
        [run, features],
    )


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


def closed_form(db: Snapshot, run: str) -> pd.DataFrame:
    """Closed form against quadrature and Monte Carlo at random weights."""
    return db.rows(
        "SELECT step, name, value, std_err FROM metric "
        "WHERE run = ? AND starts_with(name, 'closed form') ORDER BY name, step",
        [run],
    )


def occupancy_settings(db: Snapshot, run: str) -> pd.DataFrame:
    """Each number of features and observation scale for which the posterior was sampled."""
    return db.rows(
        "SELECT DISTINCT features, scale FROM occupancy WHERE run = ? ORDER BY features DESC, scale DESC",
        [run],
    )


def kgon_features(db: Snapshot, run: str) -> pd.DataFrame:
    """Each number of features whose critical points a run has."""
    return db.rows("SELECT DISTINCT features FROM kgon_point WHERE run = ? ORDER BY ALL", [run])


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
