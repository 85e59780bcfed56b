"""What claims on attention heads are judged by: their reliable λ̂, stages, kinds, intervals.

Only steps count at which at least half of the heads have a reliable λ̂.
"""

import numpy as np
import pandas as pd

from devdash.measures.findings import MAIN, MissingData, boundaries

LEAST_HEADS = 3
DRAWS = 4000
INTERVAL = (0.025, 0.975)
MULTIGRAM, INDUCTION = "multigram", "induction"


def estimates(llc: pd.DataFrame, distribution="all", target="data") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reliable λ̂ of heads and their standard errors, each (step, head); NaN where there is none."""
    own = llc[
        llc["component"].str.startswith("head ")
        & (llc["distribution"] == distribution)
        & (llc["target"] == target)
    ]
    good = own[(own["verdict"] == "reliable") & np.isfinite(own["llc"].astype(float))]
    value = good.pivot(index="step", columns="component", values="llc").astype(float)
    known = value.count(axis=1) >= max(LEAST_HEADS, own["component"].nunique() / 2)
    if not known.any():
        raise MissingData(
            f"no step with a reliable λ̂ of half of the heads on {distribution}, target {target}"
        )
    error = good.fillna({"std_err": 0.0}).pivot(index="step", columns="component", values="std_err")
    return value[known], error[known].astype(float)


def nearest(steps, step: float) -> int:
    """The one of the steps that is nearest in log step."""
    steps = np.asarray(steps)
    return int(steps[np.abs(np.log1p(steps) - np.log1p(step)).argmin()])


def grams_end(stage: pd.DataFrame, llc: pd.DataFrame) -> float:
    """End of the first stages in a row that are labelled n-grams; where none is, of the second stage."""
    ends = boundaries(stage, llc, MAIN).reset_index(drop=True)
    grams = ends["label"].eq("n-grams")
    if grams.any():
        later = ends.index[~grams & (ends.index > grams.idxmax())]
        return float(ends["end_step"][later.min() - 1 if len(later) else len(ends) - 1])
    if len(ends) < 2:
        raise MissingData("no stage labelled n-grams and no second stage that ends before the last step")
    return float(ends["end_step"][1])


def of_kind(head: pd.DataFrame, kind: str, among) -> list[str]:
    """Heads of a kind, of those that are named."""
    return [name for name in head.loc[head["kind"] == kind, "head"] if name in set(among)]


def draws(value: np.ndarray, error: np.ndarray, seed: int) -> np.ndarray:
    """(draw, …): values drawn from their errors."""
    return value + error * np.random.default_rng(seed).standard_normal((DRAWS, *value.shape))


def inside(low: float, high: float, bound: float) -> bool | None:
    """Whether an interval lies above a bound (True) or below it (False)."""
    return True if low > bound else False if high < bound else None
