"""A Gaussian process of the local learning coefficient over training, with errors that checkpoints may share.

The errors of λ̂ at different checkpoints are not independent: chains with the same seeds see the same
minibatches at each of them, so a curve is smoother than its errors. How much of them is scatter, independent
from one checkpoint to the next, is fitted; the rest moves the curve as a whole and its slope little.
"""

from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import brentq, minimize

LENGTH_SCALES = (0.2 / np.log(10), 0.5 / np.log(10))  # published range, in decades
FEWEST = 8
LOGS = {"amplitude": (-7, 5), "white": (-7, 1), "scatter": (-7, 0)}  # bounds; the first two by the sd of λ̂
STARTS = ((0, -3), (-3, -1))  # of the first two
REFUTED = 1.92  # nats: half the 95 % point of χ² with one degree of freedom
CLOSE = 0.05  # in the logarithm of the scatter
ENOUGH = 1e-6  # of −log evidence: to stop at; about a thousandth of a nat


@dataclass(frozen=True)
class Curve:
    """λ̂ at checkpoints, in order of x = log₁₀(step + 1); std_err is 0 where none was stored. All (point,).

    >>> data = Curve(x=np.log10([1, 10, 100]), llc=np.array([0.0, 4, 8]), std_err=np.zeros(3))
    >>> np.diff(data.llc) / np.diff(data.x)  # per decade
    array([4., 4.])
    """

    x: np.ndarray
    llc: np.ndarray
    std_err: np.ndarray


def curve(step, llc, std_err=None) -> Curve:
    """The points sorted by step, or an error that says what is wrong with them.

    >>> data = curve([0, 9, 99, 999, 9_999, 3, 30, 300], np.arange(8.0))
    >>> data.x.round(2)
    array([0.  , 0.6 , 1.  , 1.49, 2.  , 2.48, 3.  , 4.  ])
    >>> curve([0, 9, 99], [1.0, 2.0, 3.0])
    Traceback (most recent call last):
        ...
    ValueError: 3 checkpoints; stages need at least 8: measure more
    """
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
    """λ̂ on x: a straight line of unknown coefficients + RBF + noise.

    The RBF is a sum of bumps exp(−(x − z)²/width²) half a width apart with independent normal heights, which
    gives its covariance to 1e-8 (the convolution of two Gaussians by the trapezoidal rule) and turns the
    process into a linear model: Rasmussen & Williams 2006, equations 2.8 (posterior), 2.45 (evidence).
    amplitude and white in units of λ̂; width, the length-scale, in decades; scatter: how much of std_err is
    independent between checkpoints, from 0 to 1. The noise of a point has variance
    (scatter · std_err)² + white².

    >>> data = curve(np.logspace(0, 4, 30) - 1, np.linspace(0, 8, 30))  # 2 per decade
    >>> process = Process(data, amplitude=1.0, white=0.1, scatter=1.0, width=0.2)
    >>> weights, covariance = process.posterior(np.array([1.0, 3.0]), slope=True)
    >>> (weights @ data.llc).round(2), weights.shape, covariance.shape
    (array([2., 2.]), (2, 30), (2, 2))
    """

    data: Curve
    amplitude: float
    white: float
    scatter: float
    width: float

    @cached_property
    def noise(self) -> np.ndarray:
        """Standard deviation of each point's noise: (point,)."""
        return np.hypot(self.scatter * self.data.std_err, self.white)

    @property
    def scatter_share(self) -> float:
        """How much of the errors is scatter, white noise included: from 0 to 1; NaN where there are none."""
        errors = np.square(self.data.std_err).mean()
        return float(np.sqrt(np.square(self.noise).mean() / errors).clip(max=1)) if errors else np.nan

    def common(self, x: np.ndarray) -> np.ndarray:
        """The part of the errors that neighbouring checkpoints share, at x: (x,)."""
        rest = np.sqrt((self.data.std_err**2 - self.noise**2).clip(0))
        return np.interp(x, self.data.x, rest)

    def features(self, x: np.ndarray, slope: bool = False) -> np.ndarray:
        """Columns 1, x, and the bumps (or their derivatives): (x, feature)."""
        first, last, width = self.data.x[0], self.data.x[-1], self.width
        centres = np.arange(first - 3 * width, last + 3 * width + width / 2, width / 2)
        gap = (x[:, None] - centres) / width
        bumps = self.amplitude / (2 * np.pi) ** 0.25 * np.exp(-(gap**2))
        line = np.column_stack([np.ones_like(x), x - self.data.x.mean()])
        if slope:
            bumps, line = -2 * gap / width * bumps, np.tile([0.0, 1.0], (len(x), 1))
        return np.hstack([line, bumps])

    @cached_property
    def _solved(self):
        """Features in units of the noise (point, feature), and the Cholesky factor of the precision of their
        coefficients."""
        features = self.features(self.data.x) / self.noise[:, None]
        prior = np.diag(np.r_[0.0, 0.0, np.ones(features.shape[1] - 2)])
        return features, cho_factor(features.T @ features + prior, lower=True)

    def surprise(self) -> float:
        """−log evidence with the line integrated out, up to a constant, in nats."""
        features, factor = self._solved
        values = (self.data.llc - self.data.llc.mean()) / self.noise
        mean = cho_solve(factor, features.T @ values)
        misfit = ((values - features @ mean) ** 2).sum() + (mean[2:] ** 2).sum()
        return float(misfit / 2 + np.log(np.diag(factor[0])).sum() + np.log(self.noise).sum())

    def posterior(self, grid: np.ndarray, slope: bool) -> tuple[np.ndarray, np.ndarray]:
        """Weights (grid, point) that turn λ̂ into the posterior mean of the curve or of its slope, and the
        posterior covariance (grid, grid)."""
        features, factor = self._solved
        wanted = self.features(grid, slope)
        solved = cho_solve(factor, wanted.T).T
        return solved @ (features / self.noise[:, None]).T, solved @ wanted.T

    def resamples(self, count: int, seed: int) -> np.ndarray:
        """λ̂ with fresh noise added, as large as the fitted one: (count, point)."""
        random = np.random.default_rng(seed)
        return self.data.llc + self.noise * random.standard_normal((count, len(self.data.x)))


def fit(data: Curve, length_scale: float | None = 0.2) -> Process:
    """The process of highest evidence, with as much scatter as the curve does not refute.

    Of all factors from 0 to 1 it is the largest whose evidence is within 1.92 nats of the best (the upper end
    of a 95 % interval): few checkpoints far apart can be joined by a smooth curve whatever their errors are.
    length_scale: in decades; None fits it in the published range.

    >>> x = np.linspace(0, 4, 30)
    >>> process = fit(curve(10**x - 1, np.tanh(x - 2)))
    >>> weights, _ = process.posterior(np.array([2.0]), slope=True)
    >>> (weights @ process.data.llc).round(2)  # d tanh(x − 2) / dx at 2
    array([1.])
    """
    low, high = LENGTH_SCALES if length_scale is None else (length_scale, length_scale)
    if not low > 0:
        raise ValueError(f"length_scale is {length_scale}; give a positive one, or None to fit it")
    widths = tuple(np.log([low, high]))
    best = _likeliest(data, widths, LOGS["scatter"])
    if not data.std_err.any():
        return best
    start = np.log([best.amplitude, best.white])

    @cache
    def excess(log: float) -> float:
        return _likeliest(data, widths, (log, log), start).surprise() - best.surprise() - REFUTED

    if excess(0.0) <= 0:
        return _likeliest(data, widths, (0, 0), start)
    log = brentq(excess, np.log(best.scatter), 0.0, xtol=CLOSE)
    return _likeliest(data, widths, (log, log), start)


def _likeliest(data: Curve, widths: tuple, scatter: tuple, start: np.ndarray | None = None) -> Process:
    """The process of highest evidence with the logarithms of width and scatter in these ranges.

    start: logarithms of an amplitude and a white noise that may be near it.
    """
    scale = float(np.std(data.llc)) or 1.0

    def process(logs) -> Process:
        amplitude, white, factor, width = np.exp(logs)
        return Process(data, scale * amplitude, scale * white, factor, width)

    bounds = [LOGS["amplitude"], LOGS["white"], scatter, widths]
    middle = [np.mean(scatter), np.mean(widths)]
    starts = STARTS if start is None else [start - np.log(scale), STARTS[-1]]
    search = {"fun": lambda logs: process(logs).surprise(), "bounds": bounds, "options": {"ftol": ENOUGH}}
    fits = [minimize(x0=[*first, *middle], **search) for first in starts]
    return process(min(fits, key=lambda result: result.fun).x)
