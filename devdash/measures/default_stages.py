"""Which stages claims and pages speak of by default, and where the n-grams begin.

The query `stage_settings` of devdash/store/queries states the rule of `default_stages` in SQL, for pages know
no measures; a test holds both to the same choice.
"""

import numpy as np
import pandas as pd

from devdash.measures.findings import MissingData
from devdash.measures.training_curve import metric_curve, whole_model

SAME = 1e-6


def default_stages(stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> pd.DataFrame:
    """Stages of a model, in order, found with one method, nβ and length-scale.

    The first method by name, the nβ of the model's last λ̂ (the smallest where it has none of the whole model
    or no stages at that nβ), and the length-scale nearest to the middle one of all settings, of two the
    smaller. stage, llc: the tables of those names.
    """
    rows = stage[stage["model"] == model]
    if rows.empty:
        raise MissingData(f"no stages of {model}")
    middle = _middle(rows)
    rows = rows[rows["method"] == rows["method"].min()]
    rows = rows[rows["nbeta"] == _nbeta(rows["nbeta"], llc, model)]
    scales = rows["length_scale"].dropna().drop_duplicates().sort_values()
    if len(scales):
        nearest = (scales - middle).abs()
        rows = rows[rows["length_scale"] == scales[nearest.idxmin()]]
    return rows.sort_values("stage")


def _middle(rows: pd.DataFrame) -> float:
    """Median length-scale of the settings, of two the smaller; NaN where none has one."""
    settings = rows[["method", "nbeta", "length_scale"]].drop_duplicates()
    scales = np.sort(settings["length_scale"].dropna())
    return float(scales[(len(scales) - 1) // 2]) if len(scales) else float("nan")


def _nbeta(nbetas: pd.Series, llc: pd.DataFrame, model: str) -> float:
    estimates = whole_model(llc[llc["model"] == model]).sort_values("step")
    if len(estimates):
        measured = nbetas[(nbetas / estimates["nbeta"].iloc[-1] - 1).abs() < SAME]
        nbetas = measured if len(measured) else nbetas
    return nbetas.min()


def boundaries(stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> pd.DataFrame:
    """Default stages whose ends are boundaries: all but the last."""
    return default_stages(stage, llc, model).iloc[:-1]


def bigram_minimum(metric: pd.DataFrame, model: str) -> tuple[float, float, float]:
    """Step, value and error of the smallest bigram score: bigrams are learned, n-grams begin.

    Every claim on what comes after the bigrams starts here. metric: the table of that name.
    """
    return metric_curve(metric, model, "bigram score").lowest()
