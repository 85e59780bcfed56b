"""Claims R-1 … R-7 on in-context linear regression, each computed from the run's tables.

Rules, fixed before results: thresholds are those of the published claims; a value is judged with its 95 %
interval, and undecided where that holds the bound; R-1 … R-6 hold if they do for every seed that has the
data, and fail if they fail for one. λ̂ that is not reliable decides nothing. Models of finite task sets are
no seeds.
"""

from functools import partial

import pandas as pd

from devdash.measures.findings import Finding, MissingData
from devdash.measures.language.claims import over_seeds, row
from devdash.measures.regression import findings

MAIN, SEED = "seed 0", "seed "
PEAK = "peak: the checkpoint with the highest reliable λ̂"


def table(metric: pd.DataFrame, llc: pd.DataFrame, llc_sweep: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Rows of the table claim, in order, from those tables of one run. llc_sweep: λ̂ of the first seed by the
    paper's settings. seed: of draws from errors."""
    trained = pd.concat([metric["model"], llc["model"]]).unique()
    models = [MAIN, *sorted(model for model in trained if model.startswith(SEED) and model != MAIN)]
    rows = [over_seeds(models, *claim) for claim in [*_on_errors(metric, llc), *_on_llc(metric, llc, seed)]]
    published = over_seeds([MAIN], *_by_published_settings(metric, llc_sweep))
    return pd.DataFrame([*rows, published, _same_peak(llc, models, seed)])


def _on_errors(metric: pd.DataFrame, llc: pd.DataFrame) -> list[tuple]:
    """Judge, claim, statement, published, how and figure of R-1 … R-3."""
    figure = "regression_errors"
    return [
        (
            partial(findings.mean_task_first, metric, llc),
            "R-1",
            "The error at the first example ends within 4.125 ± .05. Before the peak of λ̂ mean ŷ² has an "
            "interior minimum < .05, with the MSE there about that of predicting zero.",
            "4.12; .246 → .014 (step 1k), MSE 4.165",
            "about: within 2 % or 2 standard errors; predicting zero: D + σ² = 4.125, the expectation of y², "
            f"not its mean over the sequences measured; {PEAK}; interval of 95 % of the error at the first "
            "example",
            figure,
        ),
        (
            partial(findings.context_after, metric, llc),
            "R-2",
            "The error at the last example falls below that of predicting zero only after mean ŷ² has its "
            "minimum; the ICL score is < −.9 at the peak of λ̂.",
            "in LR2, after LR1",
            "falls below: two checkpoints in a row, beyond their errors; minimum: before the peak of λ̂; ICL "
            f"score: error at the last example less that at the fourth; {PEAK}; interval of 95 % of it",
            figure,
        ),
        (
            partial(findings.toward_ridge, metric, llc),
            "R-3",
            "The distance to ridge falls throughout.",
            "2.47 (1k) → .448 (10k) → .235 (40k) → .091",
            "from the minimum of mean ŷ² on; no checkpoint above the running minimum by more than 2 of its "
            "standard errors; interval of 95 % of the whole fall",
            figure,
        ),
    ]


def _on_llc(metric: pd.DataFrame, llc: pd.DataFrame, seed: int) -> list[tuple]:
    """The same of R-4 … R-6."""
    return [
        (
            partial(findings.peak_and_fall, metric, llc),
            "R-4",
            "λ̂ rises to a peak and then falls while the loss still falls.",
            "−.7 → 169.3 (40k) → 116.3 (500k); MSE 1.896 → 1.747",
            f"{PEAK}, neither the first nor the last; rise to it, fall to the last reliable λ̂, and fall of "
            "the MSE over the same steps: each beyond errors; interval of 95 % of the fall of λ̂",
            "regression_complexity",
        ),
        (
            partial(findings.collapse, metric, llc),
            "R-5",
            "After the peak of λ̂ the smallest embedding share ends < .05, 2 or more layer-norm gains fall by "
            "more than half, and the MSE on inputs × 5 rises by 5 % or more.",
            ".126 → .041 (40k) → .015; 9.1 (20k) → 2.0; 71.1 (80k) → 78.5 (320k)",
            f"{PEAK}; gains: norms, from the highest at or after the peak to the end, exact; MSE: from its "
            "lowest at or after the peak to the highest after that; interval of 95 % of its rise",
            "regression_spectra",
        ),
        (
            partial(findings.curvature_first, metric, llc, seed),
            "R-6",
            "The trace of the Hessian peaks before λ̂.",
            "10–20k against 40k",
            "checkpoints with the highest values, that of the trace not the first; interval of 95 % of the "
            "ratio of their steps, λ̂ and trace drawn from their errors; undecided where it holds 1",
            "regression_complexity",
        ),
    ]


def _by_published_settings(metric: pd.DataFrame, llc_sweep: pd.DataFrame) -> tuple:
    """The same of R-4 where the chains are the paper's, and what they say counts as it is."""
    taken = llc_sweep.assign(component="full", distribution="all", target="data", verdict="reliable")
    good = int((llc_sweep["verdict"] == "reliable").sum())
    return (
        partial(findings.peak_and_fall, metric, taken),
        "R-4 (paper's settings)",
        "By the paper's ε, nβ and γ and short chains, λ̂ rises to a peak and then falls while the loss still "
        "falls.",
        "−.7 → 169.3 (40k) → 116.3 (500k); MSE 1.896 → 1.747",
        f"as R-4, whatever the verdict: {good} of {len(llc_sweep)} of these λ̂ are reliable; batches are "
        "smaller than the paper's",
        "regression_complexity",
    )


def _same_peak(llc: pd.DataFrame, models: list[str], seed: int) -> dict:
    """Row of R-7."""
    try:
        found = findings.same_peak(llc, models, seed)
    except MissingData as lacking:
        found = Finding(None, str(lacking))
    return row(
        "R-7",
        "Seeds agree on the step of the peak of λ̂ within a factor 1.5.",
        "35–46k steps for five seeds",
        found.measured,
        found.verdict,
        f"{PEAK}; largest over smallest step; interval of 95 %, λ̂ drawn from its errors",
        "regression_complexity",
        found.low,
        found.high,
    )
