"""Embryology: tokens placed by their susceptibilities to heads, and the principal components behind them.

A step that is asked for stands for the last measured one at or before it, or else the first.
"""

from collections.abc import Sequence

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE
from devdash.store.snapshot import Snapshot

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


@rows_of("embryo")
def embryo_span(db: Snapshot, run: str) -> pd.DataFrame:
    """Lowest and highest coordinates over all steps, so that a map keeps its axes while it plays."""
    columns = ("x", "y", "pc_1", "pc_2")
    ends = ", ".join(f"{end}({name}) AS {name}_{end}" for name in columns for end in ("min", "max"))
    return db.rows(f"SELECT {ends} FROM embryo WHERE run = ? HAVING count(*) > 0", [run])


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
    """Loadings of heads on principal components of susceptibilities, with each head's kind; the control,
    nβ = 0, last."""
    return db.rows(
        f"""
        WITH loading AS (SELECT * FROM susceptibility_axis WHERE run = ?), nearest AS (
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


@rows_of(
    "metric",
    nbeta="nβ",
    share="share of variance between kinds of token",
    chance="share by chance",
    chance_sd="its standard deviation",
)
def embryo_separation(db: Snapshot, run: str) -> pd.DataFrame:
    """Share of the variance of susceptibilities that lies between kinds of token, and the same with kinds
    shuffled between tokens (mean and standard deviation), over steps and by nβ."""
    return db.rows(
        """
        SELECT step, component AS nbeta, max(value) FILTER (name = 'pattern separation') AS share,
               max(value) FILTER (name = 'pattern separation, null') AS chance,
               max(std_err) FILTER (name = 'pattern separation, null') AS chance_sd
        FROM metric WHERE run = ? AND name IN ('pattern separation', 'pattern separation, null')
        GROUP BY step, component HAVING share IS NOT NULL
        ORDER BY component = 'nβ = 0', component, step
        """,
        [run],
    )


@rows_of("metric", nbeta="nβ", agreement="correlation between halves of the chains")
def embryo_agreement(db: Snapshot, run: str) -> pd.DataFrame:
    """How well susceptibilities of two halves of the chains agree, over steps and by nβ."""
    return db.rows(
        """
        SELECT step, component AS nbeta, value AS agreement FROM metric
        WHERE run = ? AND name = 'agreement of susceptibilities' ORDER BY component, step
        """,
        [run],
    )
