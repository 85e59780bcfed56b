"""Claims A-1 … A-7 on the attention heads of a small language model, each computed from the run's tables.

Rules, fixed before results: thresholds are those of the published claims; a value is judged with its 95 %
interval, and undecided where that holds the bound. λ̂ that is not reliable decides nothing.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import Finding, MissingData
from devdash.measures.heads import circuit_findings as circuit
from devdash.measures.heads import llc_findings as curves

row = partial(claim_rows.row, paper="arXiv 2410.02984")
AFTER_GRAMS = "the n-gram stage: the first stages labelled n-grams, else the second stage"


def table(
    metric: pd.DataFrame,
    llc: pd.DataFrame,
    llc_sweep: pd.DataFrame,
    head: pd.DataFrame,
    head_agreement: pd.DataFrame,
    ablation: pd.DataFrame,
    path_effect: pd.DataFrame,
    stage: pd.DataFrame,
    seed: int = 0,
) -> pd.DataFrame:
    """Rows of the table claim, in order, from those tables of one model. seed: of draws from errors."""
    claims = [
        *_on_llc(llc, llc_sweep, head, head_agreement, metric, stage, seed),
        *_on_circuit(llc, head, ablation, path_effect, stage),
    ]
    return pd.DataFrame([judged(*claim) for claim in sorted(claims, key=lambda claim: claim[1])])


def judged(judge: Callable, claim, statement, published, how, figure) -> dict:
    """Row of a claim."""
    try:
        found = judge()
    except MissingData as lacking:
        found = Finding(None, str(lacking))
    return row(claim, statement, published, found.measured, found.verdict, how, figure, found.low, found.high)


def _on_llc(llc, sweep, head, agreement, metric, stage, seed: int) -> list[tuple]:
    """Judge, claim, statement, published, how and figure of A-1 … A-4 and A-7."""
    return [
        (
            partial(curves.differentiation, llc, agreement, stage, seed),
            "A-1",
            "Heads' λ̂ start alike and diverge: variance between heads at the end over that at the first "
            "plateau > 3. Clusters of the curves agree with the heads' types: adjusted Rand > .4, p < .05.",
            "alike, then apart; clusters match types",
            "the checkpoint nearest to the end of the first stage; interval of 95 % of the ratio, λ̂ drawn "
            f"from its errors; clusters: {curves.METHOD} on {curves.NORMALISATION} curves, chosen "
            "beforehand, undecided where p ≥ .05",
            "head_curves",
        ),
        (
            partial(curves.multigrams_highest, llc, head),
            "A-2",
            "λ̂ of multigram heads ends above that of induction, previous-token and current-token heads.",
            "multigram heads the highest",
            "means over heads of a kind at the last checkpoint, for the kinds that there are; interval of "
            "95 % of the smallest difference",
            "head_curves",
        ),
        (
            partial(curves.memorisation, llc, metric, seed),
            "A-3",
            "The more multigrams a head has memorised, the higher its λ̂.",
            "rises with the number",
            "Spearman's ρ at the end > 0; interval of 95 % by drawing heads with replacement",
            "",
        ),
        (
            partial(curves.rank_on_code, llc, head, seed),
            "A-4",
            "On code the induction heads' λ̂ rises among heads.",
            "induction heads rise on code",
            "mean rank of λ̂ at the first and the last checkpoint with λ̂ on both; it has to rise on code, "
            "and by more than on all data; interval of 95 % of the rise on code, λ̂ drawn from its errors",
            "head_distributions",
        ),
        (
            partial(curves.same_order, llc, sweep),
            "A-7",
            "The order of heads by λ̂ does not depend on nβ, γ and chains: Kendall's τ ≥ .8.",
            "?",
            "each other setting against the run's own at the last checkpoint; low and high: over settings",
            "",
        ),
    ]


def _on_circuit(llc, head, ablation, path_effect, stage) -> list[tuple]:
    """The same of A-5 and A-6."""
    return [
        (
            partial(circuit.migration, llc, head, stage),
            "A-5",
            "With the one-layer model as target, λ̂ of layer-0 multigram heads falls after the n-gram stage "
            "while that of layer-1 heads rises.",
            "layer 0 falls from the end of LM2 on, layer 1 rises",
            f"mean over heads of the slope over log step after {AFTER_GRAMS}; each beyond its 95 % "
            "interval, from the errors of λ̂; low and high: of the difference",
            "head_targets",
        ),
        (
            partial(circuit.nested_brackets, path_effect, ablation, llc, stage),
            "A-6",
            "Cutting what layer-1 heads read from layer-0 heads hurts tokens that close nested brackets "
            "more than n-gram tokens at the end, and not yet after the n-gram stage.",
            "at the end, not at the end of LM2",
            f"mean over all pairs of heads, at the checkpoint nearest to the end of {AFTER_GRAMS}, and at "
            "the last; beyond the 95 % interval of the difference",
            "circuit",
        ),
    ]
