"""The multigram circuit: paths between heads, what heads memorise, and which heads carry a multigram.

Ablations are measured at a few checkpoints: each query takes the nearest one at or before the step that
is asked for, the first one where there is none, the last one by default.
"""

import pandas as pd

from devdash.store.snapshot import Snapshot

PATH = "path effect"
CONTEXT = 12  # tokens shown before one that is named
NEAREST = """nearest AS (
            SELECT coalesce(max(step) FILTER (step <= coalesce(?, step)), min(step)) AS step FROM own
        )"""
LAYER = r"TRY_CAST(regexp_extract({}, '(\d+)\.\d+$', 1) AS INT)"
PLACE = r"TRY_CAST(regexp_extract({}, '\d+\.(\d+)$', 1) AS INT)"


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


def circuit_steps(db: Snapshot, run: str) -> pd.DataFrame:
    """Checkpoints, for the cursor."""
    return db.rows(
        """
        SELECT step FROM checkpoint WHERE run = ? UNION SELECT step FROM path_effect WHERE run = ?
        UNION SELECT step FROM ablation WHERE run = ? ORDER BY step
        """,
        [run, run, run],
    )


def circuit_heads(db: Snapshot, run: str) -> pd.DataFrame:
    """Heads with layer, number, kind, and the multigrams each memorised at the last measured step."""
    return db.rows(
        f"""
        WITH known AS (
            SELECT component AS head FROM ablation WHERE run = ?
            UNION SELECT component FROM multigram_effect WHERE run = ?
            UNION SELECT source FROM path_effect WHERE run = ?
            UNION SELECT reader FROM path_effect WHERE run = ?
        ), count AS (
            SELECT component AS head, arg_max(value, step) AS memorised FROM metric
            WHERE run = ? AND name = 'memorised multigrams' GROUP BY component
        )
        SELECT k.head, {LAYER.format("k.head")} AS layer, {PLACE.format("k.head")} AS number, h.kind,
               c.memorised
        FROM known k LEFT JOIN head h ON h.run = ? AND h.head = k.head LEFT JOIN count c ON c.head = k.head
        WHERE layer IS NOT NULL ORDER BY layer, number
        """,
        [run] * 6,
    )


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


def circuit_edges(
    db: Snapshot, run: str, edge: str = PATH, tag: str = "all", step: int | None = None
) -> pd.DataFrame:
    """Strength of each pair of heads at one step; `least` and `most`: over all steps and pairs."""
    return db.rows(
        f"""
        WITH own AS (
            SELECT step, source, reader, effect_nats AS strength, std_err FROM path_effect
            WHERE run = ? AND tag = ? AND ? = '{PATH}'
            UNION ALL
            SELECT step, split_part(component, ' → ', 1), split_part(component, ' → ', 2), value, std_err
            FROM metric WHERE run = ? AND name = ?
        ), {NEAREST}, ranged AS (
            SELECT *, min(strength) OVER () AS least, max(strength) OVER () AS most FROM own
        )
        SELECT step, source, reader, strength, std_err, least, most FROM ranged JOIN nearest USING (step)
        WHERE strength IS NOT NULL ORDER BY abs(strength), source, reader
        """,
        [run, tag, edge, run, edge, step],
    )


def tag_effects(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """Rise in loss by tag and by kind of text when one head is ablated, for each method of ablation."""
    return db.rows(
        f"""
        WITH own AS (SELECT * FROM ablation WHERE run = ? AND component = ?), {NEAREST}
        SELECT step, component, method, distribution, tag, effect_nats, std_err, tokens
        FROM own JOIN nearest USING (step) ORDER BY distribution <> 'all', distribution, tag, method
        """,
        [run, _head(db, run, head), step],
    )


def head_multigrams(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """A head's effect on each multigram at one step, and over all steps as a list; first what it ever
    affected most, so that the order is the same at every step."""
    return db.rows(
        f"""
        WITH own AS (SELECT * FROM multigram_effect WHERE run = ? AND component = ?), {NEAREST}
        SELECT m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences,
               any_value(nearest.step) AS step,
               any_value(o.effect_nats) FILTER (o.step = nearest.step) AS effect_nats,
               any_value(o.std_err) FILTER (o.step = nearest.step) AS std_err,
               list(o.effect_nats ORDER BY o.step) AS trend
        FROM own o JOIN multigram m USING (run, multigram), nearest
        GROUP BY m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences
        ORDER BY max(o.effect_nats) DESC NULLS LAST, m.multigram
        """,
        [run, _head(db, run, head), step],
    )


def multigram_names(db: Snapshot, run: str) -> pd.DataFrame:
    """Multigrams with effects, and from where to where each migrates: the clearest first, then those
    that do not migrate by their largest effect."""
    return db.rows(
        """
        WITH own AS (
            SELECT multigram, max(effect_nats) AS strongest FROM multigram_effect WHERE run = ? GROUP BY ALL
        ), moved AS (
            SELECT * EXCLUDE (run), least(peak_nats - end_nats, gain_nats) AS clear
            FROM migration WHERE run = ?
            QUALIFY row_number() OVER (PARTITION BY multigram ORDER BY clear DESC, source, reader) = 1
        )
        SELECT m.multigram, m.text, m.kind, m.count, m.probability, m.occurrences, o.strongest, v.source,
               v.reader, v.peak_step, v.peak_nats, v.end_nats, v.gain_nats, v.std_err
        FROM own o JOIN multigram m ON m.run = ? AND m.multigram = o.multigram
        LEFT JOIN moved v ON v.multigram = o.multigram
        ORDER BY v.clear DESC NULLS LAST, o.strongest DESC NULLS LAST, m.multigram
        """,
        [run, run, run],
    )


def carriers(db: Snapshot, run: str, multigram: int | None = None) -> pd.DataFrame:
    """Effect of every head on one multigram over steps, by default on the first of multigram_names."""
    if multigram is None:
        known = multigram_names(db, run)
        multigram = int(known["multigram"].iloc[0]) if len(known) else None
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


def memorised(db: Snapshot, run: str) -> pd.DataFrame:
    """Multigrams that the heads of a layer have memorised at each step, summed over heads."""
    return db.rows(
        f"""
        SELECT {LAYER.format("component")} AS layer, step, sum(value) AS multigrams FROM metric
        WHERE run = ? AND name = 'memorised multigrams' GROUP BY ALL ORDER BY layer, step
        """,
        [run],
    )


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


def text_effects(
    db: Snapshot, run: str, head: str | None = None, text: int | None = None, step: int | None = None
) -> pd.DataFrame:
    """Tokens of a text in order with their tags, and the rise in loss of each when a head is ablated."""
    if text is None:
        known = effect_texts(db, run)
        text = int(known["text"].iloc[0]) if len(known) else None
    return db.rows(
        f"""
        WITH own AS (SELECT * FROM text_effect WHERE run = ? AND component = ?), {NEAREST}
        SELECT x.position, coalesce(k.text, '�') AS token, o.effect_nats, nearest.step, x.pattern,
               x.induction, x.bracket, x.ngram, x.skip, m.text AS multigram
        FROM eval_token x CROSS JOIN nearest
        LEFT JOIN own o ON o.text = x.text AND o.position = x.position AND o.step = nearest.step
        LEFT JOIN token k ON k.run = x.run AND k.token_id = x.token_id
        LEFT JOIN multigram m ON m.run = x.run AND m.multigram = x.multigram
        WHERE x.run = ? AND x.text = ? AND nearest.step IS NOT NULL ORDER BY x.position
        """,
        [run, _head(db, run, head), step, run, text],
    )


def top_tokens(db: Snapshot, run: str, head: str | None = None, step: int | None = None) -> pd.DataFrame:
    """The tokens that need a head most, with what stands before each, and their tags."""
    return db.rows(
        f"""
        WITH own AS (SELECT * FROM top_token WHERE run = ? AND component = ?), {NEAREST}
        SELECT o.rank, o.step, o.text, o.position, o.effect_nats,
               string_agg(k.text, '' ORDER BY b.position) FILTER (b.position < o.position) AS before,
               any_value(k.text) FILTER (b.position = o.position) AS token, any_value(x.distribution)
               AS distribution, any_value(x.induction) AS induction, any_value(x.bracket) AS bracket,
               any_value(x.ngram) AS ngram, any_value(x.skip) AS skip, any_value(m.text) AS multigram
        FROM own o JOIN nearest USING (step)
        JOIN eval_token x ON x.run = o.run AND x.text = o.text AND x.position = o.position
        JOIN eval_token b ON b.run = o.run AND b.text = o.text
             AND b.position BETWEEN o.position - ? AND o.position
        LEFT JOIN token k ON k.run = b.run AND k.token_id = b.token_id
        LEFT JOIN multigram m ON m.run = x.run AND m.multigram = x.multigram
        GROUP BY o.rank, o.step, o.text, o.position, o.effect_nats ORDER BY o.rank
        """,
        [run, _head(db, run, head), step, CONTEXT],
    )


def target_heads(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of each head over steps, with the data and with another model's outputs as target."""
    return db.rows(
        f"""
        SELECT target, component, {LAYER.format("component")} AS layer, step, llc, std_err, verdict, nbeta,
               gamma
        FROM llc WHERE run = ? AND component LIKE 'head %' AND distribution IN ('', 'all')
        ORDER BY target = 'data' DESC, target, layer, component, step
        """,
        [run],
    )


def target_layers(db: Snapshot, run: str) -> pd.DataFrame:
    """The mean of λ̂ over the heads of a layer, with its error; `verdict` is reliable where each is.

    Estimates that diverged are left out.
    """
    return db.rows(
        f"""
        SELECT target, {LAYER.format("component")} AS layer, step, avg(llc) AS llc,
               sqrt(sum(std_err * std_err)) / count(*) AS std_err, count(*) AS heads,
               CASE WHEN bool_and(verdict = 'reliable') THEN 'reliable' ELSE 'not all reliable' END AS verdict
        FROM llc WHERE run = ? AND component LIKE 'head %' AND distribution IN ('', 'all')
          AND verdict <> 'diverged' AND llc IS NOT NULL
        GROUP BY target, layer, step ORDER BY target = 'data' DESC, target, layer, step
        """,
        [run],
    )


def _head(db: Snapshot, run: str, head: str | None) -> str | None:
    """The given head, by default the one that memorised most."""
    if head is not None:
        return head
    known = circuit_heads(db, run)
    if known.empty:
        return None
    return known.loc[known["memorised"].fillna(0).idxmax(), "head"]


def migrations(db: Snapshot, run: str) -> pd.DataFrame:
    """How many multigrams migrate upwards, and downwards by the same rule."""
    return db.rows(
        "SELECT component AS way, value AS multigrams FROM metric "
        "WHERE run = ? AND name = 'migrating multigrams' ORDER BY way",
        [run],
    )
