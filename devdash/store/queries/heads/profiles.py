"""What heads do by their ablation, what kinds that makes them over training, and what λ̂ is compared with.

A step that is asked for stands for the last one at or before it that was measured, or else the first.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.expressions import AT_OR_BEFORE, IS_RELIABLE
from devdash.store.queries.heads.circuit import LAYER, NEAREST, PLACE
from devdash.store.queries.heads.curves import HEAD_LLC
from devdash.store.snapshot import Snapshot
from devdash.stored_names import BASELINES, MEMORISED

LLC, EFFECT = "λ̂", "ablation effect"
MEASURES = (LLC, *BASELINES, EFFECT)
_NAMES = ", ".join(f"'{name}'" for name in BASELINES)
# what heads are measured by: (step, head, measure, value, std_err, verdict)
_MEASURED = f"""
    SELECT step, head, '{LLC}' AS measure, llc AS value, std_err, verdict FROM ({HEAD_LLC})
    WHERE distribution = 'all' AND target = 'data'
    UNION ALL
    SELECT step, component, name, value, std_err, NULL FROM metric
    WHERE run = ? AND name IN ({_NAMES}) AND component LIKE 'head %'
    UNION ALL
    SELECT step, component, '{EFFECT}', effect_nats, std_err, NULL FROM ablation
    WHERE run = ? AND method = 'mean' AND distribution = 'all' AND tag = 'all'
"""
_BESIDE = f"""
    WITH measured AS ({_MEASURED}), counted AS (
        SELECT step, component AS head, value AS memorised, std_err AS memorised_err FROM metric
        WHERE run = ? AND name = '{MEMORISED}'
    ), both_known AS (
        SELECT m.*, c.memorised, c.memorised_err, {LAYER.format("m.head")} AS layer,
               {PLACE.format("m.head")} AS number
        FROM measured m JOIN counted c USING (step, head) WHERE m.value IS NOT NULL AND isfinite(m.value)
    )
"""


@rows_of("head_profile", layer="layer", number="head of the layer", kind="kind", sure="sureness")
def head_profiles(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """Shares of each head's ablation effect by class of tokens at one step; "all": the whole effect."""
    return db.rows(
        f"""
        WITH effects AS (SELECT * FROM head_profile WHERE run = ? AND method = 'mean'), {NEAREST}
        SELECT p.step, p.component AS head, {LAYER.format("p.component")} AS layer,
               {PLACE.format("p.component")} AS number, p.tokens, p.share, p.low, p.high, p.effect_nats,
               p.std_err, p.count, k.kind, k.sure
        FROM effects p JOIN nearest USING (step)
        LEFT JOIN head_kind k ON k.run = p.run AND k.step = p.step AND k.head = p.component
        ORDER BY layer, number, p.tokens
        """,
        [run, step],
    )


@rows_of("head_kind", layer="layer", number="head of the layer")
def head_kinds(db: Snapshot, run: str) -> pd.DataFrame:
    """Kind of each head at each step at which heads were ablated."""
    return db.rows(
        f"""
        SELECT step, head, {LAYER.format("head")} AS layer, {PLACE.format("head")} AS number, kind, sure
        FROM head_kind WHERE run = ? ORDER BY layer, number, step
        """,
        [run],
    )


@rows_of("metric")
def head_measures(db: Snapshot, run: str) -> pd.DataFrame:
    """What can stand beside the memorised multigrams of heads, λ̂ first."""
    rows = db.rows(f"{_BESIDE} SELECT DISTINCT measure FROM both_known", [run] * 4)
    there = set(rows["measure"])
    return pd.DataFrame({"measure": [name for name in MEASURES if name in there]})


@rows_of(
    "metric",
    "head",
    measure="measure",
    memorised=MEMORISED,
    memorised_err="standard error of memorised multigrams",
    layer="layer",
    number="head of the layer",
    verdict="verdict",
    regime_word="kind of number",
)
def head_memory(db: Snapshot, run: str, measure: str = LLC, step: int | None = None) -> pd.DataFrame:
    """A measure of each head beside the multigrams that it has memorised, at one step."""
    return db.rows(
        f"""
        {_BESIDE}, chosen AS (SELECT * FROM both_known WHERE measure = ?),
        nearest AS (SELECT {AT_OR_BEFORE} AS step FROM chosen)
        SELECT c.*, coalesce(k.kind, h.kind) AS kind, e.regime_word
        FROM chosen c JOIN nearest USING (step)
        LEFT JOIN head_kind k ON k.run = ? AND k.step = c.step AND k.head = c.head
        LEFT JOIN head h ON h.run = ? AND h.head = c.head
        LEFT JOIN ({HEAD_LLC}) e ON e.head = c.head AND e.step = c.step AND c.measure = '{LLC}'
          AND e.distribution = 'all' AND e.target = 'data'
        ORDER BY layer, c.number
        """,
        [run, run, run, run, measure, step, run, run, run],
    )


@rows_of(
    "metric", measure="measure", layer="layer", rho="Spearman’s ρ with memorised multigrams", heads="heads"
)
def head_memory_ranks(db: Snapshot, run: str) -> pd.DataFrame:
    """Rank correlation of each measure with memorised multigrams, within each layer, at each step."""
    return db.rows(
        f"""
        {_BESIDE}, ranked AS (
            SELECT measure, layer, step,
                   rank() OVER (PARTITION BY measure, layer, step ORDER BY value)
                   + (count(*) OVER (PARTITION BY measure, layer, step, value) - 1) / 2 AS one,
                   rank() OVER (PARTITION BY measure, layer, step ORDER BY memorised)
                   + (count(*) OVER (PARTITION BY measure, layer, step, memorised) - 1) / 2 AS other
            FROM both_known
        )
        SELECT measure, layer, step, corr(one, other) AS rho, count(*) AS heads FROM ranked
        GROUP BY measure, layer, step HAVING count(*) > 1 AND isfinite(corr(one, other))
        ORDER BY measure, layer, step
        """,
        [run] * 4,
    )


@rows_of(
    "llc_sweep",
    "head",
    layer="layer",
    number="head of the layer",
    place="rank of λ̂ among heads (1: lowest)",
    usual="the run’s setting",
    regime_word="kind of number",
)
def head_ladder(db: Snapshot, run: str, step: int | None = None) -> pd.DataFrame:
    """Reliable and other λ̂ of heads at each nβ that was tried at one step, at the run’s γ, with its rank."""
    return db.rows(
        f"""
        WITH usual AS (
            SELECT step, head, nbeta, gamma, llc, std_err, verdict, regime_word FROM ({HEAD_LLC})
            WHERE distribution = 'all' AND target = 'data'
        ), ladder AS (
            SELECT s.step, s.component AS head, s.nbeta, s.llc, s.std_err, s.verdict, s.regime,
                   NULL AS regime_word, false AS usual
            FROM llc_sweep s WHERE s.run = ? AND s.component LIKE 'head %' AND s.distribution = 'all'
              AND s.gamma IN (SELECT gamma FROM usual) AND s.nbeta NOT IN (SELECT nbeta FROM usual)
            UNION ALL
            SELECT step, head, nbeta, llc, std_err, verdict, NULL, regime_word, true FROM usual
            WHERE step IN (SELECT step FROM llc_sweep WHERE run = ? AND component LIKE 'head %')
        ), nearest AS (
            SELECT {AT_OR_BEFORE} AS step FROM ladder WHERE NOT usual
        )
        SELECT l.*, {LAYER.format("l.head")} AS layer, {PLACE.format("l.head")} AS number, h.kind,
               rank() OVER (PARTITION BY l.nbeta ORDER BY l.llc) AS place
        FROM ladder l JOIN nearest USING (step) LEFT JOIN head h ON h.run = ? AND h.head = l.head
        WHERE l.llc IS NOT NULL AND isfinite(l.llc) ORDER BY nbeta, layer, number
        """,
        [run, run, run, step, run],
    )


@rows_of("llc_sweep", rho="ρ with the run", reliable="reliable")
def head_ladder_orders(db: Snapshot, run: str) -> pd.DataFrame:
    """How far the order of heads at another setting is that of the run’s, at each step with a sweep.

    rho: Spearman's ρ. regime: median over heads of ∂ ln λ̂ / ∂ ln nβ there.
    """
    return db.rows(
        f"""
        WITH usual AS (
            SELECT step, head, llc, verdict FROM ({HEAD_LLC}) WHERE distribution = 'all' AND target = 'data'
        ), pairs AS (
            SELECT s.step, s.nbeta, s.gamma, s.llc AS other, u.llc AS llc, s.regime,
                   (s.{IS_RELIABLE} AND u.{IS_RELIABLE}) AS both_reliable
            FROM llc_sweep s JOIN usual u ON u.step = s.step AND u.head = s.component
            WHERE s.run = ? AND s.distribution = 'all' AND isfinite(s.llc) AND isfinite(u.llc)
        ), ranked AS (
            SELECT *, rank() OVER (PARTITION BY step, nbeta, gamma ORDER BY llc) AS one,
                   rank() OVER (PARTITION BY step, nbeta, gamma ORDER BY other) AS two
            FROM pairs
        )
        SELECT step, nbeta, gamma, corr(one, two) AS rho, median(regime) AS regime,
               count_if(both_reliable) AS reliable
        FROM ranked GROUP BY step, nbeta, gamma HAVING count(*) > 2 ORDER BY step, gamma, nbeta
        """,
        [run, run],
    )
