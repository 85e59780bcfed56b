"""Seeds over steps: metrics, λ̂ and where it is largest."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES, HAS_DIVERGED, IS_RELIABLE, REGIME
from devdash.store.queries.regression.predictions import SEED
from devdash.store.snapshot import Snapshot
from devdash.stored_names import MSE

LLC = f"SELECT * FROM {ESTIMATES} WHERE run = ? AND component = 'full' AND target = 'data'"
PEAK = {
    "peak": "largest λ̂",
    "peak_err": "its standard error",
    "peak_step": "its step",
    "last": "last λ̂",
    "last_err": "its standard error",
    "last_step": "last step",
}


@rows_of("metric")
def seed_lines(db: Snapshot, run: str, names: tuple[str, ...] | None = None) -> pd.DataFrame:
    """Metrics of every seed over steps."""
    return db.rows(
        f"""
        SELECT model, name, component, distribution, step, value, std_err FROM metric
        WHERE run = ? AND {SEED} AND list_contains(?, name)
        ORDER BY name, component, distribution, model, step
        """,
        [run, list(names or ())],
    )


@rows_of("llc", name="metric", value="λ̂")
def seed_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every seed over steps, in columns as those of seed_lines."""
    return db.rows(
        f"""
        SELECT model, 'λ̂' AS name, '' AS component, '' AS distribution, step, llc AS value, std_err, verdict,
               nbeta, gamma, {REGIME}
        FROM ({LLC}) WHERE {SEED} ORDER BY model, step
        """,
        [run],
    )


@rows_of("llc", **PEAK, mse_peak="MSE there", mse_last="MSE there")
def seed_peaks(db: Snapshot, run: str) -> pd.DataFrame:
    """Of every seed the largest reliable λ̂ and the last one, with steps, errors, and the MSE at both."""
    return db.rows(
        f"""
        WITH reliable AS (
            SELECT l.model, l.step, l.llc, l.std_err, m.value AS mse FROM ({LLC} AND {SEED}) l
            LEFT JOIN metric m ON m.run = l.run AND m.model = l.model AND m.step = l.step AND m.name = '{MSE}'
            WHERE l.{IS_RELIABLE}
        )
        SELECT model, max(llc) AS peak, arg_max(std_err, llc) AS peak_err, arg_max(step, llc) AS peak_step,
               arg_max(mse, llc) AS mse_peak, arg_max(llc, step) AS last, arg_max(std_err, step) AS last_err,
               max(step) AS last_step, arg_max(mse, step) AS mse_last
        FROM reliable GROUP BY model ORDER BY length(model), model
        """,
        [run],
    )


@rows_of("llc_sweep", **PEAK, reliable="reliable estimates")
def other_peaks(db: Snapshot, run: str) -> pd.DataFrame:
    """At every other setting of the sampler the largest λ̂ of all weights and the last one, with steps,
    errors, and how many of the estimates are reliable."""
    return db.rows(
        f"""
        SELECT model, nbeta, gamma, max(llc) AS peak, arg_max(std_err, llc) AS peak_err,
               arg_max(step, llc) AS peak_step, arg_max(llc, step) AS last,
               arg_max(std_err, step) AS last_err, max(step) AS last_step,
               count(*) FILTER ({IS_RELIABLE}) AS reliable, count(*) AS estimates
        FROM llc_sweep WHERE run = ? AND component = 'full' AND step > 0 AND NOT {HAS_DIVERGED}
        GROUP BY model, nbeta, gamma ORDER BY nbeta, gamma
        """,
        [run],
    )
