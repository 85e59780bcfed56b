"""Generalisation errors G = KL(truth ‖ predictive) of Bayes, MAP and Laplace on a two-layer head.

Model: y ~ N(B σ(A x), I), prior N(0, s²) on A and B; x may be features. Source: Watanabe 2009; Murfet et al.
2020 (arXiv 2010.11560), section 5. Given A the head is linear regression on h = σ(A x): B is integrated
out, so that a draw of A stands for a Gaussian predictive N(B̄h, (1 + hᵀSh) I).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from scipy import optimize
from torch import Tensor

SINGULAR = 1e-9  # of the largest eigenvalue
Activation = Callable[[Tensor], Tensor]


class Data(NamedTuple):
    """x: (example, in); y: (example, out).

    >>> data = Data(x=torch.randn(50, 3), y=torch.randn(50, 2))
    >>> data.x.shape, data.y.shape
    (torch.Size([50, 3]), torch.Size([50, 2]))
    """

    x: Tensor
    y: Tensor


class HeldOut(NamedTuple):
    """x: (example, in) of the head; mean: the truth's, (example, out); noise: (example, out).

    Every example is judged at mean + noise and at mean − noise: what is odd in the noise cancels.

    >>> test = HeldOut(x=torch.randn(50, 3), mean=torch.zeros(50, 2), noise=torch.randn(50, 2))
    >>> truth = Point(A=torch.zeros(1, 4, 3), B=torch.zeros(1, 2, 4))
    >>> mixture(truth, test, torch.relu)
    0.0
    """

    x: Tensor
    mean: Tensor
    noise: Tensor


class Point(NamedTuple):
    """A: (…, hidden, in); B: (…, out, hidden).

    >>> point = Point(A=torch.ones(4, 3), B=torch.ones(2, 4))
    >>> (point.B @ torch.relu(point.A @ torch.tensor([1.0, 0, 0]))).tolist()
    [4.0, 4.0]
    """

    A: Tensor
    B: Tensor


def _divergence(log_density: Callable[[Tensor], Tensor], test: HeldOut) -> float:
    """E[log q(y|x) − log p(y|x)], nats. log_density: y (example, out) → (example,), without the constant
    of the standard normal density."""
    true = -test.noise.square().sum(-1) / 2
    parts = [true - log_density(test.mean + sign * test.noise) for sign in (1, -1)]
    return float(torch.stack(parts).mean())


def _outer_layer(A: Tensor, data: Data, activation: Activation, scale: float) -> tuple[Tensor, Tensor]:
    """B given A: the Cholesky factor L of its precision LLᵀ, (draw, hidden, hidden), and hᵀy."""
    h = activation(data.x @ A.mT)
    eye = torch.eye(h.shape[-1], dtype=h.dtype)
    return torch.linalg.cholesky(h.mT @ h + eye / scale**2), h.mT @ data.y


def free_energy(A: Tensor, data: Data, activation: Activation, scale: float) -> Tensor:
    """−log p(y | A) without what does not depend on A, (draw,); B is integrated out.

    >>> x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> data = Data(x, x[:, :1])  # the truth reads the first input
    >>> A = torch.tensor([[[1.0, 0, 0]], [[0, 1.0, 0]]], dtype=torch.float64)  # two draws of one hidden unit
    >>> free_energy(A, data, torch.nn.Identity(), scale=1.0).round()
    tensor([-27.,   2.], dtype=torch.float64)
    """
    L, shift = _outer_layer(A, data, activation, scale)
    inner = torch.linalg.solve_triangular(L, shift, upper=False)
    log_det = L.diagonal(dim1=-2, dim2=-1).log().sum(-1)
    return data.y.shape[-1] * log_det - inner.square().sum((-1, -2)) / 2


def bayes(A: Tensor, data: Data, test: HeldOut, activation: Activation, scale: float) -> float:
    """Of the Bayes predictive. A: (draw, hidden, in), draws of the posterior of A.

    >>> x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> test = HeldOut(x, mean=x[:, :1], noise=torch.ones(50, 1, dtype=torch.float64))
    >>> A = torch.tensor([[[1.0, 0, 0]], [[0, 1.0, 0]]], dtype=torch.float64)  # (draw, hidden, in)
    >>> [round(bayes(draw[None], Data(x, x[:, :1]), test, torch.nn.Identity(), scale=1.0), 3) for draw in A]
    [0.0, 0.583]
    """
    L, shift = _outer_layer(A, data, activation, scale)
    new = activation(test.x @ A.mT)
    means = new @ torch.cholesky_solve(shift, L)
    uncertain = torch.linalg.solve_triangular(L, new.mT, upper=False).square().sum(-2)

    def log_density(y: Tensor) -> Tensor:
        variance = 1 + uncertain
        exponent = (y - means).square().sum(-1) / variance + y.shape[-1] * variance.log()
        return torch.logsumexp(-exponent / 2, 0) - math.log(len(A))

    return _divergence(log_density, test)


def mixture(draws: Point, test: HeldOut, activation: Activation) -> float:
    """Of the mixture of N(f_w(x), I) over draws of w; with one draw, of that point alone.

    >>> test = HeldOut(x=torch.eye(3), mean=torch.eye(3), noise=torch.ones(3, 3))
    >>> right, wrong = (Point(A=torch.eye(3)[None], B=c * torch.eye(3)[None]) for c in (1.0, 3.0))
    >>> mixture(right, test, torch.relu), mixture(wrong, test, torch.relu)
    (0.0, 2.0)
    """
    means = activation(test.x @ draws.A.mT) @ draws.B.mT

    def log_density(y: Tensor) -> Tensor:
        return torch.logsumexp(-(y - means).square().sum(-1) / 2, 0) - math.log(len(means))

    return _divergence(log_density, test)


def _potential(w: Tensor, like: Point, data: Data, activation: Activation, scale: float) -> Tensor:
    """nL_n(w) + ‖w‖² / 2s² of the flat weights, A before B."""
    A, B = w[: like.A.numel()].view_as(like.A), w[like.A.numel() :].view_as(like.B)
    error = data.y - activation(data.x @ A.mT) @ B.mT
    return error.square().sum() / 2 + w.square().sum() / (2 * scale**2)


def flat(point: Point) -> Tensor:
    """The weights of a point as one vector, A before B: (weight,).

    >>> flat(Point(A=torch.zeros(4, 3), B=torch.ones(2, 4))).shape
    torch.Size([20])
    """
    return torch.cat([point.A.flatten(), point.B.flatten()])


def unflat(w: Tensor, like: Point) -> Point:
    """w: (…, weight).

    >>> like = Point(A=torch.zeros(4, 3), B=torch.ones(2, 4))
    >>> unflat(torch.zeros(7, 20), like).A.shape
    torch.Size([7, 4, 3])
    """
    A, B = w.split([like.A.numel(), like.B.numel()], -1)
    return Point(A.unflatten(-1, like.A.shape), B.unflatten(-1, like.B.shape))


def find_map(start: Point, data: Data, activation: Activation, scale: float) -> Point:
    """A minimum of nL_n(w) + ‖w‖²/2s² near a start, by BFGS.

    >>> x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> start = Point(torch.ones(1, 2, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64))
    >>> point = find_map(start, Data(x, x[:, :1]), torch.nn.Identity(), scale=1.0)
    >>> (point.B @ point.A)[0, 0].round(decimals=2)  # the prior shrinks the truth, 1
    tensor(0.9800, dtype=torch.float64)
    """

    def value(w: np.ndarray) -> tuple[float, np.ndarray]:
        weights = torch.from_numpy(w.copy()).requires_grad_()
        energy = _potential(weights, start, data, activation, scale)
        energy.backward()
        return energy.item(), weights.grad.numpy()

    result = optimize.minimize(value, flat(start).numpy(), jac=True, method="BFGS", options={"gtol": 1e-6})
    return unflat(torch.from_numpy(result.x), start)


def linear_start(data: Data, hidden: int) -> Point:
    """A and B of the least-squares map cut to rank `hidden`, its singular values shared evenly.

    >>> x = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    >>> point = linear_start(Data(x, x[:, :2]), hidden=2)
    >>> point.A.shape, (point.B @ point.A).abs().round(decimals=2)
    (torch.Size([2, 3]), tensor([[1., 0., 0.],
            [0., 1., 0.]]))
    """
    W = torch.linalg.lstsq(data.x, data.y).solution.mT
    U, S, V = torch.linalg.svd(W, full_matrices=False)
    root = S[:hidden].sqrt()
    return Point(root[:, None] * V[:hidden], U[:, :hidden] * root)


def laplace(
    point: Point, data: Data, activation: Activation, scale: float, draws: int, seed: int
) -> Point | None:
    """Draws of N(w, H⁻¹), H the Hessian of nL_n + ‖w‖²/2s² at the MAP; None where H is not positive.

    With the identity head it never is: rotating A and B against each other changes neither the function nor
    the prior, so that H has hidden (hidden − 1) / 2 eigenvalues 0, which rounding makes ± 1e-12.

    >>> x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> data, identity = Data(x, x[:, :1]), torch.nn.Identity()
    >>> start = Point(torch.ones(1, 2, dtype=torch.float64), torch.ones(1, 1, dtype=torch.float64))
    >>> point = find_map(start, data, identity, scale=1.0)
    >>> draws = laplace(point, data, identity, scale=1.0, draws=9, seed=0)
    >>> draws.A.shape, draws.B.shape
    (torch.Size([9, 1, 2]), torch.Size([9, 1, 1]))
    """
    w = flat(point)
    H = torch.func.hessian(lambda v: _potential(v, point, data, activation, scale))(w)
    values, vectors = torch.linalg.eigh(H)
    if values[0] <= SINGULAR * values[-1]:
        return None
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(draws, len(w), generator=generator, dtype=w.dtype)
    return unflat(w + noise / values.sqrt() @ vectors.mT, point)


def laplace_last(
    point: Point, data: Data, activation: Activation, scale: float, draws: int, seed: int
) -> Point:
    """Draws as of `laplace`, of B alone with A held: exact, as the potential is quadratic in B.

    >>> x = torch.randn(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> point = Point(torch.eye(2, dtype=torch.float64), torch.ones(1, 2, dtype=torch.float64))
    >>> draws = laplace_last(point, Data(x, x[:, :1]), torch.nn.Identity(), scale=1.0, draws=999, seed=0)
    >>> draws.B.shape, draws.B.mean(0)[0, 0].round(decimals=1)
    (torch.Size([999, 1, 2]), tensor(1., dtype=torch.float64))
    """
    A = point.A[None]
    L, shift = _outer_layer(A, data, activation, scale)
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(draws, *point.B.shape, generator=generator, dtype=point.B.dtype)
    mean = torch.cholesky_solve(shift, L).mT
    away = torch.linalg.solve_triangular(L.mT, noise.mT, upper=True).mT
    return Point(A.expand(draws, -1, -1), mean + away)
