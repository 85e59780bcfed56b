"""Posterior of a one-hidden-layer tanh network at the true function 0, its output weights integrated out.

y = Σ_h c_h tanh(a_h x) + N(0, 1), prior N(0, 1) on all weights. Inputs are the Gauss–Legendre nodes of
`tanh_network`, each with n times its weight of the examples, so that the mean noise of each node is all
that the posterior needs of the data, however large n is. Given a, c is Gaussian, so that the tempered
posterior of a and E[nL_n | a] are exact.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from devdash.models.tanh_network import NODES, WEIGHTS


class NodeData(NamedTuple):
    """counts: examples at each node; noise: their mean noise. Both (node,)."""

    counts: Tensor
    noise: Tensor

    @classmethod
    def draw(cls, n: float, seed: int) -> "NodeData":
        """Noise drawn from the seed: equal at every n, but for its scale 1/√n."""
        generator = torch.Generator().manual_seed(seed)
        standard = torch.randn(NODES.shape, generator=generator, dtype=NODES.dtype)
        return cls(n * WEIGHTS, standard / (n * WEIGHTS).sqrt())


def free_energy(a: Tensor, beta: float, data: NodeData) -> tuple[Tensor, Tensor]:
    """−log of the likelihood of a, and E[nL_n | a] − nL_n(0), under exp(−β nL_n).

    a: (particle, hidden). Returns (particle,) each. With G = Σ n_k t_k t_kᵀ, b = Σ n_k z_k t_k, t_k =
    tanh(a x_k): c | a ~ N(βSb, S), S = (I + βG)⁻¹; nL_n − nL_n(0) = ½ cᵀGc − bᵀc.
    """
    t = torch.tanh(NODES[:, None] * a[:, None, :])
    weighted = t * data.counts[:, None]
    G, b = weighted.mT @ t, (weighted * data.noise[:, None]).sum(1)
    L = torch.linalg.cholesky(torch.eye(a.shape[1], dtype=a.dtype) + beta * G)
    mean = beta * torch.cholesky_solve(b[..., None], L)
    free = L.diagonal(dim1=-2, dim2=-1).log().sum(-1) - beta / 2 * (b[:, None, :] @ mean)[:, 0, 0]
    trace = torch.cholesky_solve(G, L).diagonal(dim1=-2, dim2=-1).sum(-1)
    square = (mean.mT @ G @ mean)[:, 0, 0]
    return free, (square + trace) / 2 - (b[:, None, :] @ mean)[:, 0, 0]


def with_gradient(a: Tensor, beta: float, data: NodeData) -> tuple[Tensor, Tensor]:
    """The first of `free_energy` and its gradient by a, for a sampler."""
    a = a.detach().requires_grad_()
    with torch.enable_grad():
        free = free_energy(a, beta, data)[0]
        (gradient,) = torch.autograd.grad(free.sum(), a)
    return free.detach(), gradient


def tempered_means(a: Tensor, drawn_at: float, betas: Tensor, data: NodeData) -> Tensor:
    """E^β[nL_n] − nL_n(0) at every β (beta,), from draws a (particle, hidden) at one β, reweighted."""
    at = free_energy(a, drawn_at, data)[0]
    means = []
    for beta in betas.tolist():
        free, inner = free_energy(a, beta, data)
        means.append(((at - free).softmax(0) * inner).sum())
    return torch.stack(means)
