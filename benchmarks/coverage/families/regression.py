"""Linear regression on n examples, ℓ = (y − x·w)²: the posterior is Gaussian, with minibatches or without."""

import math
from functools import partial

import torch
from torch import Tensor

from benchmarks.coverage.families.gaussian import slowest
from benchmarks.coverage.systems import Built, Landscape, System

SIZES, EXAMPLES, NOISES = (5, 10, 40, 200), (10_000, 100_000), (0.1, 1.0)
BATCHES = (16, 256, None)


def systems() -> list[System]:
    """w* is the least-squares solution, or the teacher: no exact minimum of L_n; few examples too."""
    cells = [(d, n, sigma, "least squares", 1.0) for d in SIZES for n in EXAMPLES for sigma in NOISES]
    cells += [
        (10, n, 1.0, point, decay)
        for n in EXAMPLES
        for point, decay in (("teacher", 1.0), ("least squares", 0.1))
    ]
    rows = [_system(*cell, BATCHES) for cell in cells]
    return rows + [_system(d, n, 1.0, "least squares", 1.0, (None, 4)) for d, n in ((2, 8), (5, 12), (3, 30))]


def _system(d: int, n: int, sigma: float, point: str, weakest: float, batches) -> System:
    spread = "" if weakest == 1 else f", x scaled to {weakest:g}"
    name = f"d {d}, n {n:.0e}, σ {sigma:g}, {point}{spread}"
    return System(
        "regression",
        name,
        n / math.log(n),
        1.0,
        partial(_build, d, n, sigma, point, weakest),
        theory=d / 2,
        batches=batches,
        most_steps=3000,
    )


def _build(d: int, n: int, sigma: float, point: str, weakest: float) -> Built:
    generator = torch.Generator().manual_seed(d + n)
    x = torch.randn(n, d, generator=generator) * torch.logspace(0, math.log10(weakest), d)
    teacher = torch.randn(d, generator=generator)
    noise = sigma * torch.randn(n, generator=generator)
    return least_squares(
        x, x @ teacher + noise, teacher if point == "teacher" else None, n / math.log(n), 1.0
    )


def least_squares(x: Tensor, y: Tensor, start: Tensor | None, nbeta: float, gamma: float) -> Built:
    """The regression at w* = start, or at its minimum. x: (example, weight); y: (example,)."""
    wide = x.double()
    if start is None:
        start = torch.linalg.lstsq(wide, y.double()[:, None]).solution[:, 0].float()
    residual = y.double() - wide @ start.double()
    H, g = 2 * wide.T @ wide / len(x), -2 * wide.T @ residual / len(x)
    h = torch.linalg.eigvalsh(H)
    noise = 2 * float(residual.square().mean())  # covariance of −2 r x is 4 σ² x xᵀ = 2 σ² H
    return Built(
        lambda params, batch: (batch[1] - batch[0] @ params["w"]).square(),
        {"w": start},
        Landscape(float(h[-1]), slowest(h.clamp(min=0), nbeta, gamma), noise),
        data=(x, y),
        exact=lambda nbeta, gamma: (quadratic_value(H, g, nbeta, gamma), 0.0),
    )


def quadratic_value(H: Tensor, g: Tensor, nbeta: float, gamma: float) -> float:
    """E[nβ (g·u + ½ uᵀHu)] for u = w − w* of density exp(−nβ(…) − γ‖u‖²/2)."""
    precision = nbeta * H + gamma * torch.eye(len(H), dtype=H.dtype)
    mean = -nbeta * torch.linalg.solve(precision, g)
    spread = torch.linalg.solve(precision, H).diagonal().sum() / 2
    return float(nbeta * (g @ mean + mean @ H @ mean / 2 + spread))
