"""Claims A-1 … A-7 on the attention heads of a small language model, each computed from the run's tables.

Thresholds are those of the published claims; how intervals become verdicts stands in measures/findings. λ̂
that is not reliable decides nothing. Rules that were written anew after results were seen say so.
"""

from functools import partial

import pandas as pd

from devdash.measures.claim_rows import Claim, judged
from devdash.measures.default_stages import bigram_minimum
from devdash.measures.findings import MissingData
from devdash.measures.heads import circuit_findings as circuit
from devdash.measures.heads import llc_findings as curves

PAPER = "arXiv 2410.02984"
START = "the first checkpoint from the minimum of the bigram score on"


def table(
    metric: pd.DataFrame,
    llc: pd.DataFrame,
    llc_sweep: pd.DataFrame,
    head: pd.DataFrame,
    head_agreement: pd.DataFrame,
    ablation: pd.DataFrame,
    path_effect: pd.DataFrame,
    model: str,
    seed: int = 0,
) -> pd.DataFrame:
    """Rows of the table claim, in order, from those tables of one model. seed: of draws from errors.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> heads = {f"head 0.{number}": [1.0, 1.0 + number] for number in range(4)}
    >>> llc = estimates([0, 1000], heads)
    >>> metric = metrics([0, 10, 1000], {"bigram score": [8.0, 4.6, 5.9]})
    >>> head = pd.DataFrame({"head": list(heads), "kind": ["induction"] + ["multigram"] * 3})
    >>> agreement = pd.DataFrame(columns=["method", "normalisation", "adjusted_rand", "p_value"])
    >>> ablation = pd.DataFrame(columns=["step", "component", "method", "tag", "effect_nats", "std_err"])
    >>> path = pd.DataFrame(columns=["step", "source", "reader", "tag", "effect_nats", "std_err"])
    >>> rows = table(metric, llc, llc.iloc[:0], head, agreement, ablation, path, "two-layer")
    >>> rows[["claim", "verdict"]]
                 claim    verdict
    0              A-1  undecided
    1              A-2      holds
    2              A-3  undecided
    3              A-4  undecided
    4              A-5  undecided
    5  A-5 (all heads)  undecided
    6              A-6  undecided
    7              A-7  undecided
    """
    start = partial(_start, metric, model)
    claims = [
        *_on_llc(llc, llc_sweep, head, head_agreement, metric, start, seed),
        *_on_circuit(llc, head, ablation, path_effect, start),
    ]
    return pd.DataFrame([judged(claim, paper=PAPER) for claim in sorted(claims, key=lambda c: c.claim)])


def _start(metric: pd.DataFrame, model: str) -> float:
    try:
        return bigram_minimum(metric, model)[0]
    except MissingData as lacking:
        raise MissingData(f"the claim starts at the minimum of the bigram score: {lacking}") from None


def _on_llc(llc, sweep, head, agreement, metric, start, seed: int) -> list[Claim]:
    """A-1 … A-4 and A-7. start: → the step of the bigram score's minimum."""
    return [
        Claim(
            lambda: curves.differentiation(llc, agreement, start(), seed),
            "A-1",
            "Heads' λ̂ start alike and diverge: variance between heads at the end over that at the minimum "
            "of the bigram score ≥ 3. Clusters of the curves agree with the heads' types: adjusted Rand ≥ "
            ".4, p ≤ .05.",
            "alike, then apart; clusters match types",
            f"start: {START}; interval of 95 % of the ratio, λ̂ drawn from its errors; clusters: "
            f"{curves.METHOD} on {curves.NORMALISATION} curves, chosen beforehand",
            "head_curves",
            "It started at the end of the first stage, step 26 of the shipped run, where the frequencies of "
            "tokens are being learned and all λ̂ are near 0: a ratio to almost nothing.",
        ),
        Claim(
            partial(curves.multigrams_highest, llc, head),
            "A-2",
            "λ̂ of multigram heads ends above that of induction, previous-token and current-token heads.",
            "multigram heads the highest",
            "means over heads of a kind at the last checkpoint, for the kinds that there are; heads that are "
            "mixed or do nothing count for none; interval of 95 % of the smallest difference",
            "head_curves",
            "Kinds were told by attention alone, and every head that none of its bounds fits was a multigram "
            "head, also such as memorise next to nothing.",
        ),
        Claim(
            partial(curves.memorisation, llc, metric, seed),
            "A-3",
            "The more multigrams a head has memorised, the higher its λ̂.",
            "rises with the number",
            "Spearman's ρ at the end > 0; interval of 95 % by drawing heads with replacement",
            "head_memory",
        ),
        Claim(
            lambda: curves.rank_on_code(llc, head, start(), seed),
            "A-4",
            "On code the induction heads' λ̂ rises among heads.",
            "induction heads rise on code",
            f"mean rank of λ̂ at {START} that has λ̂ on both, and at the last; it has to rise on code, and "
            "by more than on all data; interval of 95 % of the rise on code, λ̂ drawn from its errors",
            "head_distributions",
            "It started at step 0, where weights are random and no λ̂ is reliable.",
        ),
        Claim(
            partial(curves.same_order, llc, sweep),
            "A-7",
            "The order of heads by λ̂ does not depend on nβ, γ and chains: Kendall's τ ≥ .8.",
            "?",
            "each other setting against the run's own at the last checkpoint; low and high: over settings",
        ),
    ]


def _on_circuit(llc, head, ablation, path_effect, start) -> list[Claim]:
    """A-5 and A-6."""
    slopes = (
        f"mean over heads of the slope over log step from {START} on; each beyond its 95 % interval, from "
        "the errors of λ̂; low and high: of the difference"
    )
    return [
        Claim(
            lambda: circuit.migration(llc, head, start()),
            "A-5",
            "With the one-layer model as target, λ̂ of layer-0 multigram heads falls once bigrams are "
            "learned while that of layer-1 heads rises.",
            "layer 0 falls from the end of LM2 on, layer 1 rises",
            slopes,
            "head_targets",
            "It started at the end of the stage labelled n-grams or, for want of that label, of the second "
            "stage: step 46 of the shipped run.",
        ),
        Claim(
            lambda: circuit.migration_of_layers(llc, start()),
            "A-5 (all heads)",
            "With the one-layer model as target, λ̂ of layer-0 heads falls once bigrams are learned while "
            "that of layer-1 heads rises.",
            "on multigram heads: layer 0 falls from the end of LM2 on, layer 1 rises",
            slopes,
            "head_targets",
            "Added after results were seen, since A-5 is undecided where layer 0 has no multigram head: it "
            "describes, it does not test.",
        ),
        Claim(
            lambda: circuit.nested_brackets(path_effect, ablation, start()),
            "A-6",
            "There is a layer-1 head of which this holds: cutting what it reads from layer-0 heads hurts "
            "tokens that close nested brackets more than n-gram tokens at the end, and not yet when bigrams "
            "are learned.",
            "at the end, not at the end of LM2",
            f"mean over the layer-0 heads read, at {START} and at the last; low and high: of the difference, "
            "such that of all layer-1 heads together one errs in 5 % (Bonferroni)",
            "circuit",
            "It judged the mean over all pairs of heads, which hides a single one, and started at the end of "
            "the second stage, step 46 of the shipped run, for want of one labelled n-grams.",
        ),
    ]
