"""k-gons: the critical points of the toy model of superposition with two hidden dimensions.

k live columns of W form a regular polygon of radius l* with bias b*; the other columns are dead.
Names k^{σ+,φ−}: σ dead columns have bias +1/(2c), φ live columns have a bias so low that their
output never fires. Source: Chen et al. 2023 (arXiv 2310.06301), section 3.2 and appendix B.
"""

import re

import numpy as np
import torch
from scipy.optimize import fsolve

from devdash.models.superposition_loss import population_loss

SIDES = range(4, 9)
LIVE_LENGTH = 0.1
DEAD_BIAS = -0.5
NAME = re.compile(r"^(\d+)(\+*)(−*)$")


def shape(k: int) -> tuple[float, float]:
    """Radius l* and bias b* of the standard k-gon, 4 ≤ k ≤ 8, to machine precision."""
    if k not in SIDES:
        raise ValueError(f"k-gon: k = {k!r} given, expected 4 to 8 (no regular 9-gon is critical)")
    s = int(np.ceil(k / 4 - 1))
    cosine = np.cos(2 * np.pi / k * np.arange(1, s + 1))
    F, G = 1 + 2 * (cosine**2).sum(), 1 + 2 * cosine.sum()
    P, M = 1 + 2 * (1 / cosine).sum(), 1 + 2 * s

    def stationary(point):
        x, y = point
        by_bias = x**6 * G + x**2 * y**2 * P + 2 * x**4 * y * M + y**2 - x**4
        by_length = 2 * x**8 * F + 3 * x**6 * y * G - x**2 * y**3 * P - 2 * x**6 - 2 * y**3
        return by_bias, by_length

    if k == 4:  # a double root, where an iterative solver loses half of its digits
        return 1.0, 0.0
    length, bias = fsolve(stationary, (1 + 0.14 * (k - 4), -0.33 * (k - 4)), xtol=1e-13)
    return float(length), float(bias)


def kgon(k: int, features: int, sigma: int = 0, phi: int = 0):
    """The point k^{σ+,φ−} as W (2, features), b (features,), float64.

    Dead columns without σ have bias −0.5: any strictly negative value gives the same loss.
    """
    if not 0 <= sigma <= features - k or not 0 <= phi <= k:
        raise ValueError(
            f"k-gon: k = {k}, features = {features}, sigma = {sigma}, phi = {phi} given; "
            f"expected k ≤ features, 0 ≤ sigma ≤ features − k and 0 ≤ phi ≤ k"
        )
    length, bias = shape(k)
    angle = 2 * torch.pi * torch.arange(k, dtype=torch.float64) / k
    W = torch.zeros(2, features, dtype=torch.float64)
    W[:, :k] = length * torch.stack([angle.cos(), angle.sin()])
    W[W.abs() < 1e-15] = 0
    b = torch.full((features,), DEAD_BIAS, dtype=torch.float64)
    b[:k] = bias
    b[:phi] = -1.5 * length**2
    b[k : k + sigma] = 1 / (2 * features)
    return W, b


def loss_level(k: int, features: int, sigma: int = 0, phi: int = 0) -> float:
    """Population loss of k^{σ+,φ−}: (h_k + c − k)/(3c) − σ/(4c²) + φ/(3c), appendix B."""
    standard = float(population_loss(*kgon(k, k)))
    return (
        (3 * k * standard + features - k) / (3 * features)
        - sigma / (4 * features**2)
        + (phi / (3 * features))
    )


def levels(features: int, phi: bool = False) -> dict[str, tuple[int, int, int]]:
    """Name → (k, σ, φ) of every k-gon of that many features, highest loss first."""
    points = [
        (k, sigma, low)
        for k in SIDES
        if k <= features
        for sigma in range(features - k + 1)
        for low in ((0, 1) if phi and k == 4 else (0,))
    ]
    points.sort(key=lambda p: -loss_level(p[0], features, p[1], p[2]))
    return {label(*point): point for point in points}


def theoretical_llc(k: int, features: int, sigma: int = 0) -> float:
    """λ at a k-gon where theory gives one: (3c − 1)/2 at k = c ≥ 5, else (3k − 1)/2 + 3σ/2.

    NaN for 4-gons: the loss is not twice differentiable there, λ depends on the direction.
    """
    return float("nan") if k == 4 else (3 * k - 1) / 2 + 1.5 * sigma


def label(k: int, sigma: int = 0, phi: int = 0) -> str:
    """(4, 2, 1) → '4++−'."""
    return f"{k}{'+' * sigma}{'−' * phi}"


def parse(name: str) -> tuple[int, int, int]:
    """'4++−' → (4, 2, 1)."""
    match = NAME.match(name)
    if not match:
        raise ValueError(f"k-gon: name {name!r} given, expected digits, then + and − signs: '4++−'")
    return int(match[1]), len(match[2]), len(match[3])


def classify(W: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """k, σ and φ of many points at once. W: (..., 2, features), b: (..., features) → (...).

    k counts the vertices of the live columns' hull, φ those of them that never fire; a column
    inside the hull, such as a dead one that SGD has moved a little, counts as neither.
    """
    W, b = np.asarray(W, dtype=float), np.asarray(b, dtype=float)
    length = np.sqrt((W**2).sum(-2))
    live = length > LIVE_LENGTH
    vertex = _on_hull(W, live) & live
    sigma = (~live & (b > 0)).sum(-1)
    phi = (vertex & (b < -(length**2))).sum(-1)
    return vertex.sum(-1), sigma, phi


def _on_hull(W: np.ndarray, live: np.ndarray) -> np.ndarray:
    """Whether each live column is a vertex of the live columns' convex hull, (..., features).

    It is one when all others, seen from it, lie within less than a half turn.
    """
    difference = W[..., :, None, :] - W[..., :, :, None]  # [..., i, j] = column j − column i
    angle = np.arctan2(difference[..., 1, :, :], difference[..., 0, :, :])
    self_or_dead = ~live[..., None, :] | np.eye(W.shape[-1], dtype=bool)
    angle = np.sort(np.where(self_or_dead, np.nan, angle), axis=-1)
    count = (~self_or_dead).sum(-1)
    inner = np.diff(angle, axis=-1)
    last = np.take_along_axis(angle, np.maximum(count - 1, 0)[..., None], axis=-1)[..., 0]
    around = angle[..., 0] + 2 * np.pi - last
    widest = np.fmax(np.where(np.isnan(inner), 0, inner).max(-1), around)
    return (count == 0) | (widest > np.pi + 1e-9)


def name_kgon(W, b) -> str:
    """Name of one point: W (2, features), b (features,), arrays or tensors."""
    return label(*(int(x) for x in classify(np.asarray(W), np.asarray(b))))
