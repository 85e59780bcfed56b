"""Population loss of the toy model of superposition in closed form, and the parts it is made of.

Source: Chen, Lau, Mendel, Wei, Murfet 2023 (arXiv 2310.06301), appendix A; see `superposition`.
"""

import torch
from torch import Tensor


def population_loss(W: Tensor, b: Tensor) -> Tensor:
    """Exact population loss E‖x − f(x)‖².

    W: (..., hidden, features), b: (..., features). Returns (...). Differentiable twice wherever the
    loss is; at 4-gons (a_ij = 0, b = 0) the second derivative is one-sided.
    """
    a, features = gram(W, b), b.shape[-1]
    low, high = active_interval(a, b)
    moments = (high - low, (high**2 - low**2) / 2, (high**3 - low**3) / 3)
    total = loss_of_moments(a, b, moments, second_moment=torch.full_like(b, 1 / 3))
    return total / features


def gram(W: Tensor, b: Tensor) -> Tensor:
    """A = WᵀW, (..., features, features), after a check of the shapes."""
    if W.shape[-1] != b.shape[-1] or W.shape[:-2] != b.shape[:-1]:
        raise ValueError(
            f"superposition: W {tuple(W.shape)} and b {tuple(b.shape)} do not fit; "
            "expected W (..., hidden, features) and b (..., features)"
        )
    return W.transpose(-1, -2) @ W


def thresholds(a: Tensor, b: Tensor) -> Tensor:
    """μ at which output i switches on input j, −b_i/a_ij; where a_ij = 0 there is none (∓∞ by b)."""
    bias = b.unsqueeze(-1).expand_as(a)
    flat = a == 0
    never = torch.where(bias > 0, torch.full_like(a, -torch.inf), torch.full_like(a, torch.inf))
    return torch.where(flat, never, -bias / torch.where(flat, torch.ones_like(a), a))


def active_interval(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """The part (low, high) of [0, 1] where output i is active on input j; a: (..., i, j)."""
    cut = thresholds(a, b).clamp(0, 1)
    zero, one = torch.zeros_like(cut), torch.ones_like(cut)
    return torch.where(a >= 0, cut, zero), torch.where(a >= 0, one, cut)


def loss_of_moments(a: Tensor, b: Tensor, moments: tuple[Tensor, Tensor, Tensor], second_moment: Tensor):
    """Sum over outputs i and inputs j of the squared error, from the active parts' moments."""
    s0, s1, s2 = moments
    bias = b.unsqueeze(-1)
    p = torch.eye(b.shape[-1], dtype=b.dtype, device=b.device) - a
    active = p**2 * s2 - 2 * p * bias * s1 + bias**2 * s0
    missed = second_moment - s2.diagonal(dim1=-2, dim2=-1)
    return active.sum((-1, -2)) + missed.sum(-1)
