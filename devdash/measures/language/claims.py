"""Claims B-1 … B-10 on the stages of a small language model, each computed from the run's tables.

Thresholds are those of the published claims; how intervals become verdicts stands in measures/findings. A
claim holds if it does for every two-layer seed that has the data, and fails if it fails for one. λ̂ that is
not reliable decides nothing. Rules that were written anew after results were seen say so.
"""

from functools import partial

import pandas as pd

from devdash.measures.claim_rows import Claim, over_models
from devdash.measures.language import llc_findings as curves
from devdash.measures.language import metric_findings as metrics
from devdash.measures.language.metric_findings import MAIN

PAPER = "arXiv 2402.02364"
RISES = (
    "rises: two checkpoints in a row above twice the layer's highest score at the start (prefix matching: "
    "also above twice chance), beyond their errors"
)


def table(
    metric: pd.DataFrame,
    llc: pd.DataFrame,
    stage: pd.DataFrame,
    trajectory: pd.DataFrame,
    trajectory_axis: pd.DataFrame,
    trajectory_mark: pd.DataFrame,
    checkpoint: pd.DataFrame,
    seed: int = 0,
) -> pd.DataFrame:
    """Rows of the table claim, in order, from those tables of one run. seed: of the permutations in B-10.

    >>> from devdash.measures.example_tables import estimates, metrics
    >>> scores = {"bigram score": [8.0, 4.6, 5.9], "bigram floor": 4.3}
    >>> metric, llc = metrics([0, 700, 5000], scores), estimates([0, 700, 5000], {"full": [1.0, 20, 50]})
    >>> stage = pd.DataFrame(columns=["model", "method", "nbeta", "length_scale", "stage", "end_step"])
    >>> path = pd.DataFrame(columns=["model", "step", "axis", "explained", "radius", "kind", "value"])
    >>> rows = table(metric, llc, stage, path, path, path, pd.DataFrame({"model": [MAIN]}))
    >>> rows[["claim", "verdict"]].head(3)
      claim    verdict
    0   B-1      holds
    1   B-2  undecided
    2   B-3  undecided
    """
    trained = checkpoint["model"].unique()
    models = [MAIN, *sorted(model for model in trained if model.startswith(MAIN) and model != MAIN)]
    paths = (llc, stage, trajectory, trajectory_axis, trajectory_mark, seed)
    claims = [*_on_metrics(metric), *_on_llc(metric, llc, stage, paths)]
    return pd.DataFrame([over_models(claim, models, paper=PAPER) for claim in claims])


def _on_metrics(metric: pd.DataFrame) -> list[Claim]:
    """B-1 … B-7."""
    figure = "metric_multiples"
    return [
        Claim(
            partial(metrics.bigrams, metric),
            "B-1",
            "The bigram score has an interior minimum within .5 nats of its floor, then rises by .3 or more.",
            "7.95 → 4.62 (step 700; floor 4.29) → 5.92",
            "smallest value over checkpoints; interval of 95 % of its distance from the floor",
            figure,
        ),
        Claim(
            partial(metrics.ngram_fall, metric),
            "B-2",
            "3- and 4-gram losses fall by more than half after the minimum of the bigram score.",
            "3-grams: 4.69 (step 900) → 0.98",
            "from the step of the minimum to the end; interval of 95 % of the smaller fall",
            figure,
        ),
        Claim(
            partial(metrics.ablation, metric),
            "B-3",
            "The position-ablation gap is below .03 before the bigram score's minimum and grows beyond .5.",
            "0 until step 500; .03 (900), .80 (6,500), 1.41 (17,000)",
            "every checkpoint before the minimum, and the end; interval of 95 % of the gap at the end",
            figure,
        ),
        Claim(
            partial(metrics.previous_first, metric),
            "B-4",
            "Some layer-0 head's previous-token score rises before any layer-1 prefix-matching score.",
            "previous-token heads in LM3, induction heads in LM4",
            RISES,
            figure,
        ),
        Claim(
            partial(metrics.induction_heads, metric),
            "B-5",
            "1 or 2 layer-1 heads reach a prefix-matching score of 5 × chance; none in the one-layer twin.",
            "2 induction heads; none",
            "highest score of each head over checkpoints; interval of 95 % of the best head's over chance",
            figure,
        ),
        Claim(
            partial(metrics.in_context, metric),
            "B-6",
            "The ICL score is flat, then drops by 3 × its earlier spread or more while prefix matching "
            "rises; not in the one-layer twin.",
            "near −0.05, then −0.21",
            "earlier: from the bigram score's minimum to where prefix matching rises "
            f"({RISES}); spread: standard deviation over those checkpoints; drop: from their mean to the "
            "end; both compared from a tenth to nine tenths of the way; twin: at the same steps; interval "
            "of 95 % of the drop",
            figure,
            "Earlier began at step 0, so that the spread held the transient in which the frequencies of "
            "tokens and bigrams are learned.",
        ),
        Claim(
            partial(metrics.k_composition, metric),
            "B-7",
            "K-composition of the previous-token head with the induction head ends among the 4 highest and "
            "above that of random pairs.",
            ".063 → .14, at the top",
            "heads with the highest scores at the end; among all pairs of layers 0 and 1; random pairs: "
            "those at step 0, mean and spread; interval: of the lead over their mean, 1.96 × their spread",
            figure,
            "It asked for twice the pair's start. At the start the weights are random and the score is about "
            "1/√width, .06 in the paper and .09 here, so that twice the start is no multiple of structure.",
        ),
    ]


def _on_llc(metric: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame, paths: tuple) -> list[Claim]:
    """B-8 … B-10."""
    return [
        Claim(
            partial(curves.stages_of_llc, metric, llc, stage),
            "B-8",
            "λ̂ rises overall with 2 or more interior plateaus and a stall or dip between the n-gram and the "
            "induction stage; no late rise in the one-layer twin.",
            "123.6 → 181.3, −1.6 in LM3; twin 108 → 151.5",
            "plateaus: ends of stages; between: from half of the 3-gram loss's fall to half of the induction "
            "head's rise; late: after prefix matching begins to rise, beyond errors; interval of 95 % of the "
            "whole rise",
            "stage_curves",
        ),
        Claim(
            partial(curves.above_twin, llc),
            "B-9",
            "λ̂ of the two-layer model is above that of the one-layer twin.",
            "181.3 against 151.5 at the end",
            f"every checkpoint from step {curves.EARLIEST} on where both are reliable: below beyond errors "
            "at none, above beyond errors at the end; interval of 95 % of the difference at the end",
            "stage_curves",
            "It judged every checkpoint from step 0 on, also those at which both models learn the "
            "frequencies of tokens alone.",
        ),
        Claim(
            partial(curves.trajectory_turns, *paths),
            "B-10",
            "Three principal components hold 70 % or more; sharp turns lie closer to boundaries of stages "
            "than by chance.",
            ".65, .085, .047",
            "distance in log step to the nearest boundary, at most .3 decades, mean over sharp turns; p: "
            "share of random placements that come as close, on checkpoints where a turn can be, each once "
            "and in proportion to the log step it stands for; holds for p ≤ .05, fails for p ≥ .5",
            "trajectory_plane",
            "It asked that every sharp turn lie within .3 decades of a boundary, which one turn more "
            "decides; and chance placed turns at steps where the path has none, also twice at one.",
        ),
    ]
