"""One quantity of a model over training, with its errors, from the stored tables metric and llc."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from devdash.intervals import Z_95
from devdash.measures.findings import MissingData
from devdash.verdicts import is_reliable

FEWEST = 3


@dataclass(frozen=True)
class TrainingCurve:
    """Values with standard errors (0 where none is stored) at steps, in order; each (checkpoint,).

    >>> curve = TrainingCurve(np.array([0.0, 10, 100]), np.array([3.0, 1, 2]), np.zeros(3))
    >>> curve.lowest(), curve.since(10).value.shape
    ((10.0, 1.0, 0.0), (2,))
    """

    step: np.ndarray
    value: np.ndarray
    error: np.ndarray

    def at(self, step: float) -> tuple[float, float]:
        """Value and error at the checkpoint nearest in log step."""
        place = np.abs(np.log1p(self.step) - np.log1p(step)).argmin()
        return float(self.value[place]), float(self.error[place])

    def start(self) -> tuple[float, float]:
        """Value and error at the first checkpoint."""
        return float(self.value[0]), float(self.error[0])

    def end(self) -> tuple[float, float]:
        """Value and error at the last checkpoint."""
        return float(self.value[-1]), float(self.error[-1])

    def lowest(self) -> tuple[float, float, float]:
        """Step, value and error of the smallest value."""
        return self._point(self.value.argmin())

    def highest(self) -> tuple[float, float, float]:
        """Step, value and error of the largest value."""
        return self._point(self.value.argmax())

    def _point(self, place: int) -> tuple[float, float, float]:
        return float(self.step[place]), float(self.value[place]), float(self.error[place])

    def before(self, step: float) -> "TrainingCurve":
        """The checkpoints before a step."""
        return self._only(self.step < step, 1, f"no checkpoint before step {step:,.0f}")

    def since(self, step: float) -> "TrainingCurve":
        """The checkpoints from a step on."""
        return self._only(self.step >= step, 2, f"fewer than two checkpoints from step {step:,.0f} on")

    def _only(self, chosen: np.ndarray, fewest: int, lacking: str) -> "TrainingCurve":
        if chosen.sum() < fewest:
            raise MissingData(lacking)
        return TrainingCurve(self.step[chosen], self.value[chosen], self.error[chosen])

    def onset(self, level: float) -> float:
        """First step whose value exceeds the level beyond its error, as the next one's does; NaN if none."""
        exceeds = self.value - Z_95 * self.error > level
        lasting = np.flatnonzero(exceeds[:-1] & exceeds[1:])
        return float(self.step[lasting[0]]) if len(lasting) else float("nan")

    def passed(self, start: float, part: float) -> float:
        """The step from which on a part of the way from `start` to the last value is made, for good."""
        way = self.value[-1] - start
        short = (self.value - start) * np.sign(way) < part * abs(way)
        return float(self.step[np.flatnonzero(short).max(initial=-1) + 1]) if way else float("nan")

    def change(self, start: float) -> tuple[float, float]:
        """Steps between which the value goes from a tenth to nine tenths of the way from `start`."""
        first = self.passed(start, 0.1)
        there = (self.value - start) / (self.value[-1] - start) >= 0.9
        return first, float(self.step[there & (self.step >= first)].min(initial=np.inf))


def metric_curve(metric: pd.DataFrame, model: str, name: str, component="", distribution="") -> TrainingCurve:
    """A metric of a model over training.

    >>> from devdash.measures.example_tables import metrics
    >>> metric = metrics([0, 100, 999], {("previous-token score", "head 0.1"): [0.1, 0.1, 0.8]})
    >>> metric_curve(metric, "two-layer", "previous-token score", "head 0.1").highest()
    (999.0, 0.8, 0.01)
    """
    rows = metric[
        (metric["model"] == model)
        & (metric["name"] == name)
        & (metric["component"] == component)
        & (metric["distribution"] == distribution)
    ]
    words = " ".join(filter(None, (name, component, distribution)))
    return _curve(rows, "value", f"no {words} of {model} at three checkpoints or more")


def head_curves(metric: pd.DataFrame, model: str, name: str, layer: int) -> dict[str, TrainingCurve]:
    """A score of each head of a layer over training, by the head's name.

    >>> from devdash.measures.example_tables import metrics
    >>> name = "previous-token score"
    >>> metric = metrics([0, 100, 999], {(name, f"head 0.{number}"): number / 10 for number in range(3)})
    >>> {head: score.end() for head, score in head_curves(metric, "two-layer", name, layer=0).items()}
    {'head 0.0': (0.0, 0.01), 'head 0.1': (0.1, 0.01), 'head 0.2': (0.2, 0.01)}
    """
    rows = metric[(metric["model"] == model) & (metric["name"] == name)]
    heads = sorted(c for c in rows["component"].unique() if c.startswith(f"head {layer}."))
    if not heads:
        raise MissingData(f"no {name} of layer {layer} of {model}")
    return {head: metric_curve(metric, model, name, head) for head in heads}


def whole_model(llc: pd.DataFrame) -> pd.DataFrame:
    """Estimates of all weights on all data with the data as target.

    >>> from devdash.measures.example_tables import estimates
    >>> whole_model(estimates([0, 999], {"full": [1.0, 9.0], "head 0.1": [0.1, 0.3]}))["llc"].tolist()
    [1.0, 9.0]
    """
    return llc[
        (llc["component"] == "full") & llc["distribution"].isin(["", "all"]) & (llc["target"] == "data")
    ]


def llc_curve(llc: pd.DataFrame, model: str) -> TrainingCurve:
    """Reliable λ̂ of a whole model on all data over training.

    >>> from devdash.measures.example_tables import estimates
    >>> llc_curve(estimates([0, 100, 999], {"full": [1.0, 30.0, 9.0]}), "two-layer").highest()
    (100.0, 30.0, 0.1)
    """
    rows = whole_model(llc)
    rows = rows[(rows["model"] == model) & is_reliable(rows)]
    return _curve(rows, "llc", f"no reliable λ̂ of {model} at three checkpoints or more")


def _curve(rows: pd.DataFrame, column: str, lacking: str) -> TrainingCurve:
    rows = rows[np.isfinite(rows[column].astype(float))].sort_values("step")
    if len(rows) < FEWEST:
        raise MissingData(lacking)
    values = (rows[name].to_numpy(float) for name in ("step", column))
    return TrainingCurve(*values, rows["std_err"].fillna(0.0).to_numpy(float))
