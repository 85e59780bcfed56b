"""Development over training: stages and the curves they were found on, metrics, trajectories."""

import pandas as pd

from devdash.store.snapshot import Snapshot

ENOUGH = 8  # steps at which λ̂ of the whole model must be known for a curve
# each model's λ̂ on the data it was trained on: one distribution of each model, with its settings
OWN = f"""
    SELECT model, distribution, count(DISTINCT step) AS points, arg_max(nbeta, step) AS nbeta,
           arg_max(gamma, step) AS gamma
    FROM llc WHERE run = ? AND component = 'full' AND target = 'data'
    GROUP BY model, distribution HAVING points >= {ENOUGH}
    QUALIFY row_number() OVER (
        PARTITION BY model ORDER BY distribution IN ('', 'all') DESC, points DESC, distribution) = 1
"""


def stage_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with stages and with the λ̂ of a whole model that they were found on."""
    return db.rows(
        f"""
        SELECT run, experiment FROM run
        WHERE run IN (SELECT run FROM stage) AND run IN (
            SELECT run FROM llc WHERE component = 'full' AND target = 'data'
            GROUP BY run, model, distribution HAVING count(DISTINCT step) >= {ENOUGH})
        ORDER BY created_at DESC, run
        """,
        [],
    )


def stage_models(db: Snapshot, run: str) -> pd.DataFrame:
    """Models with a curve of λ̂ and stages, the one that most was measured of first."""
    return db.rows(
        f"""
        WITH own AS ({OWN}), measured AS (
            SELECT model, count(*) AS metrics FROM metric WHERE run = ? GROUP BY model
        )
        SELECT model, distribution, points, nbeta FROM own LEFT JOIN measured USING (model)
        WHERE model IN (SELECT model FROM stage WHERE run = ?)
        ORDER BY metrics DESC NULLS LAST, points DESC, model
        """,
        [run, run, run],
    )


def stage_settings(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Method, nβ and length-scale with which a model's stages were found, the default first: the nβ
    of its λ̂ and the middle length-scale."""
    return db.rows(
        f"""
        WITH own AS ({OWN}), known AS (
            SELECT DISTINCT model, method, nbeta, length_scale FROM stage WHERE run = ? AND model = ?
        ), middle AS (SELECT quantile_disc(length_scale, 0.5) AS scale FROM known)
        SELECT k.model, k.method, k.nbeta, k.length_scale
        FROM known k LEFT JOIN own o USING (model), middle
        ORDER BY k.method, abs(k.nbeta / o.nbeta - 1) > 1e-6, k.nbeta, abs(k.length_scale - middle.scale),
                 k.length_scale
        """,
        [run, run, _main(db, run, model)],
    )


def stages(db: Snapshot, run: str, model=None, method=None, nbeta=None, length_scale=None) -> pd.DataFrame:
    """Stages of a model as found with one method, nβ and length-scale; by default with the first."""
    settings = stage_settings(db, run, model)
    for column, value in (("method", method), ("nbeta", nbeta), ("length_scale", length_scale)):
        fitting = settings[settings[column] == value]
        settings = fitting if len(fitting) else settings
    chosen = settings.iloc[0].tolist() if len(settings) else [None] * 4
    return db.rows(
        """
        SELECT * EXCLUDE (run), loss_end - loss_start AS loss_change, llc_end - llc_start AS llc_change
        FROM stage WHERE run = ? AND model = ? AND method = ?
          AND nbeta IS NOT DISTINCT FROM ? AND length_scale IS NOT DISTINCT FROM ?
        ORDER BY stage
        """,
        [run, *(None if pd.isna(value) else value for value in chosen)],
    )


def stage_ends(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Ends of a model's stages with intervals, for every method, nβ and length-scale."""
    return db.rows(
        """
        SELECT model, method, nbeta, length_scale, stage, label, end_step, end_low, end_high
        FROM stage WHERE run = ? AND model = ?
        QUALIFY stage < max(stage) OVER (PARTITION BY method, nbeta, length_scale)
        ORDER BY method, nbeta, length_scale, stage
        """,
        [run, _main(db, run, model)],
    )


def stage_estimates(db: Snapshot, run: str, nbeta: float | None = None) -> pd.DataFrame:
    """λ̂ of each whole model over steps at one nβ, by default that of the run; `swept`: from the sweep
    over nβ, which keeps no chains."""
    return db.rows(
        f"""
        WITH own AS ({OWN})
        SELECT l.model, l.step, l.distribution, l.llc, l.std_err, l.verdict, l.nbeta, l.gamma, false AS swept
        FROM llc l JOIN own o USING (model, distribution)
        WHERE l.run = ? AND l.component = 'full' AND l.target = 'data'
          AND abs(l.nbeta / coalesce(?, o.nbeta) - 1) < 1e-6
        UNION ALL
        SELECT s.model, s.step, s.distribution, s.llc, s.std_err, s.verdict, s.nbeta, s.gamma, true
        FROM (SELECT * FROM llc_sweep WHERE run = ? AND component = 'full' AND abs(nbeta / ? - 1) < 1e-6) s
        JOIN own o ON o.model = s.model AND s.distribution IN (o.distribution, '', 'all')
             AND abs(s.nbeta / o.nbeta - 1) >= 1e-6
        QUALIFY row_number() OVER (PARTITION BY s.model, s.step ORDER BY abs(s.gamma - o.gamma)) = 1
        ORDER BY model, step
        """,
        [run, run, nbeta, run, nbeta],
    )


def stage_losses(db: Snapshot, run: str) -> pd.DataFrame:
    """Test loss of each model at its checkpoints; training loss where there is no other."""
    return db.rows(
        "SELECT model, step, coalesce(test_loss, train_loss) AS loss FROM checkpoint "
        "WHERE run = ? ORDER BY model, step",
        [run],
    )


def loss_unit(db: Snapshot, run: str) -> pd.DataFrame:
    """Unit of the run's losses in one row; empty words where it is not known."""
    return db.rows(
        "SELECT CASE experiment WHEN 'language' THEN 'nats per token' WHEN 'regression' THEN 'squared error' "
        "ELSE '' END AS unit FROM run WHERE run = ?",
        [run],
    )


def smoothed_llc(
    db: Snapshot, run: str, nbeta: float | None = None, length_scale: float | None = None
) -> pd.DataFrame:
    """The smoothed λ̂ of each model at one nβ and length-scale, by default the run's nβ and the middle
    length-scale."""
    return db.rows(
        f"""
        WITH own AS ({OWN}), near AS (
            SELECT s.* EXCLUDE (run) FROM llc_smooth s JOIN own o USING (model)
            WHERE s.run = ? AND abs(s.nbeta / coalesce(?, o.nbeta) - 1) < 1e-6
        )
        SELECT * FROM near
        WHERE length_scale = coalesce(?, (SELECT quantile_disc(length_scale, 0.5) FROM near))
        ORDER BY model, step
        """,
        [run, run, nbeta, length_scale],
    )


def metric_names(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Metrics of a model that change over steps or are drawn with one that does."""
    return db.rows(
        "SELECT DISTINCT name FROM metric WHERE run = ? AND model = ? ORDER BY name",
        [run, _main(db, run, model)],
    )


def metric_lines(
    db: Snapshot, run: str, names: tuple[str, ...] | None = None, model: str | None = None
) -> pd.DataFrame:
    """Chosen metrics of a model over steps, of other models only what is of the whole model; where none
    are chosen, all that are of the whole model."""
    chosen = None if names is None else list(names)
    return db.rows(
        """
        SELECT model, name, component, distribution, step, value, std_err FROM metric
        WHERE run = ? AND (? IS NULL OR list_contains(?, name))
          AND (? IS NOT NULL OR name NOT LIKE 'chance %')  -- which only heads are compared with
          AND ((model = ? AND ? IS NOT NULL)
               OR (component IN ('', 'all') AND distribution IN ('', 'all')))
        ORDER BY model, name, component, distribution, step
        """,
        [run, chosen, chosen, chosen, _main(db, run, model), chosen],
    )


def trajectory_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with a trajectory of principal components."""
    return db.rows("SELECT run, experiment FROM run WHERE run IN (SELECT run FROM trajectory)", [])


def trajectory(db: Snapshot, run: str) -> pd.DataFrame:
    """Scores on the first three principal components of each model at each step, raw and smoothed."""
    picked = ", ".join(
        f"max({kind}) FILTER (place = {axis}) AS {kind}_{axis}"
        for kind in ("value", "smoothed")
        for axis in (1, 2, 3)
    )
    return db.rows(
        f"""
        SELECT model, step, {picked}
        FROM (SELECT *, dense_rank() OVER (ORDER BY axis) AS place FROM trajectory WHERE run = ?)
        GROUP BY ALL ORDER BY model, step
        """,
        [run],
    )


def trajectory_axes(db: Snapshot, run: str) -> pd.DataFrame:
    """Share of the variance that each principal component holds."""
    return db.rows(
        "SELECT model, dense_rank() OVER (ORDER BY axis) AS axis, explained FROM trajectory_axis "
        "WHERE run = ? ORDER BY model, axis",
        [run],
    )


def trajectory_marks(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Steps at which a model's trajectory turns sharply or has a vertex."""
    return db.rows(
        "SELECT model, step, kind, value FROM trajectory_mark WHERE run = ? AND model = ? ORDER BY step",
        [run, _main(db, run, model)],
    )


def _main(db: Snapshot, run: str, model: str | None) -> str | None:
    """The given model, by default the one that most was measured of."""
    if model is not None:
        return model
    found = stage_models(db, run)
    return found["model"].iloc[0] if len(found) else None
