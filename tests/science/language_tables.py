"""Tables of a small language model in which claims B-1 … B-10 hold."""

from itertools import pairwise

import numpy as np
import pandas as pd

from devdash.measures.example_tables import estimates, metrics

STEPS = np.unique(np.r_[0, np.geomspace(1, 10_000, 60).round()]).astype(int)
MAIN, TWIN, SEED = "two-layer", "one-layer", "two-layer, seed 1"
MODELS = (MAIN, TWIN, SEED)
CHANCE = 0.011
WOBBLE = 0.002 * np.sin(7 * np.arange(len(STEPS)))  # the spread of a score that is flat
ENDS = (300, 1500, 3000)
ERRORS = {"K-composition": np.nan, "ICL score": 0.0003}


def rise(middle: float) -> np.ndarray:
    """From 0 at the start to about 1, half at a step."""
    return 1 / (1 + (middle / (STEPS + 1e-9)) ** 4)


def lines(model: str) -> dict[tuple[str, str, str], np.ndarray]:
    """(metric, component, distribution) → values (step,), as published."""
    two, flat = model != TWIN, np.ones(len(STEPS))
    curves = {
        ("bigram score", "", ""): 7 - 2.5 * rise(70) + rise(1500),
        ("bigram floor", "", ""): 4.2 * flat,
        ("n-gram loss 3", "", ""): 7 - 2 * rise(70) - 4 * rise(600),
        ("n-gram loss 4", "", ""): 7 - 2 * rise(70) - 4.5 * rise(700),
        ("position ablation gap", "", ""): 1.2 * rise(1000),
        ("ICL score", "", "all"): -0.05 * rise(50) - 0.3 * two * rise(4000) + WOBBLE,
        ("chance of prefix matching", "", ""): CHANCE * flat,
    }
    for head in range(3):
        for layer in range(1 + two):
            name = f"head {layer}.{head}"
            curves["previous-token score", name, ""] = 0.04 + 0.3 * (layer == head == 0) * rise(1500)
            curves["prefix-matching score", name, ""] = CHANCE + 0.2 * (layer == 1 and head == 2) * rise(4000)
            for late in range(3 * two):
                pair = f"head 0.{head} → head 1.{late}"
                curves["K-composition", pair, ""] = 0.06 + 0.1 * (head == 0 and late == 2) * rise(2000)
    return curves


def made() -> dict[str, pd.DataFrame]:
    """The tables, for two seeds and the twin."""
    metric = [
        metrics(STEPS, {key: values}, model, ERRORS.get(key[0], 0.002))
        for model in MODELS
        for key, values in lines(model).items()
    ]
    twin = 8 + 20 * rise(100)
    llc = [
        estimates(STEPS, {"full": twin if model == TWIN else twin + 2 + 10 * rise(4000)}, model, 0.3)
        for model in MODELS
    ]
    turns = near_steps(310, 1450, 3000)
    return {
        "metric": pd.concat(metric, ignore_index=True),
        "llc": pd.concat(llc, ignore_index=True),
        "stage": stages(),
        "trajectory": pd.DataFrame({"model": MAIN, "step": STEPS, "radius": 1.0}),
        "trajectory_axis": pd.DataFrame({"model": MAIN, "axis": [1, 2, 3], "explained": [0.6, 0.1, 0.05]}),
        "trajectory_mark": pd.DataFrame({"model": MAIN, "step": turns, "kind": "sharp turn"}),
        "checkpoint": pd.DataFrame({"model": MODELS, "step": 0}),
    }


def stages() -> pd.DataFrame:
    """The table stage: three boundaries by the default setting, none by others."""
    settings = (
        ("GP", 30.0, 0.3, ENDS),
        ("GP", 10.0, 0.3, ()),
        ("GP", 30.0, 0.2, ()),
        ("GP", 30.0, 0.5, ()),
        ("ruptures", 30.0, np.nan, ()),
    )
    return pd.DataFrame(
        [
            {
                "model": model,
                "method": method,
                "nbeta": nbeta,
                "length_scale": scale,
                "stage": number,
                "start_step": start,
                "end_step": end,
                "end_low": 0.9 * end,
                "end_high": 1.1 * end,
            }
            for model in MODELS
            for method, nbeta, scale, ends in settings
            for number, (start, end) in enumerate(pairwise([0, *ends, 10_000]))
        ]
    )


def near_steps(*steps: int) -> list[int]:
    """The checkpoints nearest to steps."""
    return [int(STEPS[np.abs(STEPS - step).argmin()]) for step in steps]
