"""All SQL of the app. Each query takes a snapshot and values that are bound, and gives a DataFrame.

A figure names the query that feeds it; its options are passed to the query by name.
"""

import pandas as pd

from devdash.store.snapshot import Snapshot

POINTS_PER_LINE, POINTS_PER_FIGURE = 400, 10_000


def runs(db: Snapshot) -> pd.DataFrame:
    """All runs, the newest first."""
    return db.rows("SELECT * FROM run ORDER BY created_at DESC, run", [])


def trends(db: Snapshot) -> pd.DataFrame:
    """For each run: mean loss and mean λ̂ over steps, as lists for small pictures."""
    return db.rows(
        """
        WITH loss AS (
            SELECT run, step, avg(coalesce(test_loss, train_loss)) AS value FROM checkpoint
            GROUP BY ALL
            UNION ALL SELECT run, step, avg(test_loss) FROM sgd_step GROUP BY ALL
        ), llc_mean AS (
            SELECT run, step, avg(llc) AS value FROM llc
            WHERE component = 'full' AND verdict = 'reliable' GROUP BY ALL
        ), both_kinds AS (
            SELECT 'loss' AS kind, * FROM loss UNION ALL SELECT 'llc', * FROM llc_mean
        )
        SELECT run, kind, list(value ORDER BY step) AS trend FROM both_kinds GROUP BY ALL
        """,
        [],
    )


def problems(db: Snapshot) -> pd.DataFrame:
    """What could not be read when the snapshot was built."""
    return db.rows("SELECT run, file, message FROM problem ORDER BY ALL", [])


def failures(db: Snapshot, run: str) -> pd.DataFrame:
    """Tasks of a run that failed."""
    return db.rows("SELECT task, message FROM failure WHERE run = ? ORDER BY task", [run])


def claims(db: Snapshot, run: str) -> pd.DataFrame:
    """Claims of a run with published and measured values."""
    return db.rows("SELECT * EXCLUDE (run) FROM claim WHERE run = ? ORDER BY claim", [run])


def curve_names(db: Snapshot) -> pd.DataFrame:
    """Experiment and metric names that there are."""
    return db.rows("SELECT DISTINCT experiment, name FROM metric JOIN run USING (run) ORDER BY ALL", [])


def curves(db: Snapshot, experiment: str, name: str) -> pd.DataFrame:
    """One metric of all runs of an experiment, thinned to what a screen can show.

    Each line is cut into buckets of steps, fewer where there are many lines; of each bucket the
    lowest and highest value are kept, so that no peak is lost.
    """
    return db.rows(
        """
        WITH chosen AS (
            SELECT run, component, distribution, step, value, std_err
            FROM metric WHERE name = ? AND run IN (SELECT run FROM run WHERE experiment = ?)
        ), budget AS (
            SELECT greatest(10, least(?, ? // count(DISTINCT (run, component, distribution)))) // 2
                   AS buckets FROM chosen
        ), line AS (
            SELECT *, ntile((SELECT buckets FROM budget))
                   OVER (PARTITION BY run, component, distribution ORDER BY step) AS bucket
            FROM chosen
        ), kept AS (
            SELECT run, component, distribution,
                   unnest([arg_min(step, value), arg_max(step, value)]) AS step
            FROM line GROUP BY run, component, distribution, bucket
        )
        SELECT DISTINCT run, component, distribution, step, value, std_err
        FROM kept JOIN line USING (run, component, distribution, step)
        ORDER BY run, component, distribution, step
        """,
        [name, experiment, POINTS_PER_LINE, POINTS_PER_FIGURE],
    )


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
