"""Codes of Turing machines, and what an error in one entry costs.

A problem's edges are measured at several lengths and numbers of steps; live runs use the last of these
settings, that with most steps. An edge is named as in the table program_order.
"""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.snapshot import Snapshot

SETTING = "problem, shortest, longest, steps"


@rows_of(
    "program_order",
    edges="entries that can go wrong",
    flat="of these, flat",
    not_resolved="of these, not resolved",
)
def program_problems(db: Snapshot, run: str) -> pd.DataFrame:
    """Problems whose edges are measured, with the setting of their live runs and what edges there are."""
    return db.rows(
        """
        SELECT problem, shortest, longest, steps, count(*) AS edges,
               count(*) FILTER (kind = 'flat') AS flat,
               count(*) FILTER (kind = 'not resolved') AS not_resolved
        FROM program_order WHERE run = ? GROUP BY problem, shortest, longest, steps
        QUALIFY row_number() OVER (PARTITION BY problem ORDER BY steps DESC, longest DESC) = 1
        ORDER BY problem = 'detectA' DESC, problem
        """,
        [run],
    )


@rows_of("program_word")
def program_words(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """Words that a problem's live runs can take, with the right answers; long ones first."""
    return db.rows(
        f"""
        SELECT word, answer FROM program_word w, ({_live()}) AS live
        WHERE w.run = ? AND w.problem = ? AND length(word) BETWEEN live.shortest AND live.longest
        ORDER BY length(word) DESC, word
        """,
        [run, problem, run, problem],
    )


@rows_of("program_code")
def program_codes(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """The table of tuples of a problem."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM program_code WHERE run = ? AND problem = ? ORDER BY place",
        [run, problem],
    )


@rows_of("program_order", always_flat="flat at every setting")
def program_orders(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """Orders of vanishing of a problem's edges at every measured setting."""
    return db.rows(
        """
        SELECT * EXCLUDE (run), bool_and(kind = 'flat') OVER (PARTITION BY edge) AS always_flat
        FROM program_order WHERE run = ? AND problem = ? ORDER BY longest, steps, place, part, entry
        """,
        [run, problem],
    )


@rows_of("program_edge", "program_order")
def program_edges(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """K(e) along every edge at the setting of the live runs, with its order."""
    return db.rows(
        f"""
        SELECT e.edge, e.mass, e.loss, o.kind, o.vanishing
        FROM program_edge e JOIN program_order o USING (run, {SETTING}, edge)
        JOIN ({_live()}) AS live USING ({SETTING})
        WHERE e.run = ? ORDER BY e.place, e.part, e.entry, e.mass
        """,
        [run, problem, run],
    )


@rows_of("program_order")
def program_live_edges(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """Edges of a problem at the setting of its live runs, those that cost the highest power first."""
    return db.rows(
        f"""
        SELECT o.* EXCLUDE (run) FROM program_order o JOIN ({_live()}) AS live USING ({SETTING})
        WHERE o.run = ? ORDER BY kind = 'resolved' DESC, vanishing DESC, place
        """,
        [run, problem, run],
    )


def _live() -> str:
    """The setting of a problem's live runs; binds run and problem."""
    return f"""
        SELECT DISTINCT {SETTING} FROM program_order WHERE run = ? AND problem = ?
        ORDER BY steps DESC, longest DESC LIMIT 1
    """
