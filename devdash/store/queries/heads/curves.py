"""λ̂ of attention heads over steps, their kinds, clusters and scores."""

import numpy as np
import pandas as pd

from devdash.stage_settings import SETTING, default_first
from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE, ESTIMATES, IS_RELIABLE, REGIME
from devdash.store.snapshot import Snapshot
from devdash.stored_names import CURRENT_TOKEN, MEMORISED, PREFIX_MATCHING, PREVIOUS_TOKEN

NAMED = r"regexp_full_match(component, 'head \d+\.\d+')"
PLACE = """
    split_part(substr(component, 6), '.', 1)::INT AS layer, split_part(component, '.', 2)::INT AS number
"""
HEAD_LLC = f"""
    SELECT model, component AS head, {PLACE}, step, distribution, target, llc, std_err, verdict, nbeta, gamma,
           {REGIME}
    FROM {ESTIMATES} WHERE run = ? AND {NAMED} AND (run, model) IN (
        SELECT run, arg_max(model, points) FROM (
            SELECT run, model, count(*) AS points FROM llc WHERE {NAMED} GROUP BY ALL
        ) GROUP BY run)
"""


@rows_of("run")
def heads_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with λ̂ of single heads."""
    return db.rows(
        f"SELECT run, experiment FROM run WHERE run IN (SELECT run FROM llc WHERE {NAMED}) "
        "ORDER BY created_at DESC, run",
        [],
    )


@rows_of("llc", steps="measured steps")
def head_sources(db: Snapshot, run: str) -> pd.DataFrame:
    """What λ̂ of heads was measured on: data and target, all data first, other targets last."""
    return db.rows(
        f"""
        SELECT distribution, target, count(DISTINCT step) AS steps FROM ({HEAD_LLC})
        GROUP BY distribution, target
        ORDER BY target <> 'data', distribution <> 'all', distribution, target
        """,
        [run],
    )


@rows_of("llc", head="head", layer="layer", number="head of the layer")
def head_llc(db: Snapshot, run: str, distribution: str = "all", target: str = "data") -> pd.DataFrame:
    """λ̂ of each head over steps, on one kind of data and for one target."""
    return db.rows(
        f"SELECT * FROM ({HEAD_LLC}) WHERE distribution = ? AND target = ? ORDER BY layer, number, step",
        [run, distribution, target],
    )


@rows_of("llc", "head", "head_cluster", layer="layer", number="head of the layer")
def head_groups(
    db: Snapshot, run: str, method: str | None = None, normalisation: str | None = None
) -> pd.DataFrame:
    """Each head with its kind, its cluster by one method (empty where none is named) and its last λ̂."""
    return db.rows(
        f"""
        WITH last AS (
            SELECT head, layer, number, max(step) AS step, arg_max(llc, step) AS llc,
                   arg_max(std_err, step) AS std_err, arg_max(verdict, step) AS verdict,
                   arg_max(regime_word, step) AS regime_word, arg_max(hessian_trace, step) AS hessian_trace
            FROM (SELECT * REPLACE (CASE WHEN target = 'data' AND distribution = 'all' THEN step END AS step)
                  FROM ({HEAD_LLC})) GROUP BY ALL
        )
        SELECT l.*, h.kind, h.sure, h.evidence, c.cluster
        FROM last l LEFT JOIN head h ON h.run = ? AND h.head = l.head
        LEFT JOIN head_cluster c
          ON c.run = ? AND c.component = l.head AND c.method = ? AND c.normalisation = ? AND c.curve = 'λ̂'
        ORDER BY layer, number
        """,
        [run, run, run, method, normalisation],
    )


@rows_of("stage")
def head_stages(db: Snapshot, run: str) -> pd.DataFrame:
    """Stages of the model whose heads these are, from the λ̂ of all its weights, by the default setting."""
    rows = db.rows("SELECT * EXCLUDE (run) FROM stage WHERE run = ? ORDER BY model, stage", [run])
    if rows.empty:
        return rows
    default = default_first(rows[SETTING].drop_duplicates(), rows["nbeta"].iloc[-1]).iloc[0]
    same = [rows[name].eq(default[name]) | rows[name].isna() & pd.isna(default[name]) for name in SETTING]
    return rows[np.logical_and.reduce(same)].reset_index(drop=True)


@rows_of(
    "llc",
    "head",
    "head_cluster",
    layer="layer",
    number="head of the layer",
    previous_token_score=PREVIOUS_TOKEN,
    prefix_matching_score=PREFIX_MATCHING,
    current_token_score=CURRENT_TOKEN,
)
def head_scores(db: Snapshot, run: str) -> pd.DataFrame:
    """Last scores of each head, its last λ̂ and what its kind was assigned by."""
    names = (PREVIOUS_TOKEN, PREFIX_MATCHING, CURRENT_TOKEN, MEMORISED)
    columns = ", ".join(
        f"arg_max(value, step) FILTER (name = '{name}') AS {name.replace(' ', '_').replace('-', '_')}"
        for name in names
    )
    scores = db.rows(
        f"SELECT component AS head, {columns} FROM metric WHERE run = ? AND {NAMED} GROUP BY ALL", [run]
    )
    return head_groups(db, run).merge(scores, on="head", how="left")


@rows_of(
    "llc",
    layer="layer",
    number="head of the layer",
    head="head",
    low="lowest reliable λ̂",
    high="highest reliable λ̂",
)
def head_distributions(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """λ̂ of each head on each kind of data, each at the nearest step; low and high: of reliable estimates
    at all steps."""
    return db.rows(
        f"""
        WITH data AS (
            SELECT * EXCLUDE (target), min(llc) FILTER ({IS_RELIABLE}) OVER () AS low,
                   max(llc) FILTER ({IS_RELIABLE}) OVER () AS high
            FROM ({HEAD_LLC}) WHERE target = 'data'
        ), nearest AS (
            SELECT distribution, {AT_OR_BEFORE} AS step
            FROM data GROUP BY distribution
        )
        SELECT * FROM data JOIN nearest USING (distribution, step)
        ORDER BY layer, number, distribution <> 'all', distribution
        """,
        [run, step],
    )


@rows_of("head_merge")
def head_merges(db: Snapshot, run: str, normalisation: str | None = None) -> pd.DataFrame:
    """The hierarchical clustering of heads' curves, merge by merge, in one normalisation."""
    return db.rows(
        "SELECT * EXCLUDE (run, curve) FROM head_merge WHERE run = ? AND curve = 'λ̂' "
        "AND normalisation = coalesce(?, 'standardised') ORDER BY merge",
        [run, normalisation],
    )


@rows_of("head_agreement")
def head_agreements(db: Snapshot, run: str) -> pd.DataFrame:
    """How well clusters of curves agree with kinds of heads, by what the curves are of, method and
    normalisation."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM head_agreement WHERE run = ?
        ORDER BY curve <> 'λ̂', curve, method <> 'k-means', method, normalisation <> 'none',
                 normalisation <> 'standardised'
        """,
        [run],
    )
