"""Texts token by token: losses and guesses at a step, and loss by position."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

BACKGROUND = 8  # curves of other steps, for comparison


@rows_of("run")
def reading_runs(db: Snapshot) -> pd.DataFrame:
    """Runs with texts to read."""
    return db.rows("SELECT run, experiment FROM run WHERE run IN (SELECT run FROM text_loss)", [])


@rows_of("text_token", tokens="tokens", beginning="how it begins")
def texts(db: Snapshot, run: str) -> pd.DataFrame:
    """Texts of a run: kind, source, length and how each begins."""
    return db.rows(
        """
        SELECT x.text, any_value(x.distribution) AS distribution, any_value(x.source) AS source,
               count(*) AS tokens,
               string_agg(t.text, '' ORDER BY x.position) FILTER (x.position BETWEEN 1 AND 12) AS beginning
        FROM text_token x LEFT JOIN token t USING (run, token_id)
        WHERE x.run = ? GROUP BY x.text ORDER BY distribution, x.text
        """,
        [run],
    )


@rows_of("text_loss")
def reading_steps(db: Snapshot, run: str) -> pd.DataFrame:
    """Steps at which each model read the texts; the model with most weights to it first."""
    return db.rows(
        """
        WITH measured AS (SELECT model, count(*) AS metrics FROM metric WHERE run = ? GROUP BY model)
        SELECT model, step FROM (SELECT DISTINCT model, step FROM text_loss WHERE run = ?)
        LEFT JOIN measured USING (model) ORDER BY metrics DESC NULLS LAST, model, step
        """,
        [run, run],
    )


@rows_of(
    "text_loss",
    loss_before="loss before (nats)",
    before="step before",
    change="change of log-probability (nats)",
)
def text_losses(db: Snapshot, run: str, model=None, text=None, step=None, before=None) -> pd.DataFrame:
    """One text's tokens with loss and three guesses at two steps; by default the first text at the
    last and the first step. `change`: of the token's log-probability, in nats."""
    model, text, step, before = _reading(db, run, model, text, step, before)
    guesses = ", ".join(
        f"(SELECT text FROM token t WHERE t.run = x.run AND t.token_id = {when}.guess_{place}) "
        f"AS {when}_guess_{place}, {when}.chance_{place} AS {when}_chance_{place}"
        for when in ("earlier", "later")
        for place in (1, 2, 3)
    )
    return db.rows(
        f"""
        WITH losses AS (SELECT * FROM text_loss WHERE run = ? AND model = ? AND text = ?)
        SELECT x.position, coalesce(k.text, '�') AS token, later.loss_nats,
               earlier.loss_nats AS loss_before, earlier.loss_nats - later.loss_nats AS change,
               ? AS step, ? AS before, {guesses}
        FROM text_token x
        LEFT JOIN token k ON k.run = x.run AND k.token_id = x.token_id
        LEFT JOIN losses later ON later.position = x.position AND later.step = ?
        LEFT JOIN losses earlier ON earlier.position = x.position AND earlier.step = ?
        WHERE x.run = ? AND x.text = ? ORDER BY x.position
        """,
        [run, model, text, step, before, step, before, run, text],
    )


@rows_of("position_loss", role="role")
def position_losses(
    db: Snapshot, run: str, model=None, distribution=None, step=None, before=None
) -> pd.DataFrame:
    """Loss by position of a model on one kind of text at two steps (`role` later, earlier), and at a
    few others for comparison."""
    model, _, step, before = _reading(db, run, model, None, step, before)
    return db.rows(
        """
        WITH losses AS (
            SELECT * EXCLUDE (run) FROM position_loss WHERE run = ? AND model = ?
              AND distribution = coalesce(?, (SELECT min(distribution) FROM position_loss WHERE run = ?))
        ), steps AS (
            SELECT step, ntile(?) OVER (ORDER BY step) AS part FROM (SELECT DISTINCT step FROM losses)
        ), drawn AS (
            SELECT min(step) AS step FROM steps GROUP BY part
            UNION SELECT step FROM steps WHERE step IN (?, ?)
        )
        SELECT *, CASE step WHEN ? THEN 'later' WHEN ? THEN 'earlier' ELSE 'other' END AS role
        FROM losses JOIN drawn USING (step) ORDER BY step, position
        """,
        [run, model, distribution, run, BACKGROUND, step, before, step, before],
    )


def _reading(db: Snapshot, run: str, model, text, step, before) -> tuple:
    """The given values; by default the first model and text, its last and its first step."""
    checkpoints = reading_steps(db, run)
    if checkpoints.empty:
        return model, text, step, before
    model = checkpoints["model"].iloc[0] if model is None else model
    steps = checkpoints.loc[checkpoints["model"] == model, "step"]
    if text is None:
        text = int(texts(db, run)["text"].iloc[0])
    return (
        model,
        text,
        int(steps.iloc[-1]) if step is None else step,
        int(steps.iloc[0]) if before is None else before,
    )
