"""Claims B-1 … B-10 on the stages of a small language model, each computed from the run's tables.

Rules, fixed before results: thresholds are those of the published claims; a value is judged with its
95 % interval, and undecided where that holds the bound; a claim holds if it does for every two-layer
seed that has the data, and fails if it fails for one. λ̂ that is not reliable decides nothing.
"""

from collections.abc import Callable
from functools import partial

import pandas as pd

from devdash.measures import claim_rows
from devdash.measures.findings import MAIN, Finding, MissingData, every
from devdash.measures.language import llc_findings as curves
from devdash.measures.language import metric_findings as metrics

row = partial(claim_rows.row, paper="arXiv 2402.02364")
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
    """Rows of the table claim, in order, from those tables of one run. seed: of the permutations in B-10."""
    trained = checkpoint["model"].unique()
    models = [MAIN, *sorted(model for model in trained if model.startswith(MAIN) and model != MAIN)]
    paths = (llc, stage, trajectory, trajectory_axis, trajectory_mark, seed)
    return pd.DataFrame(
        [over_seeds(models, *claim) for claim in [*_on_metrics(metric), *_on_llc(metric, llc, stage, paths)]]
    )


def over_seeds(models: list[str], judge: Callable, claim, statement, published, how, figure) -> dict:
    """Row of a claim: judged for the main model, the first, and for every other that has the data."""
    found = {}
    for model in models:
        try:
            found[model] = judge(model)
        except MissingData as lacking:
            if model == models[0]:
                found[model] = Finding(None, str(lacking))
    holds = sum(own.verdict is True for own in found.values())
    words = [f"{model}: {own.measured}" for model, own in found.items()]
    verdict = every(own.verdict for own in found.values())
    measured = ". ".join([*words, f"Holds for {holds} of {len(found)} seeds"])
    main = found[models[0]]
    return row(claim, statement, published, measured, verdict, how, figure, main.low, main.high)


def _on_metrics(metric: pd.DataFrame) -> list[tuple]:
    """Judge, claim, statement, published, how and figure of B-1 … B-7."""
    figure = "metric_multiples"
    return [
        (
            partial(metrics.bigram_minimum, metric),
            "B-1",
            "The bigram score has an interior minimum within .5 nats of its floor, then rises by .3 or more.",
            "7.95 → 4.62 (step 700; floor 4.29) → 5.92",
            "smallest value over checkpoints; interval of 95 % of its distance from the floor",
            figure,
        ),
        (
            partial(metrics.ngram_fall, metric),
            "B-2",
            "3- and 4-gram losses fall by more than half after the minimum of the bigram score.",
            "3-grams: 4.69 (step 900) → 0.98",
            "from the step of the minimum to the end; interval of 95 % of the smaller fall",
            figure,
        ),
        (
            partial(metrics.ablation, metric),
            "B-3",
            "The position-ablation gap is below .03 before the bigram score's minimum and grows beyond .5.",
            "0 until step 500; .03 (900), .80 (6,500), 1.41 (17,000)",
            "every checkpoint before the minimum, and the end; interval of 95 % of the gap at the end",
            figure,
        ),
        (
            partial(metrics.previous_first, metric),
            "B-4",
            "Some layer-0 head's previous-token score rises before any layer-1 prefix-matching score.",
            "previous-token heads in LM3, induction heads in LM4",
            RISES,
            figure,
        ),
        (
            partial(metrics.induction_heads, metric),
            "B-5",
            "1 or 2 layer-1 heads reach a prefix-matching score of 5 × chance; none in the one-layer twin.",
            "2 induction heads; none",
            "highest score of each head over checkpoints; interval of 95 % of the best head's over chance",
            figure,
        ),
        (
            partial(metrics.in_context, metric),
            "B-6",
            "The ICL score is flat, then drops by 3 × its earlier spread or more while prefix matching "
            "rises; not in the one-layer twin.",
            "near −0.05, then −0.21",
            f"earlier: before prefix matching rises ({RISES}); spread: standard deviation over those "
            "checkpoints; drop: from their mean to the end; both compared from a tenth to nine tenths of the "
            "way; twin: at the same step; interval of 95 % of the drop",
            figure,
        ),
        (
            partial(metrics.k_composition, metric),
            "B-7",
            "K-composition of the previous-token head with the induction head ends among the 4 highest and "
            "at 2 × its start or more.",
            ".063 → .14, at the top",
            "heads with the highest scores at the end; among all pairs of layers 0 and 1; exact",
            figure,
        ),
    ]


def _on_llc(metric: pd.DataFrame, llc: pd.DataFrame, stage: pd.DataFrame, paths: tuple) -> list[tuple]:
    """The same of B-8 … B-10."""
    return [
        (
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
        (
            partial(curves.above_twin, llc),
            "B-9",
            "λ̂ of the two-layer model is above that of the one-layer twin.",
            "181.3 against 151.5 at the end",
            "every checkpoint where both are reliable: below beyond errors at none, above beyond errors at "
            "the end; interval of 95 % of the difference at the end",
            "stage_curves",
        ),
        (
            partial(curves.trajectory_turns, *paths),
            "B-10",
            "Three principal components hold 70 % or more; sharp turns lie within .3 decades of boundaries.",
            ".65, .085, .047",
            "every sharp turn; p: share of random placements in log step that come as close; undecided where "
            "p ≥ .05",
            "trajectory_plane",
        ),
    ]
