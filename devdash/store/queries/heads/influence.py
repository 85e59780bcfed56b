"""Influence between tokens, and the loss kernel of a text.

A step that is asked for stands for the last one at or before it that was measured, or else the first.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE
from devdash.store.queries.heads.attention import BEGINNINGS
from devdash.store.snapshot import Snapshot
from devdash.stored_names import INFLUENCES

AROUND = 6  # tokens before one that is named
FIRST = "(SELECT min(text) FROM loss_kernel WHERE run = ?)"


@rows_of("eval_token", beginning="how it begins")
def influence_texts(db: Snapshot, run: str) -> pd.DataFrame:
    """Texts whose tokens can be picked: kind, and how each begins."""
    return db.rows(BEGINNINGS.format("loss_kernel"), [run, run])


@rows_of("eval_token")
def influence_tokens(db: Snapshot, run: str, text: int | None = None) -> pd.DataFrame:
    """Tokens of a text in order, as far as they can be picked; by default of the first such text."""
    return db.rows(
        f"""
        WITH kept AS (SELECT text, max(other_position) AS last FROM loss_kernel WHERE run = ? GROUP BY text)
        SELECT e.text, e.position, coalesce(t.text, '�') AS token
        FROM eval_token e JOIN kept USING (text) LEFT JOIN token t USING (run, token_id)
        WHERE e.run = ? AND e.text = coalesce(?, {FIRST}) AND e.position <= last ORDER BY e.position
        """,
        [run, run, text, run],
    )


@rows_of("loss_kernel")
def loss_kernels(db: Snapshot, run: str, text: int | None = None, step: int | None = None) -> pd.DataFrame:
    """Correlations of the losses of a text's tokens, each pair once."""
    return db.rows(
        f"""
        WITH pairs AS (SELECT * EXCLUDE (run) FROM loss_kernel WHERE run = ? AND text = coalesce(?, {FIRST})),
        nearest AS (SELECT {AT_OR_BEFORE} AS step FROM pairs)
        SELECT * FROM pairs JOIN nearest USING (step) ORDER BY position, other_position
        """,
        [run, text, run, step],
    )


@rows_of(
    "influence",
    "eval_token",
    before="what stands before",
    token="token",
    kind="kind of token",
    influence="influence",
    low="low",
    high="high",
)
def influences(
    db: Snapshot, run: str, text: int | None = None, position: int = 1, step: int | None = None
) -> pd.DataFrame:
    """The tokens that push a token's loss most at one step, each with what stands before it."""
    return db.rows(
        f"""
        WITH pushes AS (
            SELECT * EXCLUDE (run) FROM influence
            WHERE run = ? AND text = coalesce(?, {FIRST}) AND position = ?
        ), nearest AS (
            SELECT {AT_OR_BEFORE} AS step FROM pushes
        )
        SELECT p.step, p.rank, p.influence, p.low, p.high, p.other_text, p.other_position,
               any_value(x.distribution) AS distribution, any_value(x.pattern) AS kind,
               string_agg(k.text, '' ORDER BY b.position) FILTER (b.position < p.other_position) AS before,
               any_value(k.text) FILTER (b.position = p.other_position) AS token
        FROM pushes p JOIN nearest USING (step)
        JOIN eval_token x ON x.run = ? AND x.text = p.other_text AND x.position = p.other_position
        JOIN eval_token b ON b.run = ? AND b.text = p.other_text
             AND b.position BETWEEN p.other_position - {AROUND} AND p.other_position
        LEFT JOIN token k ON k.run = b.run AND k.token_id = b.token_id
        GROUP BY ALL ORDER BY p.rank
        """,
        [run, text, run, position, step, run, run],
    )


@rows_of("metric", agreement="correlation between the replicates’ kernels")
def influence_agreement(db: Snapshot, run: str) -> pd.DataFrame:
    """How well the loss kernels of two replicates agree, over steps."""
    return db.rows(
        f"SELECT step, value AS agreement FROM metric WHERE run = ? AND name = '{INFLUENCES}' ORDER BY step",
        [run],
    )
