"""What claims about language models are judged by: curves of a model from stored tables, and verdicts.

A value is judged against a bound with its 95 % interval; where that holds the bound, the verdict is None.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd

MAIN, TWIN = "two-layer", "one-layer"
Z = 1.96


class MissingData(LookupError):
    """The tables lack what a claim needs."""


@dataclass(frozen=True)
class Finding:
    """A verdict (None: undecided) with what was measured, in words, and the interval of the key number."""

    verdict: bool | None
    measured: str
    low: float = nan
    high: float = nan


@dataclass(frozen=True)
class Curve:
    """Values with standard errors (0 where none is stored) at steps, in order; each (checkpoint,)."""

    step: np.ndarray
    value: np.ndarray
    error: np.ndarray

    def at(self, step: float) -> tuple[float, float]:
        """Value and error at the checkpoint nearest in log step."""
        place = np.abs(np.log1p(self.step) - np.log1p(step)).argmin()
        return float(self.value[place]), float(self.error[place])

    def before(self, step: float) -> "Curve":
        """The checkpoints before a step."""
        early = self.step < step
        if not early.any():
            raise MissingData(f"no checkpoint before step {step:,.0f}")
        return Curve(self.step[early], self.value[early], self.error[early])

    def onset(self, level: float) -> float:
        """First step whose value exceeds the level beyond its error, as the next one's does; NaN if none."""
        above = self.value - Z * self.error > level
        lasting = np.flatnonzero(above[:-1] & above[1:])
        return float(self.step[lasting[0]]) if len(lasting) else nan

    def passed(self, start: float, part: float) -> float:
        """The step from which on a part of the way from `start` to the last value is made, for good."""
        way = self.value[-1] - start
        short = (self.value - start) * np.sign(way) < part * abs(way)
        return float(self.step[np.flatnonzero(short).max(initial=-1) + 1]) if way else nan

    def change(self, start: float) -> tuple[float, float]:
        """Steps between which the value goes from a tenth to nine tenths of the way from `start`."""
        first = self.passed(start, 0.1)
        there = (self.value - start) / (self.value[-1] - start) >= 0.9
        return first, float(self.step[there & (self.step >= first)].min(initial=np.inf))


def metric_curve(metric: pd.DataFrame, model: str, name: str, component="", distribution="") -> Curve:
    """A metric of a model over training."""
    chosen = metric[
        (metric["model"] == model)
        & (metric["name"] == name)
        & (metric["component"] == component)
        & (metric["distribution"] == distribution)
    ]
    words = " ".join(filter(None, (name, component, distribution)))
    return _curve(chosen, "value", f"no {words} of {model} at three checkpoints or more")


def head_curves(metric: pd.DataFrame, model: str, name: str, layer: int) -> dict[str, Curve]:
    """A score of each head of a layer over training, by the head's name."""
    chosen = metric[(metric["model"] == model) & (metric["name"] == name)]
    heads = sorted(c for c in chosen["component"].unique() if c.startswith(f"head {layer}."))
    if not heads:
        raise MissingData(f"no {name} of layer {layer} of {model}")
    return {head: metric_curve(metric, model, name, head) for head in heads}


def llc_curve(llc: pd.DataFrame, model: str) -> Curve:
    """Reliable λ̂ of a whole model on all data over training."""
    chosen = llc[
        (llc["model"] == model)
        & (llc["component"] == "full")
        & (llc["distribution"] == "all")
        & (llc["target"] == "data")
        & (llc["verdict"] == "reliable")
    ]
    return _curve(chosen, "llc", f"no reliable λ̂ of {model} at three checkpoints or more")


def _curve(rows: pd.DataFrame, column: str, lacking: str) -> Curve:
    rows = rows[np.isfinite(rows[column].astype(float))].sort_values("step")
    if len(rows) < 3:
        raise MissingData(lacking)
    values = (rows[name].to_numpy(float) for name in ("step", column))
    return Curve(*values, rows["std_err"].fillna(0.0).to_numpy(float))


def boundaries(stage: pd.DataFrame, llc: pd.DataFrame, model: str) -> pd.DataFrame:
    """Stages whose ends are boundaries, all but the last.

    Found by the first method at the nβ of the stored λ̂ and the middle length-scale.
    """
    own = stage[stage["model"] == model]
    if own.empty:
        raise MissingData(f"no stages of {model}")
    own = own[own["method"] == own["method"].min()]
    full = llc[(llc["model"] == model) & (llc["component"] == "full")]
    if len(full):
        distance = (own["nbeta"] / full["nbeta"].iloc[0] - 1).abs()
        own = own[distance == distance.min()]
    scales = np.sort(own["length_scale"].dropna().unique())
    if len(scales):
        own = own[own["length_scale"] == scales[(len(scales) - 1) // 2]]
    return own.sort_values("stage").iloc[:-1]


def above(value: float, error: float, bound: float) -> bool | None:
    """Whether a value is above a bound."""
    return None if abs(value - bound) <= Z * error and error > 0 else bool(value >= bound)


def opposite(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """True if all are, False if any is False, else None."""
    verdicts = list(verdicts)
    return False if False in verdicts else None if None in verdicts else True
