"""Stages of training, found in the curve of the local learning coefficient.

Source: Hoogland et al. 2024 (arXiv 2402.02364): stages end where λ̂ stops changing with the logarithm of the
step, at zero crossings of the slope and at plateaus. Length-scales are in decades of steps; the published
range .2-.5 is read in the natural logarithm, which their code takes: in decades it would be too wide to tell
apart the boundaries at 6,500 and 8,500. Slopes are per decade.
"""

from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd

from devdash.measures.curve_process import Process, curve, fit

FINE, COARSE = 0.005, 0.02  # decades between points of a grid: to find boundaries, to draw
SURE = 2.5  # a dip of |slope| must exceed so many of its standard deviations
DEPTH = 0.5  # … and so large a share of the |slope| on either side
OFTEN = 0.5  # … in so large a share of the resamples
LONG = 0.3  # a last plateau lasts for so many decades
CERTAIN = 3.5  # … after a |slope| of more than so many of its standard deviations
NEGLIGIBLE = 0.03  # … of which so large a share is no slope
FLAT = 0.1  # … and begins where so large a share is left
TINY = np.finfo(float).tiny


def smooth(step, llc, std_err=None, length_scale: float | None = 0.2) -> pd.DataFrame:
    """The fitted curve, as rows of llc_smooth: step, mean, sd, slope and slope_sd (per decade).

    sd holds what checkpoints share of their errors too, slope_sd does not: it hardly moves the slope.
    attrs["scatter"] is what `find_stages` says of it.

    >>> x = np.linspace(0, 4, 30)
    >>> table = smooth(10**x - 1, 2 * x)
    >>> table.columns.tolist(), table["slope"].round(2).unique()
    (['step', 'mean', 'sd', 'slope', 'slope_sd'], array([2.]))
    """
    process = fit(curve(step, llc, std_err), length_scale)
    steps = np.unique(np.rint(10 ** _grid(process.data.x, COARSE) - 1).astype(int))
    x = np.log10(steps + 1)
    table = {"step": steps}
    for slope, mean, sd, shared in ((False, "mean", "sd", process.common(x)), (True, "slope", "slope_sd", 0)):
        weights, covariance = process.posterior(x, slope)
        std_err = np.sqrt(np.diag(covariance).clip(0))
        table |= {mean: weights @ process.data.llc, sd: np.hypot(std_err, shared)}
    return _with_scatter(pd.DataFrame(table), process)


def find_stages(
    step, llc, std_err=None, length_scale: float | None = 0.2, seed: int = 0, bootstraps: int = 200
) -> pd.DataFrame:
    """Stages by a Gaussian process: stage, start_step, end_step, end_low, end_high, slope (dλ̂/dlog₁₀ step).

    A stage ends at a minimum of |slope| (0 where the slope changes sign) that is less than half of the
    |slope| on either side, by more than 2.5 posterior standard deviations of the difference; or where a
    plateau begins that lasts to the end. Either must be so in at least half of the resamples of λ̂ within its
    noise. end_low, end_high: its 95 % interval over those.

    The noise of a checkpoint is not its std_err, which checkpoints with the same seeds and minibatches share
    in part, but what the curve is found to scatter by. attrs["scatter"] says how much of std_err that is,
    from 0 (the curve moves as one) to 1 (independent errors), NaN where there are none. A shared error that
    wanders over training as λ̂ does cannot be told from λ̂.

    >>> x = np.linspace(0, 4, 60)
    >>> stages = find_stages(10**x - 1, np.tanh(3 * (x - 1)) + np.tanh(3 * (x - 3)), bootstraps=10)
    >>> stages["end_step"].tolist()
    [99, 9999]
    """
    process = fit(curve(step, llc, std_err), length_scale)
    grid = _grid(process.data.x, FINE)
    weights, covariance = process.posterior(grid, slope=True)
    estimate = _slope_ends(weights @ process.data.llc, covariance)
    resampled = [_slope_ends(weights @ values, covariance) for values in process.resamples(bootstraps, seed)]
    middles = [-1, *((a + b) / 2 for a, b in pairwise(estimate)), len(grid)]
    ends = []
    for number, place in enumerate(estimate):
        near = [[i for i in places if middles[number] < i < middles[number + 1]] for places in resampled]
        hits = [min(places, key=lambda i: abs(i - place)) for places in near if places]
        if len(hits) >= OFTEN * bootstraps:
            ends.append([grid[place], *np.quantile(grid[hits], [0.025, 0.975])])
    table = stage_table(
        process.data.x, ends, lambda x: process.posterior(x, slope=False)[0] @ process.data.llc
    )
    return _with_scatter(table, process)


def _slope_ends(slope: np.ndarray, covariance: np.ndarray) -> list[int]:
    """Places on the grid where stages end: minima of |slope|, and the start of a plateau that lasts.

    slope: (grid,), per decade, on a grid of spacing FINE; covariance: (grid, grid).
    """
    rest = plateau(slope, covariance)
    return [place for place in minima(slope, covariance) if place < min(rest, default=len(slope))] + rest


def minima(slope: np.ndarray, covariance: np.ndarray) -> list[int]:
    """Places on the grid where |slope| has a deep and sure minimum; the ends of the grid do not count.

    slope: (grid,); covariance: (grid, grid). Of all neighbouring pairs of a minimum and a maximum the
    weakest goes first, until every pair left is deep and sure. A minimum is compared with the place near the
    maximum that it differs from most surely: the maximum itself may lie where checkpoints are few.

    >>> x = np.arange(0, 2, FINE)
    >>> places = minima(np.abs(x - 1), covariance=1e-4 * np.eye(len(x)))
    >>> x[places].round(2)
    array([1.])
    """
    size, sign, variance = np.abs(slope), np.where(slope < 0, -1, 1), np.diag(covariance)
    turn = np.sign(np.diff(size))
    places = [0, *(np.flatnonzero(turn[1:] * turn[:-1] < 0) + 1), len(size) - 1]
    low = [bool(size[i] < size[j]) for i, j in zip(places, [*places[1:], places[-2]], strict=True)]

    @cache
    def strength(bottom: int, start: int, end: int) -> float:
        side = slice(start, end + 1)
        dip = size[side] - size[bottom]
        shared = 2 * sign[bottom] * sign[side] * covariance[bottom, side]
        sd = np.sqrt((variance[bottom] + variance[side] - shared).clip(0)) + TINY
        height = np.maximum(size[side], size[bottom])
        return np.minimum(dip / (SURE * sd), dip / (DEPTH * height + TINY)).max()

    def pair_strength(n: int) -> float:
        if low[n]:
            return strength(places[n], places[n], places[min(n + 2, len(places) - 1)])
        return strength(places[n + 1], places[max(n - 1, 0)], places[n + 1])

    while len(places) > 2:
        pairs = range(int(low[0]), len(places) - 1 - int(low[-1]))
        weakest, first = min(((pair_strength(n), n) for n in pairs), default=(1, 0))
        if weakest >= 1:
            break
        del places[first : first + 2], low[first : first + 2]
    inner = zip(places[1:-1], low[1:-1], strict=True)
    return [int(place) for place, is_low in inner if is_low]


def plateau(slope: np.ndarray, covariance: np.ndarray) -> list[int]:
    """The place from which |slope| stays near 0 to the end of the grid, if it was surely large before.

    What the slope still is there, on the whole and at each place, is below certainty, or negligible beside
    its peak. A flat beginning is no stage: on the logarithm of the step every curve begins flat.

    >>> x = np.arange(0, 2, FINE)
    >>> places = plateau(np.maximum(1 - x, 0), covariance=1e-4 * np.eye(len(x)))
    >>> x[places].round(2)
    array([0.97])
    """
    size, sd = np.abs(slope), np.sqrt(np.diag(covariance).clip(0)) + TINY
    peak = int(np.argmax(size - CERTAIN * sd))
    end = slice(-round(LONG / FINE), None)
    rest, rest_sd = abs(slope[end].mean()), np.sqrt(covariance[end, end].mean().clip(0))
    if size[peak] <= CERTAIN * sd[peak] or rest > max(CERTAIN * rest_sd, NEGLIGIBLE * size[peak]):
        return []
    steep = size > np.clip(CERTAIN * sd, NEGLIGIBLE * size[peak], DEPTH * size[peak])
    flat = size <= np.clip(sd, FLAT * size[peak], DEPTH * size[peak])
    flat[: np.flatnonzero(steep)[-1] + 1] = False
    first = int(np.argmax(flat))
    return [first] if flat.any() and len(size) - first >= LONG / FINE else []


def _with_scatter(table: pd.DataFrame, process: Process) -> pd.DataFrame:
    table.attrs["scatter"] = process.scatter_share
    return table


def _grid(x: np.ndarray, spacing: float) -> np.ndarray:
    return np.linspace(x[0], x[-1], int(np.ceil((x[-1] - x[0]) / spacing)) + 1)


def stage_table(x: np.ndarray, ends: list, level) -> pd.DataFrame:
    """Stages between the ends (each: x, low, high), the last of which is the last checkpoint.

    level: x → λ̂ there.

    >>> ends = [[2.0, 1.9, 2.1]]  # one boundary, at 10² steps
    >>> stage_table(np.array([0.0, 4.0]), ends, level=lambda x: 5 * x)[["start_step", "end_step", "slope"]]
       start_step  end_step  slope
    0           0        99    5.0
    1          99      9999    5.0
    """
    ends = np.array([*ends, [x[-1], np.nan, np.nan]])
    edges = np.array([x[0], *ends[:, 0]])
    steps = np.rint(10**edges - 1).astype(int)
    low, high = 10 ** ends[:, 1:].T - 1
    return pd.DataFrame(
        {
            "stage": np.arange(len(ends)),
            "start_step": steps[:-1],
            "end_step": steps[1:],
            "end_low": low,
            "end_high": high,
            "slope": np.diff(level(edges)) / np.diff(edges),
        }
    )
