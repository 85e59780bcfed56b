"""Attention heads: λ̂ over steps, kinds, clusters and their merges, scores, attention on texts.

A step that is asked for stands for the last one at or before it that was measured, or else the first.
"""

import pandas as pd

from devdash.store.snapshot import Snapshot

NAMED = r"regexp_full_match(component, 'head \d+\.\d+')"
PLACE = """
    split_part(substr(component, 6), '.', 1)::INT AS layer, split_part(component, '.', 2)::INT AS number
"""
# λ̂ of every head of the model that most heads were measured of
OWN = f"""
    SELECT model, component AS head, {PLACE}, step, distribution, target, llc, std_err, verdict, nbeta, gamma
    FROM llc WHERE run = ? AND {NAMED} AND (run, model) IN (
        SELECT run, arg_max(model, points) FROM (
            SELECT run, model, count(*) AS points FROM llc WHERE {NAMED} GROUP BY ALL
        ) GROUP BY run)
"""


def heads_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with λ̂ of single heads."""
    return db.rows(
        f"SELECT run, experiment FROM run WHERE run IN (SELECT run FROM llc WHERE {NAMED}) "
        "ORDER BY created_at DESC, run",
        [],
    )


def head_sources(db: Snapshot, run: str) -> pd.DataFrame:
    """What λ̂ of heads was measured on: data and target, all data first, other targets last."""
    return db.rows(
        f"""
        SELECT distribution, target, count(DISTINCT step) AS steps FROM ({OWN})
        GROUP BY distribution, target
        ORDER BY target <> 'data', distribution <> 'all', distribution, target
        """,
        [run],
    )


def head_llc(db: Snapshot, run: str, distribution: str = "all", target: str = "data") -> pd.DataFrame:
    """λ̂ of each head over steps, on one kind of data and for one target."""
    return db.rows(
        f"SELECT * FROM ({OWN}) WHERE distribution = ? AND target = ? ORDER BY layer, number, step",
        [run, distribution, target],
    )


def head_groups(
    db: Snapshot, run: str, method: str | None = None, normalisation: str | None = None
) -> pd.DataFrame:
    """Each head with its kind, its cluster by one method (empty where none is named) and its last λ̂."""
    return db.rows(
        f"""
        WITH last AS (
            SELECT head, layer, number, max(step) AS step, arg_max(llc, step) AS llc,
                   arg_max(std_err, step) AS std_err, arg_max(verdict, step) AS verdict
            FROM (SELECT * REPLACE (CASE WHEN target = 'data' AND distribution = 'all' THEN step END AS step)
                  FROM ({OWN})) GROUP BY ALL
        )
        SELECT l.*, h.kind, h.evidence, c.cluster
        FROM last l LEFT JOIN head h ON h.run = ? AND h.head = l.head
        LEFT JOIN head_cluster c
          ON c.run = ? AND c.component = l.head AND c.method = ? AND c.normalisation = ?
        ORDER BY layer, number
        """,
        [run, run, run, method, normalisation],
    )


def head_stages(db: Snapshot, run: str) -> pd.DataFrame:
    """Stages of the model whose heads these are, found on its whole λ̂."""
    return db.rows("SELECT * EXCLUDE (run) FROM stage WHERE run = ? ORDER BY model, stage", [run])


def head_scores(db: Snapshot, run: str) -> pd.DataFrame:
    """Last scores of each head, its last λ̂ and what its kind was told by."""
    names = ("previous-token score", "prefix-matching score", "current-token score", "memorised multigrams")
    columns = ", ".join(
        f"arg_max(value, step) FILTER (name = '{name}') AS {name.replace(' ', '_').replace('-', '_')}"
        for name in names
    )
    scores = db.rows(
        f"SELECT component AS head, {columns} FROM metric WHERE run = ? AND {NAMED} GROUP BY ALL", [run]
    )
    return head_groups(db, run).merge(scores, on="head", how="left")


def head_distributions(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """λ̂ of each head on each kind of data, each at the nearest step; low and high: of reliable estimates
    at all steps."""
    return db.rows(
        f"""
        WITH data AS (
            SELECT * EXCLUDE (target), min(llc) FILTER (verdict = 'reliable') OVER () AS low,
                   max(llc) FILTER (verdict = 'reliable') OVER () AS high
            FROM ({OWN}) WHERE target = 'data'
        ), nearest AS (
            SELECT distribution, coalesce(max(step) FILTER (step <= coalesce(?, step)), min(step)) AS step
            FROM data GROUP BY distribution
        )
        SELECT * FROM data JOIN nearest USING (distribution, step)
        ORDER BY layer, number, distribution <> 'all', distribution
        """,
        [run, step],
    )


def head_merges(db: Snapshot, run: str, normalisation: str | None = None) -> pd.DataFrame:
    """The hierarchical clustering of heads' curves, merge by merge, in one normalisation."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM head_merge "
        "WHERE run = ? AND normalisation = coalesce(?, 'standardised') ORDER BY merge",
        [run, normalisation],
    )


def head_agreements(db: Snapshot, run: str) -> pd.DataFrame:
    """How well clusters of curves agree with kinds of heads, by method and normalisation."""
    return db.rows(
        """
        SELECT * EXCLUDE (run) FROM head_agreement WHERE run = ?
        ORDER BY method <> 'k-means', method, normalisation <> 'none', normalisation <> 'standardised'
        """,
        [run],
    )


def attention_texts(db: Snapshot, run: str) -> pd.DataFrame:
    """Texts on which attention is kept: kind, and how each begins."""
    return db.rows(
        """
        SELECT e.text, any_value(e.distribution) AS distribution,
               string_agg(t.text, '' ORDER BY e.position) FILTER (e.position < 12) AS beginning
        FROM eval_token e LEFT JOIN token t USING (run, token_id)
        WHERE e.run = ? AND e.text IN (SELECT text FROM attention WHERE run = ?)
        GROUP BY e.text ORDER BY e.text
        """,
        [run, run],
    )


def attention_tokens(db: Snapshot, run: str, text: int | None = None) -> pd.DataFrame:
    """Tokens of a text in order, as far as attention is kept; by default of the first such text."""
    return db.rows(
        """
        WITH kept AS (SELECT text, max(query) AS last FROM attention WHERE run = ? GROUP BY text)
        SELECT e.position, coalesce(t.text, '�') AS token
        FROM eval_token e JOIN kept USING (text) LEFT JOIN token t USING (run, token_id)
        WHERE e.run = ? AND e.text = coalesce(?, (SELECT min(text) FROM kept)) AND e.position <= last
        ORDER BY e.position
        """,
        [run, run, text],
    )


def attention_weights(
    db: Snapshot, run: str, head: str | None = None, text: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """Attention of a head on a text, key −1: [BOS]; by default of an induction head, if there is one, on
    the first text."""
    groups = head_groups(db, run).sort_values("kind", key=lambda kind: kind != "induction", kind="stable")
    if head is None and len(groups):
        head = groups["head"].iloc[0]
    return db.rows(
        """
        WITH own AS (
            SELECT component AS head, step, query, key, weight FROM attention WHERE run = ? AND component = ?
              AND text = coalesce(?, (SELECT min(text) FROM attention WHERE run = ?))
        ), nearest AS (
            SELECT coalesce(max(step) FILTER (step <= coalesce(?, step)), min(step)) AS step FROM own
        )
        SELECT * FROM own JOIN nearest USING (step) ORDER BY query, key
        """,
        [run, head, text, run, step],
    )
