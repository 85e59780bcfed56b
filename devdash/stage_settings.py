"""With which method, nβ and length-scale stages are taken by default: one rule for claims and for pages."""

import math

import pandas as pd

SETTING = ["method", "nbeta", "length_scale"]
SAME = 1e-6  # relative difference up to which two nβ are one


def default_first(settings: pd.DataFrame, nbeta: float = math.nan) -> pd.DataFrame:
    """Settings with which a model's stages were found, the default one first.

    The first method by name, the nβ of the model's λ̂ (the smallest where there are no stages at that one),
    and the length-scale nearest to the middle one of all settings, of two the smaller. settings: columns
    `SETTING`, one row each. nbeta: of λ̂, NaN where there is none.

    >>> found_with = pd.DataFrame({"method": "GP", "nbeta": [10.0, 30.0], "length_scale": 0.2})
    >>> default_first(found_with, 30.0)["nbeta"].tolist()
    [30.0, 10.0]
    """
    away = (settings["length_scale"] - middle(settings["length_scale"])).abs().round(9)
    other = (settings["nbeta"] / nbeta - 1).abs().fillna(0) > SAME
    keys = settings.assign(other=other, away=away)
    order = keys.sort_values(["method", "other", "nbeta", "away", "length_scale"], kind="stable").index
    return settings.loc[order].reset_index(drop=True)


def middle(scales: pd.Series) -> float:
    """The middle one of the length-scales that are set, of two the smaller; NaN where none is."""
    return scales.dropna().quantile(0.5, interpolation="lower")
