"""ReLU networks f(x) = Σ q_h ReLU(w_h·x + b_h) + c whose truth has the symmetry of a regular m-gon.

Source: Murfet et al. 2020 (arXiv 2010.11560), the experiment on symmetry: x ~ U[−1, 1]², y ~ N(f(x), 1), m
true units with unit w_h at equal angles, b_h = −0.3, q_h = 1, prior N(0, 1) on all 4m + 1 weights.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

BIAS = -0.3


def truth(m: int) -> Tensor:
    """w₀ (1, 4m + 1): w, then b, q and c."""
    angle = 2 * math.pi * (torch.arange(m, dtype=torch.float64) + 0.5) / m
    sides = torch.stack([angle.cos(), angle.sin()], 1).flatten()
    ones = torch.ones(m, dtype=torch.float64)
    return torch.cat([sides, BIAS * ones, ones, torch.zeros(1, dtype=torch.float64)])[None]


def parts(w: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """w (chain, unit, 2), b and q (chain, unit), c (chain, 1)."""
    m = (w.shape[1] - 1) // 4
    sides, b, q, c = w.split([2 * m, m, m, 1], 1)
    return sides.unflatten(1, (m, 2)), b, q, c


class Examples(NamedTuple):
    """x: (example, 2); y: (example,); least: nL_n(w₀) = ½ Σ noise²."""

    x: Tensor
    y: Tensor
    least: float

    @classmethod
    def draw(cls, m: int, n: int, seed: int) -> "Examples":
        generator = torch.Generator().manual_seed(seed)
        x = 2 * torch.rand(n, 2, generator=generator, dtype=torch.float64) - 1
        noise = torch.randn(n, generator=generator, dtype=torch.float64)
        sides, b, q, c = parts(truth(m))
        clean = (torch.relu(x @ sides.mT + b[:, None]) @ q[..., None])[0, :, 0] + c[0]
        return cls(x, clean + noise, float(noise.square().sum() / 2))


def excess(w: Tensor, data: Examples) -> tuple[Tensor, Tensor]:
    """nL_n(w) − nL_n(w₀), (chain,), and its gradient (chain, weight), written out. w: (chain, weight)."""
    sides, b, q, c = parts(w)
    inner = data.x @ sides.mT + b[:, None]
    active = torch.relu(inner)
    error = (active @ q[..., None])[..., 0] + c - data.y
    by_inner = torch.where(inner > 0, error[..., None] * q[:, None], 0.0)
    gradient = [
        (by_inner.mT @ data.x).flatten(1),
        by_inner.sum(1),
        (active.mT @ error[..., None])[..., 0],
        error.sum(1, keepdim=True),
    ]
    return error.square().sum(1) / 2 - data.least, torch.cat(gradient, 1)
