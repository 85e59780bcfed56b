"""Programs: codes, edges from them, the posterior over programs, and live runs of the stored machines.

A problem's edges are measured at several lengths and numbers of steps; live runs use the last of these
settings, that with most steps. An edge is named as in the table program_order.
"""

import numpy as np
import pandas as pd

from devdash.models import turing
from devdash.store.snapshot import Snapshot

SETTING = "problem, shortest, longest, steps"
BASE = "shortest = 1 AND longest = 3 AND steps = 5 AND sample = 'expected counts'"
SHOWN = 6  # squares on either side of the head


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


def program_codes(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """The table of tuples of a problem."""
    return db.rows(
        "SELECT * EXCLUDE (run) FROM program_code WHERE run = ? AND problem = ? ORDER BY place",
        [run, problem],
    )


def program_orders(db: Snapshot, run: str, problem: str = "detectA") -> pd.DataFrame:
    """Orders of vanishing of a problem's edges at every measured setting."""
    return db.rows(
        """
        SELECT * EXCLUDE (run), bool_and(kind = 'flat') OVER (PARTITION BY edge) AS always_flat
        FROM program_order WHERE run = ? AND problem = ? ORDER BY longest, steps, place, part, entry
        """,
        [run, problem],
    )


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


def program_tape(
    db: Snapshot,
    run: str,
    problem: str = "detectA",
    word: str | None = None,
    edge: str | None = None,
    mass: float = 0.0,
) -> pd.DataFrame:
    """The smooth run on a word, computed now: chance of each symbol on squares around the head by step."""
    found = _live_run(db, run, problem, word, edge, mass)
    if found is None:
        return pd.DataFrame(columns=["step", "square", "symbol", "chance"])
    machine, tapes, _ = found
    return _long(tapes, ("step", "square", "symbol"), square=-(tapes.shape[1] // 2), symbol=machine.symbols)


def program_states(
    db: Snapshot,
    run: str,
    problem: str = "detectA",
    word: str | None = None,
    edge: str | None = None,
    mass: float = 0.0,
) -> pd.DataFrame:
    """Chance of each state by step in the same run."""
    found = _live_run(db, run, problem, word, edge, mass)
    if found is None:
        return pd.DataFrame(columns=["step", "state", "chance"])
    machine, _, states = found
    return _long(states, ("step", "state"), state=machine.states)


def program_loss(
    db: Snapshot,
    run: str,
    problem: str = "detectA",
    word: str | None = None,
    edge: str | None = None,
    mass: float = 0.0,
) -> pd.DataFrame:
    """Computed now: K over all words at `mass` of an edge, the loss on one word and its right answer."""
    texts, program = program_words(db, run, problem), _program(db, run, problem, edge, mass)
    if texts.empty or program is None:
        return pd.DataFrame(columns=["edge", "mass", "loss", "word", "word_loss", "answer"])
    machine, w, edge, live = program
    word = word if word in set(texts["word"]) else _first_word(texts)
    answers = np.array([machine.states.index(answer) for answer in texts["answer"]])
    losses = turing.nats(turing.final_states(machine, w, list(texts["word"]), int(live["steps"])), answers)
    lengths = texts["word"].str.len()
    chance = 2.0**-lengths / lengths.nunique()
    own = int(np.flatnonzero(texts["word"] == word)[0])
    facts = {
        "edge": edge,
        "mass": mass,
        "loss": float((chance * losses).sum()),
        "word": word,
        "word_loss": losses[own],
        "answer": texts["answer"].iloc[own],
    }
    return pd.DataFrame([facts])


def program_slopes(db: Snapshot, run: str, n: float = 10_000.0) -> pd.DataFrame:
    """E[nL] at each temperature of the problems of two states, with the regression's numbers."""
    return db.rows(
        f"""
        SELECT t.* EXCLUDE (run), l.slope, l.slope_err, l.r2
        FROM program_temperature t JOIN program_llc l USING (run, {SETTING}, n, sample)
        WHERE t.run = ? AND {BASE} AND n = ? ORDER BY slope, problem, temperature
        """,
        [run, n],
    )


def program_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every setting with expected counts; base: which differ in n alone."""
    return db.rows(
        f"""
        SELECT * EXCLUDE (run), {BASE} AS base FROM program_llc
        WHERE run = ? AND sample = 'expected counts' ORDER BY ALL
        """,
        [run],
    )


def program_starts(db: Snapshot, run: str) -> pd.DataFrame:
    """Chains from the code against chains from the prior at temperature log n, in units of λ."""
    return db.rows(
        f"""
        SELECT {SETTING}, n, sample, gap / temperature AS gap, gap_err / temperature AS gap_err,
               energy / temperature AS llc, rhat, verdict
        FROM program_temperature WHERE run = ? AND at_log_n
        ORDER BY sample = 'expected counts' DESC, {SETTING}, n, sample
        """,
        [run],
    )


def program_reported(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ on drawn examples beside the reported values, over the longest word."""
    return db.rows(
        f"""
        SELECT {SETTING}, n, sample, llc, std_err, slope, slope_err, r2, dimension, verdict, false AS reported
        FROM program_llc WHERE run = ? AND sample <> 'expected counts'
        UNION ALL BY NAME
        SELECT {SETTING}, n, sample, llc, 'reported (unverified)' AS verdict, true AS reported
        FROM program_reported WHERE run = ?
        ORDER BY problem, longest, reported, sample
        """,
        [run, run],
    )


def program_draws(
    db: Snapshot, run: str, problem: str = "detectA", part: str = "write", n: float = 10_000.0
) -> pd.DataFrame:
    """Posterior draws of one part of every tuple, and what the code does there."""
    return db.rows(
        f"""
        SELECT d.start, d.chain, d.draw, d.place, d.first, d.second, d.third, c.symbol, c.state,
               CASE d.part WHEN 'write' THEN c.write WHEN 'state' THEN c.next_state ELSE c.move END AS coded
        FROM program_draw d JOIN program_code c USING (run, problem, place)
        WHERE d.run = ? AND d.problem = ? AND d.part = ? AND d.n = ? AND {BASE}
        ORDER BY d.place, d.chain, d.draw
        """,
        [run, problem, part, n],
    )


def _live() -> str:
    """The setting of a problem's live runs; binds run and problem."""
    return f"""
        SELECT DISTINCT {SETTING} FROM program_order WHERE run = ? AND problem = ?
        ORDER BY steps DESC, longest DESC LIMIT 1
    """


def _program(db: Snapshot, run: str, problem: str, edge: str | None, mass: float):
    """Machine, program at `mass` of an edge, the edge's name, its live row; None where nothing is stored."""
    codes = program_codes(db, run, problem)
    rows = db.rows(
        f"SELECT o.* FROM program_order o JOIN ({_live()}) AS live USING ({SETTING}) WHERE o.run = ? "
        "ORDER BY kind = 'resolved' DESC, vanishing DESC, place",
        [run, problem, run],
    )
    if codes.empty or rows.empty:
        return None
    names = (tuple(codes[column].drop_duplicates()) for column in ("symbol", "state"))
    machine = turing.Machine(*names, codes["start_state"].iloc[0])
    parts = zip(codes["write"], codes["next_state"], codes["move"], strict=True)
    code = turing.encode(machine, dict(zip(machine.pairs, parts, strict=True)))
    known = rows[rows["edge"] == edge]
    own = known.iloc[0] if len(known) else rows.iloc[0]
    entry = (int(own["place"]), own["part"], int(own["entry"]))
    return machine, turing.mixed(machine, code, entry, mass), own["edge"], own


def _live_run(db: Snapshot, run: str, problem: str, word: str | None, edge: str | None, mass: float):
    """Machine, tapes (step, square, symbol), states (step, state); None where nothing is stored."""
    texts, program = program_words(db, run, problem), _program(db, run, problem, edge, mass)
    if texts.empty or program is None:
        return None
    machine, w, _, live = program
    word = word if word in set(texts["word"]) else _first_word(texts)
    return machine, *turing.run(machine, w, word, int(live["steps"]), SHOWN)


def _first_word(texts: pd.DataFrame) -> str:
    """A long word whose first A stands last, such as BBBA."""
    return "B" * (texts["word"].str.len().max() - 1) + "A"


def _long(values: np.ndarray, axes: tuple[str, ...], square: int = 0, **names) -> pd.DataFrame:
    """One row per value; names: of an axis's places; square: number of the first square."""
    places = [axis.ravel() for axis in np.indices(values.shape)]
    columns = {
        axis: np.array(names[axis])[place] if axis in names else place + (square if axis == "square" else 0)
        for axis, place in zip(axes, places, strict=True)
    }
    return pd.DataFrame(columns | {"chance": values.ravel()})
