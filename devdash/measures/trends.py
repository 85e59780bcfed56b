"""The straight line through measured values, ranks of two, and intervals of means and of draws."""

from math import nan

import numpy as np
from scipy import stats

from devdash.intervals import Z_95
from devdash.measures.findings import Interval, interval

TAILS = (0.025, 0.975)


def trend(x, values, errors) -> Interval:
    """95 % interval of the least-squares slope of values (point,) on x (point,); NaN where x is constant.

    The error is that which the values' standard errors give it, or, if larger and two degrees of freedom or
    more remain, that of the scatter about the line with Student's t.

    >>> low, high = trend([1, 2, 3, 4], [2.0, 4.1, 5.9, 8.0], [0.1] * 4)
    >>> round((low + high) / 2, 2), low < 2 < high
    (1.98, True)
    """
    x, values, errors = (np.asarray(column, float) for column in (x, values, errors))
    if len(np.unique(x)) < 2:
        return Interval(nan, nan)
    centred = x - x.mean()
    weight = centred / (centred**2).sum()
    slope = float(weight @ values)
    error = float(np.sqrt((weight**2 * errors**2).sum()))
    degrees = len(x) - 2
    if degrees > 1:
        rest = values - values.mean() - slope * centred
        scatter = np.sqrt((rest**2).sum() / degrees / (centred**2).sum())
        error = max(error, float(stats.t.ppf(0.975, degrees) * scatter / Z_95))
    return interval(slope, error)


def mean_interval(values, errors=None) -> Interval:
    """95 % interval of a mean of independent values (repeat,): Student's t over the repeats.

    Of one value that of its standard error, errors (repeat,), where it is given; else NaN.

    >>> low, high = mean_interval([1.0, 2.0, 3.0])
    >>> round(low, 2), round(high, 2)
    (-0.48, 4.48)
    """
    values = np.asarray(values, float)
    if len(values) == 1 and errors is not None:
        return interval(values[0], float(np.asarray(errors, float)[0]))
    if len(values) < 2:
        return Interval(nan, nan)
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values))
    return Interval(float(values.mean() - half), float(values.mean() + half))


def middle(drawn: np.ndarray, method: str = "linear") -> Interval:
    """The middle 95 % of draws, (draw,); NaN where all are. method: of `numpy.nanquantile`.

    >>> middle(np.arange(1001))
    Interval(low=25.0, high=975.0)
    """
    return Interval(*(float(end) for end in np.nanquantile(drawn, TAILS, method=method)))


def rank_correlation(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Spearman's ρ of values (…, point) and others, (…); NaN where one of both is constant.

    >>> rank_correlation(np.array([[1.0, 2, 3], [1, 1, 1]]), np.array([10.0, 30, 20]))
    array([0.5, nan])
    """
    ranks = (stats.rankdata(values, axis=-1) for values in (first, second))
    one, other = (rank - rank.mean(-1, keepdims=True) for rank in ranks)
    with np.errstate(invalid="ignore"):
        return (one * other).sum(-1) / np.sqrt((one**2).sum(-1) * (other**2).sum(-1))
