"""Stages by a second method: straight pieces of the curve of the local learning coefficient."""

import numpy as np
import pandas as pd
import ruptures

from devdash.measures.curve_process import Curve, curve
from devdash.measures.stages import stage_table

CHI_SQUARE = 3.84  # 95 % point, one degree of freedom
SHORTEST = 3  # steps in a piece: a line through two would cost nothing


def find_breaks(step, llc, std_err=None) -> pd.DataFrame:
    """Stages by a second method, with the columns of `find_stages`: straight lines in log₁₀(step + 1).

    Exact segmentation (PELT, Killick et al. 2012); each break costs 3 log(steps) in χ², the Bayesian
    information criterion for a line and its start. Several values at one step count as their mean, which
    fits a line as they do; a break lies between steps. Interval: where χ² rises by less than 3.84 as the
    break moves alone.

    >>> x = np.linspace(0, 4, 41)
    >>> stages = find_breaks(10**x - 1, np.maximum(0, x - 2), np.full(41, 0.01))  # flat until step 99
    >>> stages[["stage", "start_step", "end_step", "slope"]].round(1)
       stage  start_step  end_step  slope
    0      0           0        88    0.0
    1      1          88      9999    1.0
    """
    data = _merged(curve(step, llc, std_err))
    signal = np.column_stack([data.llc, data.x, np.ones_like(data.x)]) / _noise(data)[:, None]
    cost = ruptures.costs.CostLinear().fit(signal)
    search = ruptures.Pelt(custom_cost=cost, min_size=SHORTEST, jump=1).fit(signal)
    bounds = [0, *search.predict(pen=3 * np.log(len(data.x)))]
    ends = []
    for before, place, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        tried = np.arange(before + SHORTEST, after - SHORTEST + 1)
        misfit = np.array([cost.error(before, i) + cost.error(i, after) for i in tried])
        close = tried[misfit <= misfit.min() + CHI_SQUARE]
        ends.append([(data.x[i - 1] + data.x[i]) / 2 for i in (place, close.min(), close.max())])
    return stage_table(data.x, ends, lambda x: np.interp(x, data.x, data.llc))


def _merged(data: Curve) -> Curve:
    """One value per step: the mean weighted by 1/std_err² (equally where an error is 0) and its error."""
    x, place, count = np.unique(data.x, return_inverse=True, return_counts=True)
    if len(x) == len(data.x):
        return data
    sure = (data.std_err > 0).all()
    weight = 1 / data.std_err**2 if sure else np.ones_like(data.llc)
    total = np.bincount(place, weight)
    llc = np.bincount(place, weight * data.llc) / total
    std_err = np.sqrt(1 / total) if sure else np.sqrt(np.bincount(place, data.std_err**2)) / count
    return Curve(x, llc, std_err)


def _noise(data: Curve) -> np.ndarray:
    """Noise of each point: std_err, enlarged if points lie farther from the line through their neighbours."""
    x, y = data.x, data.llc
    sure = (data.std_err > 0).all()
    unit = data.std_err if sure else np.ones_like(y)
    part = (x[1:-1] - x[:-2]) / (x[2:] - x[:-2])
    gap = y[1:-1] - (1 - part) * y[:-2] - part * y[2:]
    expected = np.sqrt(unit[1:-1] ** 2 + ((1 - part) * unit[:-2]) ** 2 + (part * unit[2:]) ** 2)
    excess = float(np.median(np.abs(gap) / expected)) / 0.6745  # median of |standard normal|
    return unit * max(excess, 1.0 if sure else 1e-6 * (float(np.std(y)) or 1.0))
