"""Embryology: tokens placed by their susceptibilities to heads, and the principal components behind them.

A step that is asked for stands for the last measured one at or before it, or else the first.
"""

from collections.abc import Sequence

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE
from devdash.store.snapshot import Snapshot
from devdash.stored_names import AGREEMENT, APART, BY_NEIGHBOURS, MAJORITY

AROUND = 12  # tokens nearest before and after one that is named
TAG = """
    CASE WHEN t.bracket > 0 THEN 'bracket' WHEN t.induction THEN 'induction' WHEN t.ngram > 2 THEN 'n-gram'
         WHEN t.ngram = 2 THEN 'bigram' WHEN t.skip > 0 THEN 'skip n-gram' ELSE 'other' END
"""


@rows_of("run")
def embryo_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with a map of tokens."""
    return db.rows(
        "SELECT run, experiment FROM run WHERE run IN (SELECT run FROM embryo) ORDER BY created_at DESC, run",
        [],
    )


@rows_of("embryo")
def embryo_steps(db: Snapshot, run: str) -> pd.DataFrame:
    """Checkpoints at which tokens were placed."""
    return db.rows("SELECT DISTINCT step FROM embryo WHERE run = ? ORDER BY step", [run])


@rows_of("embryo", "eval_token", before="what stands before", tag="first tag that fits")
def embryo_points(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """Tokens on the map at one step, with kind, the first tag that fits, and what stands before them."""
    return db.rows(
        f"""
        WITH tokens AS (SELECT * FROM embryo WHERE run = ?), nearest AS (
            SELECT {AT_OR_BEFORE} AS step FROM tokens
        ), words AS (
            SELECT e.*, coalesce(k.text, '�') AS token, string_agg(k.text, '') OVER (
                PARTITION BY e.text ORDER BY e.position ROWS BETWEEN 6 PRECEDING AND 1 PRECEDING) AS before
            FROM eval_token e LEFT JOIN token k USING (run, token_id) WHERE e.run = ?
        )
        SELECT p.step, p.text, p.position, p.x, p.y, p.pc_1, p.pc_2, t.before,
               coalesce(t.token, '�') AS token, coalesce(t.pattern, 'other') AS pattern, {TAG} AS tag,
               coalesce(t.distribution, '') AS distribution
        FROM tokens p JOIN nearest USING (step) LEFT JOIN words t USING (text, position)
        ORDER BY p.text, p.position
        """,
        [run, step, run],
    )


@rows_of("eval_token", place="position it is about")
def embryo_contexts(db: Snapshot, run: str, places: Sequence[tuple[int, int]] | None = None) -> pd.DataFrame:
    """Tokens around each of some places (text, position), in order; `place`: the position it is about."""
    chosen = list(places or ())
    return db.rows(
        f"""
        WITH chosen AS (SELECT unnest(?::BIGINT[]) AS text, unnest(?::BIGINT[]) AS place)
        SELECT c.text, c.place, e.position, coalesce(k.text, '�') AS token
        FROM chosen c JOIN eval_token e
          ON e.text = c.text AND e.position BETWEEN c.place - {AROUND} AND c.place + {AROUND}
        LEFT JOIN token k USING (run, token_id)
        WHERE e.run = ? ORDER BY c.text, c.place, e.position
        """,
        [[text for text, _ in chosen], [position for _, position in chosen], run],
    )


@rows_of("susceptibility_axis", "head")
def embryo_axes(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """Loadings of heads on principal components of susceptibilities, with each head's kind."""
    return db.rows(
        f"""
        WITH loading AS (SELECT * FROM susceptibility_axis WHERE run = ? AND nbeta > 0), nearest AS (
            SELECT nbeta, {AT_OR_BEFORE} AS step
            FROM loading GROUP BY nbeta
        )
        SELECT p.step, p.nbeta, p.axis, p.explained, p.component, p.loading, any_value(h.kind) AS kind
        FROM loading p JOIN nearest USING (nbeta, step)
        LEFT JOIN head h ON h.run = p.run AND h.head = p.component
        GROUP BY ALL ORDER BY nbeta DESC, axis, component
        """,
        [run, step],
    )


@rows_of("metric", agreement="agreement of two replicates", apart="the same, common mode removed")
def embryo_agreement(db: Snapshot, run: str) -> pd.DataFrame:
    """How well susceptibilities of two replicates of the chains agree, over steps: correlation over tokens,
    mean over heads; `apart`: less what all heads have in common for each token."""
    return db.rows(
        f"""
        SELECT step, max(value) FILTER (name = '{AGREEMENT}') AS agreement,
               max(value) FILTER (name = '{APART}') AS apart
        FROM metric WHERE run = ? AND name IN ('{AGREEMENT}', '{APART}')
        GROUP BY step ORDER BY step
        """,
        [run],
    )


@rows_of(
    "metric", accuracy="share of tokens whose kind neighbours tell", majority="share of the commonest kind"
)
def embryo_neighbours(db: Snapshot, run: str) -> pd.DataFrame:
    """Whether the nearest tokens of other texts tell the kind of a token, beside the most frequent kind."""
    return db.rows(
        f"""
        SELECT step, max(value) FILTER (name = '{BY_NEIGHBOURS}') AS accuracy,
               max(std_err) FILTER (name = '{BY_NEIGHBOURS}') AS std_err,
               max(value) FILTER (name = '{MAJORITY}') AS majority
        FROM metric WHERE run = ? AND name IN ('{BY_NEIGHBOURS}', '{MAJORITY}')
        GROUP BY step ORDER BY step
        """,
        [run],
    )
