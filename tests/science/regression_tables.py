"""Tables of in-context linear regression in which claims R-1 … R-7 hold."""

import numpy as np
import pandas as pd

from devdash.measures.example_tables import estimates, metrics
from devdash.measures.regression.findings import ZERO

STEPS = np.unique(np.r_[0, np.geomspace(10, 40_000, 70).round()]).astype(int)
SEEDS, POOL = ("seed 0", "seed 1", "seed 2"), "4 tasks"
GAINS = ("layer 0, norm 1", "layer 1, norm 1", "last norm")


def rise(middle: float) -> np.ndarray:
    """From 0 at the start to about 1, half at a step."""
    return 1 / (1 + (middle / (STEPS + 1e-9)) ** 4)


def lines() -> dict[tuple[str, str, str], tuple[np.ndarray, float]]:
    """(metric, component, distribution) → values (step,) as published, and their error."""
    zero = 0.25 * (1 - rise(100))
    curves = {
        ("MSE", "", "all"): (ZERO + zero - 2 * rise(1500) - 0.3 * rise(15_000), 0.01),
        ("ICL score", "", "all"): (-1.05 * rise(1500), 0.01),
        ("distance to zero", "", ""): (zero + 0.01 + 2 * rise(1500), 0.002),
        ("distance to ridge", "", ""): (2.45 - 2.2 * rise(1500) - 0.15 * rise(15_000) + zero, 0.002),
        ("embedding share", "value 5", ""): (0.13 - 0.11 * rise(15_000), np.nan),
        ("MSE elsewhere", "", "inputs × 5"): (99 - 28 * rise(2000) + 8 * rise(15_000), 0.3),
        ("Hessian trace", "", ""): (60 * rise(500) - 40 * rise(3000), 1.0),
    }
    for k in range(1, 9):
        curves["MSE by example", f"example {k}", ""] = (ZERO + zero - (k - 1) / 2 * rise(1500), 0.01)
    for name in GAINS:
        curves["layer-norm gain", name, ""] = (
            8 + rise(2000) - (6 - 5 * (name == "last norm")) * rise(15_000),
            np.nan,
        )
    return curves


def made() -> dict[str, pd.DataFrame]:
    """The tables, for three seeds, beside a model of a finite set of tasks."""
    metric = [
        metrics(STEPS, {key: values}, seed, error)
        for seed in SEEDS
        for key, (values, error) in lines().items()
    ]
    peak = 5 + 200 * rise(1500) - 90 * rise(12_000)
    curves = dict.fromkeys(SEEDS, peak) | {POOL: 50 * rise(100)}
    llc = [estimates(STEPS, {"full": values}, model, 0.5) for model, values in curves.items()]
    llc = pd.concat(llc, ignore_index=True).drop(columns=["nbeta", "gamma"])
    sweep = llc[llc["model"] == SEEDS[0]].drop(columns="target")
    return {"metric": pd.concat(metric, ignore_index=True), "llc": llc, "llc_sweep": sweep}
