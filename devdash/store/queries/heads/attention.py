"""What heads attend to on stored texts.

A step that is asked for stands for the last one at or before it that was measured, or else the first.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE
from devdash.store.queries.heads.curves import head_groups
from devdash.store.snapshot import Snapshot

# texts that a table has rows of: kind, and how each begins
BEGINNINGS = """
    SELECT e.text, any_value(e.distribution) AS distribution,
           string_agg(t.text, '' ORDER BY e.position) FILTER (e.position < 12) AS beginning
    FROM eval_token e LEFT JOIN token t USING (run, token_id)
    WHERE e.run = ? AND e.text IN (SELECT text FROM {} WHERE run = ?)
    GROUP BY e.text ORDER BY e.text
"""


@rows_of("eval_token", beginning="how it begins")
def attention_texts(db: Snapshot, run: str) -> pd.DataFrame:
    """Texts on which attention is kept: kind, and how each begins."""
    return db.rows(BEGINNINGS.format("attention"), [run, run])


@rows_of("eval_token")
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


@rows_of("attention", head="head")
def attention_weights(
    db: Snapshot, run: str, head: str | None = None, text: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """Attention of a head on a text, key −1: [BOS]; by default of an induction head, if there is one, on
    the first text."""
    groups = head_groups(db, run).sort_values("kind", key=lambda kind: kind != "induction", kind="stable")
    if head is None and len(groups):
        head = groups["head"].iloc[0]
    return db.rows(
        f"""
        WITH looks AS (
            SELECT component AS head, step, query, key, weight FROM attention WHERE run = ? AND component = ?
              AND text = coalesce(?, (SELECT min(text) FROM attention WHERE run = ?))
        ), nearest AS (
            SELECT {AT_OR_BEFORE} AS step FROM looks
        )
        SELECT * FROM looks JOIN nearest USING (step) ORDER BY query, key
        """,
        [run, head, text, run, step],
    )
