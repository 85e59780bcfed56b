"""The posterior over programs: temperatures, λ̂, draws, reported values."""

import pandas as pd

from devdash.store.labels import rows_of
from devdash.store.queries.programs.codes import SETTING
from devdash.store.snapshot import Snapshot

BASE = "shortest = 1 AND longest = 3 AND steps = 5 AND sample = 'expected counts'"


@rows_of("program_temperature", "program_llc")
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


@rows_of("program_llc", base="differs in n alone")
def program_llc(db: Snapshot, run: str) -> pd.DataFrame:
    """λ̂ of every setting with expected counts; base: which differ in n alone."""
    return db.rows(
        f"""
        SELECT * EXCLUDE (run), {BASE} AS base FROM program_llc
        WHERE run = ? AND sample = 'expected counts' ORDER BY ALL
        """,
        [run],
    )


@rows_of(
    "program_temperature",
    llc="λ̂",
    gap="code − prior, in units of λ",
    gap_err="standard error of code − prior, in units of λ",
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


@rows_of("program_llc", "program_reported", llc="λ̂", reported="reported (unverified)")
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


@rows_of("program_draw", "program_code", coded="what the code does")
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
