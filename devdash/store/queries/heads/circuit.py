"""The circuit of heads: paths and compositions between them, and what each does by kind of token.

Ablations are measured at a few checkpoints: each query takes the nearest one at or before the step that
is asked for, the first one where there is none, the last one by default.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE
from devdash.store.snapshot import Snapshot
from devdash.stored_names import MEMORISED

PATH = "path effect"
NEAREST = f"""nearest AS (
            SELECT {AT_OR_BEFORE} AS step FROM effects
        )"""
LAYER = r"TRY_CAST(regexp_extract({}, '(\d+)\.\d+$', 1) AS INT)"
PLACE = r"TRY_CAST(regexp_extract({}, '\d+\.(\d+)$', 1) AS INT)"


@rows_of("run")
def multigram_runs(db: Snapshot) -> pd.DataFrame:
    """Runs in which heads or the paths between them were ablated."""
    return db.rows(
        """
        SELECT run, experiment FROM run
        WHERE run IN (SELECT run FROM path_effect UNION SELECT run FROM ablation
                      UNION SELECT run FROM multigram_effect)
        ORDER BY created_at DESC, run
        """,
        [],
    )


@rows_of("checkpoint")
def circuit_steps(db: Snapshot, run: str, of: str = PATH) -> pd.DataFrame:
    """Steps at which edges of a kind are measured, or effects on 'multigrams' or 'tokens'; where there is
    none, all checkpoints."""
    return db.rows(
        f"""
        WITH measured AS (
            SELECT step FROM path_effect WHERE run = ? AND ? = '{PATH}'
            UNION SELECT step FROM metric WHERE run = ? AND name = ?
            UNION SELECT step FROM multigram_effect WHERE run = ? AND ? = 'multigrams'
            UNION SELECT step FROM text_effect WHERE run = ? AND ? = 'tokens'
        )
        SELECT step FROM measured
        UNION SELECT step FROM checkpoint WHERE run = ? AND NOT EXISTS (FROM measured)
        UNION SELECT step FROM ablation WHERE run = ? AND NOT EXISTS (FROM measured)
        ORDER BY step
        """,
        [run, of, run, of, run, of, run, of, run, run],
    )


@rows_of("head", layer="layer", number="head of the layer", memorised=MEMORISED)
def circuit_heads(db: Snapshot, run: str) -> pd.DataFrame:
    """Heads with layer, number, kind, and the multigrams each memorised at the last measured step."""
    return db.rows(
        f"""
        WITH heads AS (
            SELECT component AS head FROM ablation WHERE run = ?
            UNION SELECT component FROM multigram_effect WHERE run = ?
            UNION SELECT source FROM path_effect WHERE run = ?
            UNION SELECT reader FROM path_effect WHERE run = ?
        ), count AS (
            SELECT component AS head, arg_max(value, step) AS memorised FROM metric
            WHERE run = ? AND name = '{MEMORISED}' GROUP BY component
        )
        SELECT k.head, {LAYER.format("k.head")} AS layer, {PLACE.format("k.head")} AS number, h.kind,
               c.memorised
        FROM heads k LEFT JOIN head h ON h.run = ? AND h.head = k.head LEFT JOIN count c ON c.head = k.head
        WHERE layer IS NOT NULL ORDER BY layer, number
        """,
        [run] * 6,
    )


@rows_of("path_effect", edge="edge")
def circuit_choices(db: Snapshot, run: str) -> pd.DataFrame:
    """What edges of the circuit can show: path effects by tag, compositions (tag '')."""
    return db.rows(
        """
        SELECT DISTINCT ? AS edge, tag FROM path_effect WHERE run = ?
        UNION ALL
        SELECT DISTINCT name, '' FROM metric
        WHERE run = ? AND name LIKE '%-composition' AND component LIKE '%→%' ORDER BY ALL
        """,
        [PATH, run, run],
    )


@rows_of("path_effect", least="least of all steps", most="most of all steps")
def circuit_edges(
    db: Snapshot, run: str, edge: str = PATH, tag: str = "all", step: int | None = None
) -> pd.DataFrame:
    """Strength of each pair of heads at one step; `least` and `most`: over all steps and pairs."""
    return db.rows(
        f"""
        WITH effects AS (
            SELECT step, source, reader, effect_nats AS strength, std_err FROM path_effect
            WHERE run = ? AND tag = ? AND ? = '{PATH}'
            UNION ALL
            SELECT step, split_part(component, ' → ', 1), split_part(component, ' → ', 2), value, std_err
            FROM metric WHERE run = ? AND name = ?
        ), {NEAREST}, ranged AS (
            SELECT *, min(strength) OVER () AS least, max(strength) OVER () AS most FROM effects
        )
        SELECT step, source, reader, strength, std_err, least, most FROM ranged JOIN nearest USING (step)
        WHERE strength IS NOT NULL ORDER BY abs(strength), source, reader
        """,
        [run, tag, edge, run, edge, step],
    )


@rows_of("ablation")
def tag_effects(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """Rise in loss by tag and by kind of text when one head is ablated, for each method of ablation; `least`
    and `most`: over all steps."""
    return db.rows(
        f"""
        WITH effects AS (
            SELECT *, min(effect_nats - 2 * coalesce(std_err, 0)) OVER () AS least,
                   max(effect_nats + 2 * coalesce(std_err, 0)) OVER () AS most
            FROM ablation WHERE run = ? AND component = ?
        ), {NEAREST}
        SELECT step, component, method, distribution, tag, effect_nats, std_err, tokens, least, most
        FROM effects JOIN nearest USING (step) ORDER BY distribution <> 'all', distribution, tag, method
        """,
        [run, head_or_first(db, run, head), step],
    )


def head_or_first(db: Snapshot, run: str, head: str | None) -> str | None:
    """The given head, by default the one that memorised most."""
    if head is not None:
        return head
    heads = circuit_heads(db, run)
    if heads.empty:
        return None
    return heads.loc[heads["memorised"].fillna(0).idxmax(), "head"]
