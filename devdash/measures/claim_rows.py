"""Rows of the table claim, which every experiment fills in the same way."""

from math import nan

WORDS = {True: "holds", False: "fails", None: "undecided"}


def row(claim, statement, published, measured, verdict, how, figure, low=nan, high=nan, *, paper) -> dict:
    """One claim. verdict: True, False, or None for undecided; low, high: interval of what was measured."""
    return {
        "claim": claim,
        "paper": paper,
        "statement": statement,
        "published": published,
        "measured": measured,
        "low": low,
        "high": high,
        "verdict": WORDS[verdict],
        "how": how,
        "figure": figure,
    }
