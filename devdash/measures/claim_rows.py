"""Rows of the table claim, which every experiment fills in the same way: judge a claim, write its row."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import nan

from devdash.measures.findings import Finding, MissingData, together
from devdash.verdicts import FAILS, HOLDS, UNDECIDED

WORDS = {True: HOLDS, False: FAILS, None: UNDECIDED}


@dataclass(frozen=True)
class Claim:
    """A claim with its rule. judge: → Finding, of one model where the claim is about several.

    rewritten: where the rule was written anew after results were seen, what it was and why.

    >>> claim = Claim(lambda model: Finding(True, f"{model}: 2.1"), "X-1", "It rises.", "2.0", "at the end")
    >>> claim.judge("seed 0").measured
    'seed 0: 2.1'
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
    """One claim. verdict: True, False, or None for undecided; low, high: interval of what was measured.

    >>> paper = "arXiv 2402.02364"
    >>> facts = row("X-1", "λ̂ rises.", "2.0", "2.1", None, "at the end", "llc_curve", 1.9, 2.3, paper=paper)
    >>> facts["verdict"], facts["low"], len(facts)
    ('undecided', 1.9, 11)
    """
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
    """Row of a claim; undecided, with the reason, where the tables lack what it needs.

    >>> def no_data():
    ...     raise MissingData("no λ̂ of seed 1")
    >>> facts = judged(Claim(no_data, "X-1", "λ̂ rises.", "yes", "at the end"), paper="arXiv 2402.02364")
    >>> facts["verdict"], facts["measured"]
    ('undecided', 'no λ̂ of seed 1')
    """
    try:
        finding = claim.judge(*arguments)
    except MissingData as lacking:
        finding = Finding(None, str(lacking))
    return _row(claim, finding, paper)


def over_models(claim: Claim, models: Sequence[str], *, paper: str) -> dict:
    """Row of a claim judged for the main model, the first, and for every other that has the data.

    It holds if it does for each of them and fails if it fails for one; low and high are the main model's.

    >>> rises = {"seed 0": Finding(True, "+2.1"), "seed 1": Finding(False, "-0.3")}
    >>> claim = Claim(rises.get, "X-1", "λ̂ rises.", "yes", "at the end")
    >>> facts = over_models(claim, ["seed 0", "seed 1"], paper="arXiv 2402.02364")
    >>> facts["verdict"], facts["measured"]
    ('fails', 'seed 0: +2.1. seed 1: -0.3. Holds for 1 of 2 seeds')
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
