"""What can be known of a k-gon without sampling: gradient, Hessian, and whether it is a minimum.

Source: Chen et al. 2023 (arXiv 2310.06301), section 3 and appendix A.
"""

import torch

from devdash.models.kgons import kgon, theoretical_llc
from devdash.models.superposition import population_loss

ZERO = 1e-9
VOLUME_LLC = {(6, 4, 0): 7.5, (6, 4, 1): 8.0, (6, 4, 2): 8.5}  # known for c = 6 alone


def describe(k: int, features: int, sigma: int = 0, phi: int = 0) -> dict:
    """Facts of the point k^{σ+,φ−}, under the names of the table kgon_point.

    Whether it is a minimum is read from the Hessian, but tried out at 4-gons, where the Hessian is
    one-sided. For k ≥ 5 a point with dead biases of both signs is a saddle: a column of each sign
    lower the loss together. Theory gives no λ there.

    >>> facts = describe(6, features=6)
    >>> round(facts["loss"], 5), facts["hessian_rank"], facts["minimum"], facts["llc_theory"]
    (0.04819, 17, True, 8.5)
    """
    W, b = kgon(k, features, sigma, phi)
    w = torch.cat([W.flatten(), b])

    def loss(vector):
        return population_loss(vector[: W.numel()].reshape(W.shape), vector[W.numel() :])

    gradient = torch.func.grad(loss)(w)
    spectrum = torch.linalg.eigvalsh(torch.func.hessian(loss)(w))
    rank = int((spectrum.abs() > ZERO).sum())
    negative = int((spectrum < -ZERO).sum())
    minimum = _is_minimum(loss, w) if k == 4 else negative == 0
    live = torch.cat([W.flatten(), b.clamp(min=0) if k == 4 else _bias_of_phase(b, k)])
    return {
        "loss": float(loss(w)),
        "half_norm": float(live.square().sum()) / 2,
        "gradient_norm": float(gradient.norm()),
        "hessian_rank": rank,
        "negative_eigenvalues": negative,
        "minimum": minimum,
        "llc_theory": theoretical_llc(k, features, sigma) if minimum else float("nan"),
        "llc_volume": VOLUME_LLC.get((features, k, sigma), float("nan")) if not phi else float("nan"),
        "llc_hessian": rank / 2,
    }


def _bias_of_phase(b: torch.Tensor, k: int) -> torch.Tensor:
    """Biases with the dead ones at 0, where the phase has its smallest norm."""
    dead_low = (torch.arange(len(b)) >= k) & (b < 0)
    return torch.where(dead_low, torch.zeros_like(b), b)


def _is_minimum(loss, w: torch.Tensor, radius: float = 1e-3, starts: int = 16) -> bool:
    """Whether gradient descent from 16 points at this distance never ends below the point."""
    generator = torch.Generator().manual_seed(0)
    points = w + radius * torch.randn(starts, len(w), generator=generator, dtype=w.dtype)
    slope = torch.func.vmap(torch.func.grad(loss))
    for _ in range(500):
        points = points - 0.4 * slope(points)
    return bool((torch.func.vmap(loss)(points) > loss(w) - 1e-7).all())
