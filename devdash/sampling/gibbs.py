"""Exact Gibbs sampling of reduced rank regression y = B A x + N(0, I), tempered by β.

Target: p(A, B) ∝ N(A, B; 0, s²) exp(−β nL_n), nL_n = ½ Σ ‖y − B A x‖². Given A the rows of B are Gaussian
with precision β A XᵀX Aᵀ + I/s²; given B the columns of A are, in the eigenbasis of XᵀX with eigenvalues
d_m, with precision β d_m BᵀB + I/s². Nothing is tuned and nothing is rejected. All problems (data sets,
temperatures, chains) move in lock-step.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass(frozen=True)
class GibbsPlan:
    """draws are kept every steps_per_draw sweeps, after burn_in sweeps; chains start at prior draws.

    >>> plan = GibbsPlan(draws=50, burn_in=20)
    >>> plan.burn_in + plan.draws * plan.steps_per_draw  # sweeps
    220
    """

    chains: int = 4
    draws: int = 300
    burn_in: int = 300
    steps_per_draw: int = 4


class Moments(NamedTuple):
    """All that the posterior needs of data: x in the eigenbasis of XᵀX, the rows of `basis`.

    basis: (problem, in, in); d: (problem, in), eigenvalues; yx: (problem, out, in); yy: (problem,), Σ‖y‖².

    >>> x = torch.randn(2, 50, 3, dtype=torch.float64)  # two data sets
    >>> moments = Moments.of(x, x[..., :1])
    >>> moments.basis.shape, moments.yx.shape, moments.yy.shape
    (torch.Size([2, 3, 3]), torch.Size([2, 1, 3]), torch.Size([2]))
    """

    basis: Tensor
    d: Tensor
    yx: Tensor
    yy: Tensor

    @classmethod
    def of(cls, x: Tensor, y: Tensor) -> "Moments":
        """x: (problem, example, in); y: (problem, example, out)."""
        if x.shape[:-1] != y.shape[:-1] or x.dim() != 3:
            raise ValueError(
                f"gibbs: x {tuple(x.shape)} and y {tuple(y.shape)} given, expected (problem, example, in) "
                "and (problem, example, out) with equal problems and examples"
            )
        d, vectors = torch.linalg.eigh(x.mT @ x)
        return cls(vectors.mT, d.clamp(min=0), y.mT @ x @ vectors, y.square().sum((-1, -2)))

    def repeated(self, times: int) -> "Moments":
        """Each problem so many times in a row."""
        return Moments(*(tensor.repeat_interleave(times, 0) for tensor in self))


class State(NamedTuple):
    """A: (problem, hidden, in), in the eigenbasis; B: (problem, out, hidden)."""

    A: Tensor
    B: Tensor


def energy(state: State, moments: Moments) -> Tensor:
    """nL_n(w) = ½ Σ ‖y − B A x‖², (problem,)."""
    W = state.B @ state.A
    fitted = (W.square() * moments.d[..., None, :]).sum((-1, -2))
    return (moments.yy - 2 * (W * moments.yx).sum((-1, -2)) + fitted) / 2


def update(state: State, moments: Moments, beta: Tensor, scale: float, generator: torch.Generator) -> State:
    """One sweep: A given B, then B given A. beta: (problem,); scale: s of the prior."""
    cold = beta[:, None, None]
    gram = (cold * state.B.mT @ state.B)[:, None] * moments.d[..., None, None]
    A = _rows(gram, (cold * state.B.mT @ moments.yx).mT[..., None, :], scale, generator)[..., 0, :].mT
    B = _rows(cold * (A * moments.d[:, None]) @ A.mT, cold * moments.yx @ A.mT, scale, generator)
    return State(A, B)


def _rows(precision: Tensor, shift: Tensor, scale: float, generator: torch.Generator) -> Tensor:
    """Rows ~ N(P⁻¹ shift, P⁻¹), P = precision + I/s². precision: (…, k, k); shift: (…, row, k)."""
    eye = torch.eye(precision.shape[-1], dtype=precision.dtype)
    L = torch.linalg.cholesky(precision + eye / scale**2)
    noise = torch.randn(shift.shape, generator=generator, dtype=shift.dtype)
    half = torch.linalg.solve_triangular(L, shift.mT, upper=False) + noise.mT
    return torch.linalg.solve_triangular(L.mT, half, upper=True).mT


class Draws(NamedTuple):
    """A: (problem, chain, draw, hidden, in); B: (problem, chain, draw, out, hidden);
    energy: nL_n, (problem, chain, draw)."""

    A: Tensor
    B: Tensor
    energy: Tensor


def sample(moments: Moments, beta: Tensor, hidden: int, scale: float, plan: GibbsPlan, seed: int) -> Draws:
    """Chains of every problem. beta: (problem,), 1 for the posterior itself.

    >>> x = torch.randn(1, 50, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    >>> plan = GibbsPlan(chains=2, draws=25, burn_in=10, steps_per_draw=1)
    >>> moments = Moments.of(x, x[..., :1])
    >>> drawn = sample(moments, torch.ones(1), hidden=2, scale=1.0, plan=plan, seed=0)
    >>> drawn.A.shape, drawn.B.shape, drawn.energy.shape  # (problem, chain, draw, …)
    (torch.Size([1, 2, 25, 2, 3]), torch.Size([1, 2, 25, 1, 2]), torch.Size([1, 2, 25]))
    """
    generator = torch.Generator().manual_seed(seed)
    count, chains = len(moments.d), plan.chains
    of_chains, cold = moments.repeated(chains), beta.repeat_interleave(chains)
    inputs, outputs = moments.d.shape[-1], moments.yx.shape[-2]
    shapes = ((count * chains, hidden, inputs), (count * chains, outputs, hidden))
    state = State(*(scale * torch.randn(s, generator=generator, dtype=torch.float64) for s in shapes))
    kept = []
    for sweep in range(plan.burn_in + plan.draws * plan.steps_per_draw):
        after = sweep - plan.burn_in
        if after >= 0 and after % plan.steps_per_draw == 0:
            kept.append((state.A @ of_chains.basis, state.B, energy(state, of_chains)))
        state = update(state, of_chains, cold, scale, generator)
    return Draws(*(torch.stack(part, 1).unflatten(0, (count, chains)) for part in zip(*kept, strict=True)))
