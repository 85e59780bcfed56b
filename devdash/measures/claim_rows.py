"""Rows of the table claim, which every experiment fills in the same way: judge a claim, write its row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

from devdash.measures.findings import Finding, MissingData, together

WORDS = {True: "holds", False: "fails", None: "undecided"}


@dataclass(frozen=True)
class Claim:
    """A claim with its rule. judge: → Finding, of one model where the claim is about several.

    rewritten: where the rule was written anew after results were seen, what it was and why.
    """

    judge: Callable[..., Finding]
    claim: str
    statement: str
    published: str
    how: str
    figure: str = ""
    rewritten: str | None = None


def row(
    claim, statement, published, measured, verdict, how, figure, low=nan, high=nan, rewritten=None, *, paper
) -> dict:
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
        "rewritten": rewritten,
    }


def judged(claim: Claim, *arguments, paper: str) -> dict:
    """Row of a claim; undecided, with the reason, where the tables lack what it needs."""
    try:
        finding = claim.judge(*arguments)
    except MissingData as lacking:
        finding = Finding(None, str(lacking))
    return _row(claim, finding, paper)


def over_models(claim: Claim, models: Sequence[str], *, paper: str) -> dict:
    """Row of a claim judged for the main model, the first, and for every other that has the data.

    It holds if it does for each of them and fails if it fails for one; low and high are the main model's.
    """
    findings = {}
    for model in models:
        try:
            findings[model] = claim.judge(model)
        except MissingData as lacking:
            if model == models[0]:
                findings[model] = Finding(None, str(lacking))
    holds = sum(finding.verdict is True for finding in findings.values())
    words = [f"{model}: {finding.measured}" for model, finding in findings.items()]
    main = findings[models[0]]
    whole = Finding(
        together(finding.verdict for finding in findings.values()),
        ". ".join([*words, f"Holds for {holds} of {len(findings)} seeds"]),
        main.low,
        main.high,
    )
    return _row(claim, whole, paper)


def _row(claim: Claim, finding: Finding, paper: str) -> dict:
    return row(
        claim.claim,
        claim.statement,
        claim.published,
        finding.measured,
        finding.verdict,
        claim.how,
        claim.figure,
        finding.low,
        finding.high,
        claim.rewritten,
        paper=paper,
    )
