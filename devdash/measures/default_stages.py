"""Which stages claims speak of, and where the n-grams begin."""

import math

import pandas as pd

from devdash.measures.findings import MissingData
from devdash.measures.training_curve import metric_curve, whole_model
from devdash.stage_settings import SETTING, default_first
from devdash.stored_names import BIGRAM


def default_stages(stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> pd.DataFrame:
    """Stages of a model, in order, found with the default setting (`devdash.stage_settings`).

    stage, llc: the tables of those names. The nβ is that of the model's last λ̂ of all its weights.

    >>> from devdash.measures.example_tables import estimates
    >>> setting = {"model": "two-layer", "method": "GP", "nbeta": [10.0, 30.0, 30.0], "length_scale": 0.2}
    >>> stage = pd.DataFrame(setting | {"stage": [0, 0, 1], "end_step": [500, 90, 1000]})
    >>> default_stages(stage, estimates([0, 1000], {"full": [1.0, 9.0]}), "two-layer")["end_step"].tolist()
    [90, 1000]
    """
    rows = stage[stage["model"] == model]
    if rows.empty:
        raise MissingData(f"no stages of {model}")
    estimates = whole_model(llc[llc["model"] == model]).sort_values("step")
    nbeta = estimates["nbeta"].iloc[-1] if len(estimates) else math.nan
    setting = default_first(rows[SETTING].drop_duplicates(), nbeta).head(1)
    return rows.merge(setting, on=SETTING).sort_values("stage")


def boundaries(stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> pd.DataFrame:
    """Default stages whose ends are boundaries: all but the last.

    >>> from devdash.measures.example_tables import estimates
    >>> setting = {"model": "two-layer", "method": "GP", "nbeta": 30.0, "length_scale": 0.2}
    >>> stage = pd.DataFrame(setting | {"stage": [0, 1], "end_step": [90, 1000]})
    >>> boundaries(stage, estimates([0, 1000], {"full": [1.0, 9.0]}), "two-layer")["end_step"].tolist()
    [90]
    """
    return default_stages(stage, llc, model).iloc[:-1]


def bigram_minimum(metric: pd.DataFrame, model: str) -> tuple[float, float, float]:
    """Step, value and error of the smallest bigram score: bigrams are learned, n-grams begin.

    Every claim on what comes after the bigrams starts here. metric: the table of that name.

    >>> from devdash.measures.example_tables import metrics
    >>> bigram_minimum(metrics([0, 700, 5000], {"bigram score": [7.95, 4.62, 5.92]}), "two-layer")
    (700.0, 4.62, 0.01)
    """
    return metric_curve(metric, model, BIGRAM).lowest()
