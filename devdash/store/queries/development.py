"""Stages of development and the curves of λ̂ that they were found on."""

import math

import pandas as pd

from devdash.stage_settings import default_first, middle
from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, REGIME, with_regime
from devdash.store.snapshot import Snapshot

ENOUGH = 8  # steps at which λ̂ of the whole model must be measured for a curve
MAIN_LLC = f"""
    SELECT model, distribution, count(DISTINCT step) AS points, arg_max(nbeta, step) AS nbeta,
           arg_max(gamma, step) AS gamma
    FROM llc WHERE run = ? AND component = 'full' AND target = 'data'
    GROUP BY model, distribution HAVING points >= {ENOUGH}
    QUALIFY row_number() OVER (
        PARTITION BY model ORDER BY distribution IN ('', 'all') DESC, points DESC, distribution) = 1
"""
SWEPT = with_regime(
    """(
        SELECT *, 'data' AS target, '' AS regime_word, NULL::DOUBLE AS hessian_trace FROM llc_sweep
        WHERE run = ? AND component = 'full' AND abs(nbeta / ? - 1) < 1e-6
    )"""
)


@rows_of("run")
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


@rows_of("llc", points="steps with λ̂")
def stage_models(db: Snapshot, run: str) -> pd.DataFrame:
    """Models with a curve of λ̂ and stages, the one that most was measured of first."""
    return db.rows(
        f"""
        WITH main AS ({MAIN_LLC}), measured AS (
            SELECT model, count(*) AS metrics FROM metric WHERE run = ? GROUP BY model
        )
        SELECT model, distribution, points, nbeta FROM main LEFT JOIN measured USING (model)
        WHERE model IN (SELECT model FROM stage WHERE run = ?)
        ORDER BY metrics DESC NULLS LAST, points DESC, model
        """,
        [run, run, run],
    )


@rows_of("stage")
def stage_settings(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Method, nβ and length-scale with which a model's stages were found, the default first."""
    settings = db.rows(
        f"""
        WITH main AS ({MAIN_LLC}), setting AS (
            SELECT DISTINCT model, method, nbeta, length_scale FROM stage WHERE run = ? AND model = ?
        )
        SELECT k.*, o.nbeta AS measured FROM setting k LEFT JOIN main o USING (model)
        """,
        [run, run, main_model(db, run, model)],
    )
    measured = settings.pop("measured")
    return default_first(settings, measured.iloc[0] if len(measured) else math.nan)


@rows_of("stage", loss_change="change of L", llc_change="change of λ̂")
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


@rows_of("stage")
def stage_ends(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Ends of a model's stages with intervals, for every method, nβ and length-scale."""
    return db.rows(
        """
        SELECT model, method, nbeta, length_scale, stage, label, end_step, end_low, end_high
        FROM stage WHERE run = ? AND model = ?
        QUALIFY stage < max(stage) OVER (PARTITION BY method, nbeta, length_scale)
        ORDER BY method, nbeta, length_scale, stage
        """,
        [run, main_model(db, run, model)],
    )


@rows_of("llc", "llc_sweep", swept="from the sweep over nβ")
def stage_estimates(db: Snapshot, run: str, nbeta: float | None = None) -> pd.DataFrame:
    """λ̂ of each whole model over steps at one nβ, by default that of the run; `swept`: from the sweep
    over nβ, which keeps no chains."""
    return db.rows(
        f"""
        WITH main AS ({MAIN_LLC})
        SELECT l.model, l.step, l.distribution, l.llc, l.std_err, l.verdict, l.nbeta, l.gamma,
               {REGIME}, false AS swept
        FROM {ESTIMATES} l JOIN main o USING (model, distribution)
        WHERE l.run = ? AND l.component = 'full' AND l.target = 'data'
          AND abs(l.nbeta / coalesce(?, o.nbeta) - 1) < 1e-6
        UNION ALL
        SELECT s.model, s.step, s.distribution, s.llc, s.std_err, s.verdict, s.nbeta, s.gamma,
               {REGIME}, true
        FROM {SWEPT} s
        JOIN main o ON o.model = s.model AND s.distribution IN (o.distribution, '', 'all')
             AND abs(s.nbeta / o.nbeta - 1) >= 1e-6
        QUALIFY row_number() OVER (PARTITION BY s.model, s.step ORDER BY abs(s.gamma - o.gamma)) = 1
        ORDER BY model, step
        """,
        [run, run, nbeta, run, nbeta],
    )


@rows_of("llc_smooth")
def smoothed_llc(
    db: Snapshot, run: str, nbeta: float | None = None, length_scale: float | None = None
) -> pd.DataFrame:
    """The smoothed λ̂ of each model at one nβ and length-scale, by default the run's nβ and the middle
    length-scale."""
    curves = db.rows(
        f"""
        WITH main AS ({MAIN_LLC})
        SELECT s.* EXCLUDE (run) FROM llc_smooth s JOIN main o USING (model)
        WHERE s.run = ? AND abs(s.nbeta / coalesce(?, o.nbeta) - 1) < 1e-6
        ORDER BY model, step
        """,
        [run, run, nbeta],
    )
    scale = middle(curves["length_scale"].drop_duplicates()) if length_scale is None else length_scale
    return curves[curves["length_scale"] == scale].reset_index(drop=True)


def main_model(db: Snapshot, run: str, model: str | None) -> str | None:
    """The given model, by default the one that most was measured of."""
    if model is not None:
        return model
    models = stage_models(db, run)["model"]
    return models.iloc[0] if len(models) else None
