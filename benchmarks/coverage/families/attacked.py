"""What estimators are taken in by: heavy tails, saddles of a few nats, two wells, escapes, coarse floats.

All but the regressions are K(x) + ½ Σ h y² with a K of one variable, integrated by quadrature.
"""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from benchmarks.coverage.families.regression import least_squares
from benchmarks.coverage.systems import Built, Landscape, System

NBETA = 1000.0
GRID = 400_001


def systems() -> list[System]:
    """Every kind at several strengths."""
    rows = [_heavy(degrees, n) for degrees in (1.0, 1.5, 2.0, 3.0) for n in (1000, 10_000)]
    for d in (1, 20):
        rows += [
            _well(f"{name} {nats:g} nats", partial(K, nats), steepest * nats, d)
            for name, K, steepest, strengths in TRAPS
            for nats in strengths
        ]
    coarse = ((1e4, torch.float32), (1e7, torch.float32), (50.0, torch.bfloat16))
    return rows + [_coarse(offset, dtype) for offset, dtype in coarse]


def _heavy(degrees: float, n: int) -> System:
    """Linear regression with Student-t errors: least squares is exact, minibatches meet outliers."""

    def build() -> Built:
        random = np.random.default_rng(n)
        x = torch.from_numpy(random.normal(size=(n, 10))).float()
        y = torch.from_numpy(random.standard_t(degrees, size=n)).float()
        return least_squares(x, y, None, n / math.log(n), 1.0)

    name = f"Student-t errors, ν {degrees:g}, n {n}"
    return System("attacked", name, n / math.log(n), 1.0, build, theory=5.0, batches=(32, None))


def saddle(nats: float, x):
    """−a x² + b x⁴: w* = 0 is a maximum, the minima at ±.1 lie `nats` / nβ below."""
    u = (x / 0.1) ** 2
    return nats / NBETA * (u * u - 2 * u)


def wells(barrier: float, x):
    """Two equal minima, w* = 0 one of them, the other at .5, a barrier between them."""
    return 16 * barrier / NBETA * (x / 0.5) ** 2 * (1 - x / 0.5) ** 2


def escape(barrier: float, x):
    """A narrow minimum at w* = 0 behind a barrier, a flat valley outside it half a nat higher."""
    inner = barrier / NBETA * (x / 0.05) ** 2
    outer = 0.5 / NBETA + 1e-4 * (abs(x) - 0.3) ** 2
    if isinstance(x, torch.Tensor):
        return torch.where(abs(x) < 0.05, inner, torch.where(abs(x) < 0.1, _slope(barrier, x), outer))
    return np.where(abs(x) < 0.05, inner, np.where(abs(x) < 0.1, _slope(barrier, x), outer))


def _slope(barrier: float, x):
    share = (abs(x) - 0.05) / 0.05
    end = 0.5 / NBETA + 1e-4 * 0.2**2
    return barrier / NBETA + (end - barrier / NBETA) * share * share * (3 - 2 * share)


TRAPS = (
    ("saddle of", saddle, 0.8, (0.5, 2.0, 5.0)),
    ("two wells, a barrier of", wells, 0.128, (1.0, 4.0, 10.0)),
    ("flat place behind", escape, 0.8, (1.0, 4.0, 10.0)),
)


def _well(name: str, K: Callable, steepest: float, d: int) -> System:
    """steepest: largest curvature of K, as far as the chains see it."""

    def exact(nbeta: float, gamma: float) -> tuple[float, float]:
        return one_variable(K, nbeta, gamma) + (d - 1) * nbeta / (nbeta + gamma) / 2, 1e-3

    def build() -> Built:
        return Built(
            lambda params, _: K(params["x"]) + params["y"].square().sum() / 2,
            {"x": torch.zeros((), dtype=torch.float64), "y": torch.zeros(d - 1, dtype=torch.float64)},
            Landscape(max(1.0, steepest), 0.0, sound=False),
            exact=lambda nbeta, gamma: (
                one_variable(K, nbeta, gamma) + (d - 1) * nbeta / (nbeta + gamma) / 2,
                1e-3,
            ),
        )

    return System("attacked", f"{name}, d {d}", NBETA, 1.0, build)


def one_variable(K: Callable, nbeta: float, gamma: float) -> float:
    """E[nβ K] by the trapezoidal rule over 12 standard deviations of the prior, K(0) = 0."""
    x = np.linspace(-12, 12, GRID) / math.sqrt(gamma)
    energy = nbeta * K(x)
    log_density = -energy - gamma / 2 * x**2
    density = np.exp(log_density - log_density.max())
    return float((energy * density).sum() / density.sum())


def _coarse(offset: float, dtype: torch.dtype) -> System:
    """offset + ½ Σ w²: nβ times the spacing of floats at the offset is not small."""

    def build() -> Built:
        return Built(
            lambda params, _: offset + params["w"].square().sum() / 2,
            {"w": torch.zeros(10, dtype=dtype)},
            Landscape(1.0, 1.0, sound=False),
            exact=lambda nbeta, gamma: (5 * nbeta / (nbeta + gamma), 0.0),
        )

    kind = str(dtype).removeprefix("torch.")
    return System("attacked", f"{offset:g} + ½ Σ w² in {kind}", NBETA, 1.0, build, theory=5.0)
