"""Single tokens that need a head: in a text, and the most affected of all texts.

Ablations are measured at a few checkpoints: each query takes the nearest one at or before the step that
is asked for, the first one where there is none, the last one by default.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.heads.circuit import NEAREST, head_or_first
from devdash.store.snapshot import Snapshot

CONTEXT = 12  # tokens before one that is named


@rows_of("eval_token", beginning="how it begins")
def effect_texts(db: Snapshot, run: str) -> pd.DataFrame:
    """Texts in which the effect of heads on each token is stored, and how each begins."""
    return db.rows(
        """
        SELECT x.text, any_value(x.distribution) AS distribution,
               string_agg(t.text, '' ORDER BY x.position) FILTER (x.position < ?) AS beginning
        FROM eval_token x LEFT JOIN token t USING (run, token_id)
        WHERE x.run = ? AND x.text IN (SELECT text FROM text_effect WHERE run = ?)
        GROUP BY x.text ORDER BY distribution, x.text
        """,
        [CONTEXT, run, run],
    )


@rows_of("text_effect", "eval_token")
def text_effects(
    db: Snapshot, run: str, head: str | None = None, text: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """Tokens of a text in order with their tags, and the rise in loss of each when a head is ablated."""
    if text is None:
        texts = effect_texts(db, run)
        text = int(texts["text"].iloc[0]) if len(texts) else None
    return db.rows(
        f"""
        WITH effects AS (SELECT * FROM text_effect WHERE run = ? AND component = ?), {NEAREST}
        SELECT x.position, coalesce(k.text, '�') AS token, o.effect_nats, nearest.step, x.pattern,
               x.induction, x.bracket, x.ngram, x.skip, m.text AS multigram
        FROM eval_token x CROSS JOIN nearest
        LEFT JOIN effects o ON o.text = x.text AND o.position = x.position AND o.step = nearest.step
        LEFT JOIN token k ON k.run = x.run AND k.token_id = x.token_id
        LEFT JOIN multigram m ON m.run = x.run AND m.multigram = x.multigram
        WHERE x.run = ? AND x.text = ? AND nearest.step IS NOT NULL ORDER BY x.position
        """,
        [run, head_or_first(db, run, head), step, run, text],
    )


@rows_of("top_token", "eval_token", before="what stands before")
def top_tokens(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """The tokens that need a head most, with what stands before each, and their tags."""
    return db.rows(
        f"""
        WITH effects AS (SELECT * FROM top_token WHERE run = ? AND component = ?), {NEAREST}
        SELECT o.rank, o.step, o.text, o.position, o.effect_nats,
               string_agg(k.text, '' ORDER BY b.position) FILTER (b.position < o.position) AS before,
               any_value(k.text) FILTER (b.position = o.position) AS token, any_value(x.distribution)
               AS distribution, any_value(x.induction) AS induction, any_value(x.bracket) AS bracket,
               any_value(x.ngram) AS ngram, any_value(x.skip) AS skip, any_value(m.text) AS multigram
        FROM effects o JOIN nearest USING (step)
        JOIN eval_token x ON x.run = o.run AND x.text = o.text AND x.position = o.position
        JOIN eval_token b ON b.run = o.run AND b.text = o.text
             AND b.position BETWEEN o.position - ? AND o.position
        LEFT JOIN token k ON k.run = b.run AND k.token_id = b.token_id
        LEFT JOIN multigram m ON m.run = x.run AND m.multigram = x.multigram
        GROUP BY o.rank, o.step, o.text, o.position, o.effect_nats ORDER BY o.rank
        """,
        [run, head_or_first(db, run, head), step, CONTEXT],
    )
