"""In-context linear regression: predictions and errors by example, seeds over steps, finite task sets.

Models are named "seed 0", "seed 1" … where tasks are without end, and by their number of tasks, "16 tasks",
where these are a finite set. A step that is asked for stands for the last measured one at or before it.
"""

import pandas as pd

from devdash.store.snapshot import Snapshot

SEED = "model LIKE 'seed %'"
TASKS = "CAST(nullif(regexp_extract(model, '^([0-9]+) tasks?$', 1), '') AS BIGINT)"
EXAMPLE = "CAST(nullif(regexp_extract(component, '^example ([0-9]+)$', 1), '') AS BIGINT)"
LLC = "SELECT * FROM llc WHERE run = ? AND component = 'full' AND target = 'data'"


def regression_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with predictions example by example."""
    return db.rows(
        "SELECT run, experiment FROM run WHERE run IN (SELECT run FROM regression_guess) "
        "ORDER BY created_at DESC, run",
        [],
    )


def regression_models(db: Snapshot, run: str) -> pd.DataFrame:
    """Models, seeds first, then finite task sets by size; tasks: empty where they are without end."""
    return db.rows(
        f"""
        SELECT model, {TASKS} AS tasks FROM (SELECT DISTINCT model FROM regression_guess WHERE run = ?)
        ORDER BY tasks NULLS FIRST, length(model), model
        """,
        [run],
    )


def regression_steps(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Checkpoints of a model, by default of the first."""
    return db.rows(
        "SELECT DISTINCT step FROM regression_guess WHERE run = ? AND model = ? ORDER BY step",
        [run, _first(db, run, model)],
    )


def regression_guesses(
    db: Snapshot, run: str, model: str | None = None, step: int | None = None
) -> pd.DataFrame:
    """Predictions of some sequences by example at a step, beside the truth and the known predictors."""
    return db.rows(
        """
        WITH own AS (SELECT * EXCLUDE (run) FROM regression_guess WHERE run = ? AND model = ?)
        SELECT * FROM own WHERE step = (SELECT max(step) FROM own WHERE step <= coalesce(?, step))
        ORDER BY sequence, example
        """,
        [run, _first(db, run, model), step],
    )


def regression_errors(
    db: Snapshot, run: str, model: str | None = None, step: int | None = None
) -> pd.DataFrame:
    """Squared error by example at a step, of a model and, where it is a seed, of the other seeds."""
    model = _first(db, run, model)
    return db.rows(
        f"""
        WITH own AS (
            SELECT model, step, {EXAMPLE} AS example, value, std_err FROM metric
            WHERE run = ? AND name = 'MSE by example' AND (model = ? OR ({SEED} AND ? LIKE 'seed %'))
        )
        SELECT *, model = ? AS chosen FROM own
        WHERE step = (SELECT max(step) FROM own WHERE model = ? AND step <= coalesce(?, step))
        ORDER BY chosen, model, example
        """,
        [run, model, model, model, model, step],
    )


def regression_floors(db: Snapshot, run: str, model: str | None = None) -> pd.DataFrame:
    """Squared error of known predictors on a model's sequences by example; where only the mean over
    examples was measured, that, with no example. That of 0 is E y² = D + σ², from the run's settings."""
    return db.rows(
        f"""
        SELECT replace(name, 'MSE of ', '') AS predictor, {EXAMPLE} AS example, value, std_err
        FROM metric WHERE run = ? AND model = ? AND name LIKE 'MSE of %'
        QUALIFY step = min(step) OVER (PARTITION BY name)
            AND (example IS NOT NULL OR count(example) OVER (PARTITION BY name) = 0)
        UNION ALL
        SELECT 'zero', unnest(range(1, CAST(config->>'$.tasks.examples' AS BIGINT) + 1)),
               CAST(config->>'$.tasks.dimension' AS DOUBLE) + CAST(config->>'$.tasks.noise' AS DOUBLE), 0
        FROM run WHERE run = ?
        ORDER BY predictor, example
        """,
        [run, _first(db, run, model), run],
    )


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


def seed_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every seed over steps, in columns as those of seed_lines."""
    return db.rows(
        f"""
        SELECT model, 'λ̂' AS name, '' AS component, '' AS distribution, step, llc AS value, std_err, verdict,
               nbeta, gamma
        FROM ({LLC}) WHERE {SEED} ORDER BY model, step
        """,
        [run],
    )


def seed_peaks(db: Snapshot, run: str) -> pd.DataFrame:
    """Of every seed the largest reliable λ̂ and the last one, with steps, errors, and the MSE at both."""
    return db.rows(
        f"""
        WITH own AS (
            SELECT l.model, l.step, l.llc, l.std_err, m.value AS mse FROM ({LLC} AND {SEED}) l
            LEFT JOIN metric m ON m.run = l.run AND m.model = l.model AND m.step = l.step AND m.name = 'MSE'
            WHERE l.verdict = 'reliable'
        )
        SELECT model, max(llc) AS peak, arg_max(std_err, llc) AS peak_err, arg_max(step, llc) AS peak_step,
               arg_max(mse, llc) AS mse_peak, arg_max(llc, step) AS last, arg_max(std_err, step) AS last_err,
               max(step) AS last_step, arg_max(mse, step) AS mse_last
        FROM own GROUP BY model ORDER BY length(model), model
        """,
        [run],
    )


def other_peaks(db: Snapshot, run: str) -> pd.DataFrame:
    """At every other setting of the sampler the largest λ̂ of all weights and the last one, with steps,
    errors, and how many of the estimates are reliable."""
    return db.rows(
        """
        SELECT model, nbeta, gamma, max(llc) AS peak, arg_max(std_err, llc) AS peak_err,
               arg_max(step, llc) AS peak_step, arg_max(llc, step) AS last,
               arg_max(std_err, step) AS last_err, max(step) AS last_step,
               count_if(verdict = 'reliable') AS reliable, count(*) AS estimates
        FROM llc_sweep WHERE run = ? AND component = 'full' AND step > 0 AND verdict <> 'diverged'
        GROUP BY model, nbeta, gamma ORDER BY nbeta, gamma
        """,
        [run],
    )


def pool_lines(db: Snapshot, run: str) -> pd.DataFrame:
    """Distances of models of finite task sets from known predictors over steps; of seeds, as contrast,
    only up to the last step of these."""
    return db.rows(
        f"""
        WITH own AS (
            SELECT model, {TASKS} AS tasks, replace(name, 'distance to ', '') AS predictor, step, value,
                   std_err
            FROM metric WHERE run = ? AND name IN ('distance to ridge', 'distance to discrete optimum')
        )
        SELECT * FROM own
        WHERE step <= (SELECT max(step) FROM own WHERE tasks IS NOT NULL)
        ORDER BY tasks NULLS LAST, model, predictor, step
        """,
        [run],
    )


def pool_llc(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """λ̂ of every model by its number of tasks (empty: without end), at the last step that was measured
    at or before a step, by default the last one of the finite sets."""
    return db.rows(
        f"""
        WITH own AS (SELECT model, {TASKS} AS tasks, step, llc, std_err, verdict, nbeta, gamma FROM ({LLC})),
             wanted AS (SELECT coalesce(?, max(step)) AS last FROM own WHERE tasks IS NOT NULL)
        SELECT own.* FROM own, wanted WHERE step <= last
        QUALIFY row_number() OVER (PARTITION BY model ORDER BY step DESC) = 1
        ORDER BY tasks NULLS LAST, model
        """,
        [run, step],
    )


def _first(db: Snapshot, run: str, model: str | None) -> str | None:
    """The given model, by default the first."""
    if model is not None:
        return model
    found = regression_models(db, run)
    return found["model"].iloc[0] if len(found) else None
