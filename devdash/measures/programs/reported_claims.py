"""Claim P-7: λ̂ on drawn examples beside numbers that were reported, which could not be confirmed."""

import math
from functools import partial

import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import below, falls
from devdash.measures.trends import mean_interval, trend
from devdash.verdicts import is_reliable

PAPER = "arXiv 2103.16080"
row = partial(claim_rows.row, paper=PAPER)
COUNTED = "expected counts"  # all words at their share, in place of drawn examples
UNVERIFIED = ": reported (unverified)"
REPORTED = (  # problem, longest word, steps (None: as detectA here), λ̂; recalled, not confirmed
    ("detectA", 7, None, 8.0),
    ("detectA", 10, None, 3.3),
    ("parityCheck", 5, 42, 4.4),
    ("parityCheck", 6, 42, 4.0),
    ("parityCheck", 7, 42, 3.9),
)


def reported(shortest: int, steps: int, n: float) -> pd.DataFrame:
    """Rows of program_reported. shortest, steps: of detectA; words of parityCheck have 1 letter or more.

    >>> reported(shortest=1, steps=10, n=200)[["problem", "longest", "steps", "llc"]].head(2)
       problem  longest  steps  llc
    0  detectA        7     10  8.0
    1  detectA       10     10  3.3
    """
    return pd.DataFrame(
        [
            {
                "problem": problem,
                "shortest": shortest if time is None else 1,
                "longest": longest,
                "steps": time or steps,
                "n": n,
                "sample": "reported (unverified)",
                "llc": value,
            }
            for problem, longest, time, value in REPORTED
        ]
    )


def _paper(llc: pd.DataFrame, problem: str) -> pd.DataFrame:
    """λ̂ on drawn examples, as in the published table."""
    return llc[(llc["problem"] == problem) & (llc["sample"] != COUNTED)]


def far_below(llc: pd.DataFrame, problem: str, longest: int) -> dict:
    """P-7: λ̂ below a quarter of dim W, which is half of dim W/2, at the longest words.

    >>> facts = {"problem": "detectA", "sample": "drawn", "longest": 10, "verdict": "reliable"}
    >>> rows = pd.DataFrame(facts | {"llc": [3.1, 3.4], "std_err": 0.1, "dimension": 30})
    >>> facts = far_below(rows, "detectA", longest=10)
    >>> facts["verdict"], facts["measured"]
    ('holds', '3.25, dim W/2 = 15; 2 of 2 estimates reliable')
    """
    rows = _paper(llc, problem)
    rows = rows[rows["longest"] == longest]
    measured = mean_interval(rows["llc"], rows["std_err"])
    half = rows["dimension"].iloc[0] / 2 if len(rows) else math.nan
    return row(
        f"P-7 ({problem}, size)",
        f"λ̂ of {problem} at n = 200 and b = {longest} is far below dim W/2.",
        _published(problem),
        f"{rows['llc'].mean():.2f}, dim W/2 = {half:g}; {_counted(rows)}" if len(rows) else "not measured",
        below(measured, half / 2) if is_reliable(rows).all() else None,
        "holds if the 95 % interval lies below half of dim W/2; over data sets, of chains if there is one",
        "program_reported",
        *measured,
    )


def decline(llc: pd.DataFrame, reported: pd.DataFrame, problem: str) -> dict:
    """P-7: the slope of λ̂ on b, with errors of the chains and of the data sets.

    >>> facts = {"problem": "detectA", "sample": "drawn", "longest": [7, 10], "verdict": "reliable"}
    >>> rows = pd.DataFrame(facts | {"llc": [8.0, 3.4], "std_err": 0.1})
    >>> facts = decline(rows, reported(1, 10, 200), "detectA")
    >>> facts["verdict"], facts["measured"]
    ('holds', '8.00 at b = 7, 3.40 at b = 10; 2 of 2 estimates reliable')
    """
    rows = _paper(llc, problem)
    slope = trend(rows["longest"], rows["llc"], rows["std_err"])
    means = rows.groupby("longest")["llc"].mean()
    published = reported[reported["problem"] == problem].sort_values("longest")
    return row(
        f"P-7 ({problem}, trend)",
        f"λ̂ of {problem} at n = 200 falls as words grow longer.",
        ", ".join(f"{r['llc']:g} at b = {r['longest']}" for _, r in published.iterrows()) + UNVERIFIED,
        ", ".join(f"{value:.2f} at b = {b}" for b, value in means.items()) + f"; {_counted(rows)}",
        falls(slope) if is_reliable(rows).all() else None,
        f"slope on b {sum(slope) / 2:+.2f}; holds if its 95 % interval lies below 0",
        "program_reported",
        *slope,
    )


def _published(problem: str) -> str:
    values = [(longest, value) for name, longest, _, value in REPORTED if name == problem]
    return f"{values[-1][1]:g} at b = {values[-1][0]}{UNVERIFIED}"


def _counted(rows: pd.DataFrame) -> str:
    return f"{is_reliable(rows).sum()} of {len(rows)} estimates reliable"
