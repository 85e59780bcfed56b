"""Any metric of any run beside others, over steps or against another metric; and one search over all."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import ESTIMATES
from devdash.store.snapshot import Snapshot

LLC, TEST_LOSS, TRAIN_LOSS = "λ̂", "test loss", "training loss"
OF_TRAINING = (LLC, TEST_LOSS, TRAIN_LOSS)  # other metrics stand behind them
STEP, EXAMPLES = "step", "examples"  # what a metric can be drawn over besides another metric
POINTS_PER_SERIES, POINTS_IN_ALL = 400, 20_000
WHOLE = "component IN ('', 'all', 'full') AND distribution IN ('', 'all')"
_NAMES = ("model", "component", "distribution")
_QUOTED = (f"replace(replace({name}, '%', '%25'), '|', '%7C')" for name in _NAMES)
SERIES = f"concat_ws('|', run, {', '.join(_QUOTED)})"  # a name may have the separator in it


AGAINST = "distribution || CASE WHEN target = 'data' THEN '' ELSE ' against ' || target END"
LISTED = f"""(
    SELECT run, name, model, component, distribution, points FROM metric_series
    UNION ALL SELECT run, '{LLC}', model, component, {AGAINST}, count(*) FROM llc GROUP BY ALL
    UNION ALL SELECT run, '{TEST_LOSS}', model, '', '', count(test_loss) AS points FROM checkpoint
    GROUP BY ALL HAVING points > 0
    UNION ALL SELECT run, '{TRAIN_LOSS}', model, '', '', count(train_loss) AS points FROM checkpoint
    GROUP BY ALL HAVING points > 0
)"""
# rows of one metric by its name, which is bound four times
VALUES = f"""(
    SELECT run, model, component, distribution, step, value, std_err, '' AS verdict
    FROM metric WHERE name = ?
    UNION ALL
    SELECT run, model, component, {AGAINST}, step, llc, std_err, verdict FROM {{estimates}} WHERE ? = '{LLC}'
    UNION ALL
    SELECT run, model, '', '', step, test_loss, NULL, '' FROM checkpoint WHERE ? = '{TEST_LOSS}'
    UNION ALL
    SELECT run, model, '', '', step, train_loss, NULL, '' FROM checkpoint WHERE ? = '{TRAIN_LOSS}'
)"""


@rows_of("run", "metric", lines="series")
def comparable(db: Snapshot) -> pd.DataFrame:
    """Names of all metrics with their experiments; λ̂ and losses first."""
    return db.rows(
        f"""
        WITH named AS (  -- a metric may have the name of a loss, and then both are one series
            SELECT run, name FROM metric_series WHERE name NOT IN {OF_TRAINING}
            UNION ALL
            SELECT run, name FROM {LISTED} WHERE name IN {OF_TRAINING}
            GROUP BY run, name, model, component, distribution
        ), counted AS (
            SELECT experiment, name, count(*) AS lines FROM named JOIN run USING (run) GROUP BY ALL
        )
        FROM counted ORDER BY coalesce(list_position({list(OF_TRAINING)}, name), 9), name, experiment
        """,
        [],
    )


@rows_of("run", "metric", series="series", points="points", is_whole="of the whole model on all data")
def comparable_series(db: Snapshot, name: str) -> pd.DataFrame:
    """The series of a metric: those of whole models first, those of the newest run first."""
    return db.rows(
        f"""
        SELECT {SERIES} AS series, run, any_value(r.experiment) AS experiment, any_value(r.title) AS title,
               any_value(r.preset) AS preset, any_value(r.seed) AS seed, model, component, distribution,
               sum(points)::BIGINT AS points, ({WHOLE}) AS is_whole
        FROM {LISTED} v JOIN run r USING (run)
        WHERE name = ?
        GROUP BY run, model, component, distribution
        ORDER BY is_whole DESC, any_value(r.created_at) DESC, run, model, component, distribution
        """,
        [name],
    )


@rows_of("run", "metric", "llc", series="series", place="where it is drawn")
def compared(
    db: Snapshot, name: str, series: tuple[str, ...] | None = None, over: str = STEP
) -> pd.DataFrame:
    """One metric of chosen series (all where none is chosen), each thinned to what a screen can show.

    over: what `place` is: step, examples, or another metric of the same component and data at that step, of
    the whole model where there is none. Each series is cut into buckets of steps, of which the lowest and
    the highest value are kept, so that no peak is lost.
    """
    wanted = None if series is None else list(series)
    those = None if series is None else [name.split("|")[0] for name in series]
    return db.rows(
        f"""
        WITH those AS (SELECT run FROM run WHERE ? IS NULL OR list_contains(?, run)), chosen AS (
            SELECT {SERIES} AS series, * FROM {VALUES.format(estimates=ESTIMATES)} SEMI JOIN those USING (run)
            WHERE value IS NOT NULL AND (? IS NULL OR list_contains(?, {SERIES}))
        ), budget AS (
            SELECT greatest(10, least(?, ? // greatest(1, count(DISTINCT series)))) // 2 AS buckets
            FROM chosen
        ), cut AS (
            SELECT *, ntile((SELECT buckets FROM budget)) OVER (PARTITION BY series ORDER BY step) AS bucket
            FROM chosen
        ), kept AS (
            SELECT DISTINCT series, unnest([arg_min(step, value), arg_max(step, value)]) AS step
            FROM cut GROUP BY series, bucket
        ), other AS (
            SELECT run, model, component, distribution, step, value AS place
            FROM {VALUES.format(estimates="llc")} SEMI JOIN those USING (run)
        ), whole AS (
            SELECT run, model, step, any_value(place) AS place FROM other WHERE {WHOLE} GROUP BY ALL
        ), seen AS (
            SELECT run, model, step, any_value(examples) AS place FROM checkpoint GROUP BY ALL
        )
        SELECT c.series, c.run, r.title, r.preset, r.seed, c.model, c.component, c.distribution, c.step,
               CASE ? WHEN '{STEP}' THEN c.step WHEN '{EXAMPLES}' THEN seen.place
                      ELSE coalesce(o.place, w.place) END AS place,
               c.value, c.std_err, c.verdict
        FROM chosen c JOIN kept USING (series, step) JOIN run r ON r.run = c.run
        LEFT JOIN seen ON seen.run = c.run AND seen.model = c.model AND seen.step = c.step
        LEFT JOIN other o ON o.run = c.run AND o.model = c.model AND o.component = c.component
             AND o.distribution = c.distribution AND o.step = c.step
        LEFT JOIN whole w ON w.run = c.run AND w.model = c.model AND w.step = c.step
        ORDER BY c.series, c.step
        """,
        [those, those, *[name] * 4, wanted, wanted, POINTS_PER_SERIES, POINTS_IN_ALL, *[over] * 4, over],
    )
