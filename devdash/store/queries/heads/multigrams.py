"""Multigrams: what heads memorise, which heads carry a multigram, and which migrate.

Ablations are measured at a few checkpoints: each query takes the nearest one at or before the step that
is asked for, the first one where there is none, the last one by default.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.heads.circuit import LAYER, NEAREST, head_or_first
from devdash.store.snapshot import Snapshot
from devdash.stored_names import MEMORISED, MIGRATING


@rows_of("multigram", "multigram_effect", trend="over steps")
def head_multigrams(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """A head's effect on each multigram at one step, and over all steps as a list; first what it ever
    affected most, so that the order is the same at every step."""
    return db.rows(
        f"""
        WITH effects AS (SELECT * FROM multigram_effect WHERE run = ? AND component = ?), {NEAREST}
        SELECT m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences,
               any_value(nearest.step) AS step,
               any_value(o.effect_nats) FILTER (o.step = nearest.step) AS effect_nats,
               any_value(o.std_err) FILTER (o.step = nearest.step) AS std_err,
               list(o.effect_nats ORDER BY o.step) AS trend
        FROM effects o JOIN multigram m USING (run, multigram), nearest
        GROUP BY m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences
        ORDER BY max(o.effect_nats) DESC NULLS LAST, m.multigram
        """,
        [run, head_or_first(db, run, head), step],
    )


@rows_of("multigram", "migration", strongest="largest effect of a head (nats)")
def multigram_names(db: Snapshot, run: str) -> pd.DataFrame:
    """Multigrams with effects, and from where to where each migrates: the clearest first, then those
    that do not migrate by their largest effect."""
    return db.rows(
        """
        WITH effects AS (
            SELECT multigram, max(effect_nats) AS strongest FROM multigram_effect WHERE run = ? GROUP BY ALL
        ), moved AS (
            SELECT * EXCLUDE (run), least(peak_nats - end_nats, gain_nats) AS clear
            FROM migration WHERE run = ?
            QUALIFY row_number() OVER (PARTITION BY multigram ORDER BY clear DESC, source, reader) = 1
        )
        SELECT m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences, o.strongest, v.source,
               v.reader, v.peak_step, v.peak_nats, v.end_nats, v.gain_nats, v.std_err
        FROM effects o JOIN multigram m ON m.run = ? AND m.multigram = o.multigram
        LEFT JOIN moved v ON v.multigram = o.multigram
        ORDER BY v.clear DESC NULLS LAST, o.strongest DESC NULLS LAST, m.multigram
        """,
        [run, run, run],
    )


@rows_of("multigram_effect", "multigram", "head", layer="layer")
def carriers(db: Snapshot, run: str, multigram: int | None = None) -> pd.DataFrame:
    """Effect of every head on one multigram over steps, by default on the first of multigram_names."""
    if multigram is None:
        names = multigram_names(db, run)
        multigram = int(names["multigram"].iloc[0]) if len(names) else None
    return db.rows(
        f"""
        SELECT e.step, e.component, {LAYER.format("e.component")} AS layer, h.kind, e.multigram, m.text,
               e.effect_nats, e.std_err
        FROM multigram_effect e LEFT JOIN multigram m USING (run, multigram)
        LEFT JOIN head h ON h.run = e.run AND h.head = e.component
        WHERE e.run = ? AND e.multigram = ? ORDER BY layer, e.component, e.step
        """,
        [run, multigram],
    )


@rows_of("eval_token")
def multigram_places(db: Snapshot, run: str, multigram: int | None = None) -> pd.DataFrame:
    """Where the last token of a multigram stands in the evaluation set, text by text."""
    return db.rows(
        "SELECT text, position, distribution FROM eval_token WHERE run = ? AND multigram = ? "
        "ORDER BY text, position",
        [run, multigram],
    )


@rows_of("metric", layer="layer", multigrams=MEMORISED)
def memorised(db: Snapshot, run: str) -> pd.DataFrame:
    """Multigrams that the heads of a layer have memorised at each step, summed over heads."""
    return db.rows(
        f"""
        SELECT {LAYER.format("component")} AS layer, step, sum(value) AS multigrams FROM metric
        WHERE run = ? AND name = '{MEMORISED}' GROUP BY ALL ORDER BY layer, step
        """,
        [run],
    )


@rows_of("metric", way="way", multigrams=MIGRATING)
def migrations(db: Snapshot, run: str) -> pd.DataFrame:
    """How many multigrams migrate upwards, and downwards by the same rule."""
    return db.rows(
        "SELECT component AS way, value AS multigrams FROM metric "
        f"WHERE run = ? AND name = '{MIGRATING}' ORDER BY way",
        [run],
    )
