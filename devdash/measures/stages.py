"""Stages of training, found in the curve of the local learning coefficient.

Source: Hoogland et al. 2024 (arXiv 2402.02364): stages end where λ̂ stops changing with the logarithm of the
step, at zero crossings of the slope and at plateaus. Length-scales are in decades of steps; the published
range .2-.5 is read in the natural logarithm, which their code takes: in decades it would be too wide to tell
apart the boundaries at 6,500 and 8,500. Slopes are per decade.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
import ruptures
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

LENGTH_SCALES = (0.2 / np.log(10), 0.5 / np.log(10))  # published range, in decades
FINE, COARSE = 0.005, 0.02  # decades between points of a grid: to find boundaries, to draw
SURE = 2.5  # a dip of |slope| must exceed so many of its standard deviations
DEPTH = 0.5  # … and so large a share of the |slope| on either side
OFTEN = 0.5  # … in so large a share of the resamples
CHI_SQUARE = 3.84  # 95 % point, one degree of freedom
FEWEST = 8


@dataclass(frozen=True)
class Curve:
    """λ̂ at checkpoints, in order of x = log₁₀(step + 1); std_err is 0 where it is not known. All (point,)."""

    x: np.ndarray
    llc: np.ndarray
    std_err: np.ndarray


def curve(step, llc, std_err=None) -> Curve:
    """The points sorted by step, or an error that says what is wrong with them."""
    step, llc = np.asarray(step, float), np.asarray(llc, float)
    std_err = np.zeros_like(llc) if std_err is None else np.asarray(std_err, float)
    if not step.shape == llc.shape == std_err.shape or step.ndim != 1:
        raise ValueError(
            f"step, llc and std_err have shapes {step.shape}, {llc.shape}, {std_err.shape}; "
            "give one number of each per checkpoint"
        )
    wrong = ~np.isfinite(step + llc + std_err) | (step < 0) | (std_err < 0)
    if wrong.any():
        raise ValueError(
            f"{wrong.sum()} of {len(step)} points have a missing or infinite value, or a negative step or "
            f"std_err (first at step {step[wrong][0]:g}); leave out checkpoints whose λ̂ did not converge"
        )
    if len(np.unique(step)) < FEWEST:
        raise ValueError(f"{len(np.unique(step))} checkpoints; stages need at least {FEWEST}: measure more")
    order = np.lexsort((std_err, llc, step))
    return Curve(np.log10(step[order] + 1), llc[order], std_err[order])


@dataclass(frozen=True)
class Process:
    """Gaussian process of λ̂ on x: a straight line of unknown coefficients + RBF + white noise.

    Rasmussen & Williams 2006, equations 2.42 (posterior), 2.45 (evidence) and section 9.4 (derivatives).
    amplitude and white in units of λ̂; width, the length-scale, in decades.
    """

    data: Curve
    amplitude: float
    white: float
    width: float

    def _noise(self) -> np.ndarray:
        return np.hypot(self.data.std_err, self.white)

    def _solved(self):
        """Cholesky factor of the covariance V (point, point), basis H (point, 2), V⁻¹H, and Hᵀ V⁻¹ H."""
        x = self.data.x
        V = self.amplitude**2 * np.exp(-(((x[:, None] - x) / self.width) ** 2) / 2)
        factor = cho_factor(V + np.diag(self._noise() ** 2), lower=True)
        H = _line(x, x.mean())
        solved = cho_solve(factor, H)
        return factor, H, solved, H.T @ solved

    def surprise(self) -> float:
        """−log evidence with the line integrated out, up to a constant."""
        factor, H, solved, gram = self._solved()
        rest = self.data.llc - H @ np.linalg.solve(gram, solved.T @ self.data.llc)
        halves = np.log(np.diag(factor[0])).sum() + np.linalg.slogdet(gram)[1] / 2
        return float(rest @ cho_solve(factor, rest) / 2 + halves)

    def posterior(self, grid: np.ndarray, slope: bool) -> tuple[np.ndarray, np.ndarray]:
        """Weights (grid, point) that turn λ̂ into the posterior mean of the curve or of its slope, and the
        posterior covariance (grid, grid)."""
        factor, _, solved, gram = self._solved()
        gap, between = (grid[:, None] - self.data.x) / self.width, (grid[:, None] - grid) / self.width
        cross, prior = (self.amplitude**2 * np.exp(-(d**2) / 2) for d in (gap, between))
        basis = _line(grid, self.data.x.mean())
        if slope:
            cross, prior = -gap / self.width * cross, (1 - between**2) / self.width**2 * prior
            basis = np.tile([0.0, 1.0], (len(grid), 1))
        own = cho_solve(factor, cross.T).T
        line = np.linalg.solve(gram, (basis - cross @ solved).T).T
        return own + line @ solved.T, prior - own @ cross.T + line @ (basis - cross @ solved).T

    def resamples(self, count: int, seed: int) -> np.ndarray:
        """λ̂ with fresh errors added, as large as its own: (count, point)."""
        random = np.random.default_rng(seed)
        return self.data.llc + self._noise() * random.standard_normal((count, len(self.data.x)))


def _line(x: np.ndarray, centre: float) -> np.ndarray:
    return np.column_stack([np.ones_like(x), x - centre])


def fit(data: Curve, length_scale: float | None = 0.2) -> Process:
    """The process of highest evidence. length_scale: in decades; None fits it in the published range."""
    low, high = LENGTH_SCALES if length_scale is None else (length_scale, length_scale)
    if not low > 0:
        raise ValueError(f"length_scale is {length_scale}; give a positive one, or None to fit it")
    scale = float(np.std(data.llc)) or 1.0

    def process(logs):
        amplitude, white, width = np.exp(logs)
        return Process(data, scale * amplitude, scale * white, width)

    bounds = [(-7, 5), (-7, 1), tuple(np.log([low, high]))]
    starts = ([0, -3, np.mean(bounds[2])], [-3, -1, np.mean(bounds[2])])
    found = [minimize(lambda logs: process(logs).surprise(), start, bounds=bounds) for start in starts]
    return process(min(found, key=lambda result: result.fun).x)


def smooth(step, llc, std_err=None, length_scale: float | None = 0.2) -> pd.DataFrame:
    """The fitted curve, as rows of llc_smooth: step, mean, sd, slope and slope_sd (per decade)."""
    process = fit(curve(step, llc, std_err), length_scale)
    steps = np.unique(np.rint(10 ** _grid(process.data.x, COARSE) - 1).astype(int))
    table = {"step": steps}
    for slope, names in ((False, ("mean", "sd")), (True, ("slope", "slope_sd"))):
        weights, covariance = process.posterior(np.log10(steps + 1), slope)
        table |= {names[0]: weights @ process.data.llc, names[1]: np.sqrt(np.diag(covariance).clip(0))}
    return pd.DataFrame(table)


def find_stages(
    step, llc, std_err=None, length_scale: float | None = 0.2, seed: int = 0, bootstraps: int = 200
) -> pd.DataFrame:
    """Stages by a Gaussian process: stage, start_step, end_step, end_low, end_high, slope (dλ̂/dlog₁₀ step).

    A stage ends at a minimum of |slope| (0 where the slope changes sign) that is less than half of the
    |slope| on either side, by more than 2.5 posterior standard deviations of the difference, in at least
    half of the resamples of λ̂ within its errors. end_low, end_high: its 95 % interval over those.
    """
    process = fit(curve(step, llc, std_err), length_scale)
    grid = _grid(process.data.x, FINE)
    weights, covariance = process.posterior(grid, slope=True)
    estimate = minima(weights @ process.data.llc, covariance)
    drawn = [minima(weights @ values, covariance) for values in process.resamples(bootstraps, seed)]
    middles = [-1, *((a + b) / 2 for a, b in pairwise(estimate)), len(grid)]
    ends = []
    for number, place in enumerate(estimate):
        near = [[i for i in found if middles[number] < i < middles[number + 1]] for found in drawn]
        hits = [min(found, key=lambda i: abs(i - place)) for found in near if found]
        if len(hits) >= OFTEN * bootstraps:
            ends.append([grid[place], *np.quantile(grid[hits], [0.025, 0.975])])
    return _stages(process.data.x, ends, lambda x: process.posterior(x, slope=False)[0] @ process.data.llc)


def minima(slope: np.ndarray, covariance: np.ndarray) -> list[int]:
    """Places on the grid where |slope| has a deep and sure minimum; the ends of the grid do not count.

    slope: (grid,); covariance: (grid, grid). Of all neighbouring pairs of a minimum and a maximum the
    weakest goes first, until every pair left is deep and sure.
    """
    size, sign = np.abs(slope), np.where(slope < 0, -1, 1)
    turn = np.sign(np.diff(size))
    places = [0, *(np.flatnonzero(turn[1:] * turn[:-1] < 0) + 1), len(size) - 1]
    low = [bool(size[i] < size[j]) for i, j in zip(places, [*places[1:], places[-2]], strict=True)]

    def strength(i, j):
        dip = abs(size[i] - size[j])
        variance = covariance[i, i] + covariance[j, j] - 2 * sign[i] * sign[j] * covariance[i, j]
        sd = np.sqrt(max(variance, 0)) + np.finfo(float).tiny
        return min(dip / (SURE * sd), dip / (DEPTH * max(size[i], size[j]) + np.finfo(float).tiny))

    while len(places) > 2:
        pairs = range(int(low[0]), len(places) - 1 - int(low[-1]))
        weakest, first = min(((strength(*places[n : n + 2]), n) for n in pairs), default=(1, 0))
        if weakest >= 1:
            break
        del places[first : first + 2], low[first : first + 2]
    inner = zip(places[1:-1], low[1:-1], strict=True)
    return [int(place) for place, is_low in inner if is_low]


def find_breaks(step, llc, std_err=None) -> pd.DataFrame:
    """Stages by a second method, with the columns of `find_stages`: straight lines in log₁₀(step + 1).

    Exact segmentation (PELT, Killick et al. 2012); each break costs 3 log(points) in χ², the Bayesian
    information criterion for a line and its start. Interval: where χ² rises by less than 3.84 as the break
    moves alone.
    """
    data = curve(step, llc, std_err)
    weight = 1 / _scatter(data)
    signal = np.column_stack([data.llc, data.x, np.ones_like(data.x)]) * weight[:, None]
    cost = ruptures.costs.CostLinear().fit(signal)
    search = ruptures.Pelt(custom_cost=cost, min_size=3, jump=1).fit(signal)
    bounds = [0, *search.predict(pen=3 * np.log(len(data.x)))]
    ends = []
    for before, place, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        tried = np.arange(before + 3, after - 2)
        misfit = np.array([cost.error(before, i) + cost.error(i, after) for i in tried])
        close = tried[misfit <= misfit.min() + CHI_SQUARE]
        ends.append([(data.x[i - 1] + data.x[i]) / 2 for i in (place, close.min(), close.max())])
    return _stages(data.x, ends, lambda x: np.interp(x, data.x, data.llc))


def _scatter(data: Curve) -> np.ndarray:
    """Noise of each point: std_err, enlarged if points lie farther from the line through their neighbours."""
    x, y = data.x, data.llc
    noise = data.std_err if (data.std_err > 0).all() else np.ones_like(y)
    part = (x[1:-1] - x[:-2]) / np.maximum(x[2:] - x[:-2], np.finfo(float).tiny)
    gap = y[1:-1] - (1 - part) * y[:-2] - part * y[2:]
    expected = np.sqrt(noise[1:-1] ** 2 + ((1 - part) * noise[:-2]) ** 2 + (part * noise[2:]) ** 2)
    excess = float(np.median(np.abs(gap) / expected)) / 0.6745  # median of |standard normal|
    least = 1.0 if (data.std_err > 0).all() else 1e-6 * (float(np.std(y)) or 1.0)
    return noise * max(excess, least)


def _grid(x: np.ndarray, spacing: float) -> np.ndarray:
    return np.linspace(x[0], x[-1], int(np.ceil((x[-1] - x[0]) / spacing)) + 1)


def _stages(x: np.ndarray, ends: list, level) -> pd.DataFrame:
    """Stages between the ends (each: x, low, high), the last of which is the last checkpoint."""
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
