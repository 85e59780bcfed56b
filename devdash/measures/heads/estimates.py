"""What claims on attention heads are judged by: their reliable λ̂, their kinds, values drawn from errors.

Only steps count at which at least half of the heads have a reliable λ̂.
"""

import numpy as np
import pandas as pd

from devdash.measures.findings import MissingData
from devdash.verdicts import is_reliable

LEAST_HEADS = 3
DRAWS = 4000
MULTIGRAM, INDUCTION = "multigram", "induction"


def estimates(llc: pd.DataFrame, distribution="all", target="data") -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reliable λ̂ of heads and their standard errors, each (step, head); NaN where there is none.

    >>> from devdash.measures.example_tables import estimates as rows
    >>> llc = rows([0, 1000], {f"head 0.{number}": [1.0, number] for number in range(3)})
    >>> value, error = estimates(llc)
    >>> value.shape, value.loc[1000].tolist()
    ((2, 3), [0.0, 1.0, 2.0])
    """
    rows = llc[
        llc["component"].str.startswith("head ")
        & (llc["distribution"] == distribution)
        & (llc["target"] == target)
    ]
    good = rows[is_reliable(rows) & np.isfinite(rows["llc"].astype(float))]
    value = good.pivot(index="step", columns="component", values="llc").astype(float)
    enough = value.count(axis=1) >= max(LEAST_HEADS, rows["component"].nunique() / 2)
    if not enough.any():
        raise MissingData(
            f"no step with a reliable λ̂ of half of the heads on {distribution}, target {target}"
        )
    error = good.fillna({"std_err": 0.0}).pivot(index="step", columns="component", values="std_err")
    return value[enough], error[enough].astype(float)


def ends(steps, start: float, what: str) -> list[int]:
    """The first of the steps from `start` on, and the last; what: was measured there, for the error.

    >>> ends([0, 178, 1000, 10_000], 316, "λ̂")
    [1000, 10000]
    """
    steps = np.sort(np.asarray(steps))
    later = steps[steps >= start]
    if len(later) < 2:
        raise MissingData(f"{what} at fewer than two steps from {start:,.0f} on")
    return [int(later[0]), int(later[-1])]


def of_kind(head: pd.DataFrame, kind: str, among) -> list[str]:
    """Heads of a kind, of those that are named.

    >>> kinds = {"head 0.0": MULTIGRAM, "head 0.1": INDUCTION, "head 1.0": MULTIGRAM}
    >>> head = pd.DataFrame({"head": list(kinds), "kind": list(kinds.values())})
    >>> of_kind(head, MULTIGRAM, among=["head 0.0", "head 0.1"])
    ['head 0.0']
    """
    return [name for name in head.loc[head["kind"] == kind, "head"] if name in set(among)]


def draws(value: np.ndarray, error: np.ndarray, seed: int) -> np.ndarray:
    """Values drawn from their errors, (draw, …). value, error: (…).

    >>> draws(np.zeros((2, 3)), np.ones((2, 3)), seed=0).shape
    (4000, 2, 3)
    """
    return value + error * np.random.default_rng(seed).standard_normal((DRAWS, *value.shape))
