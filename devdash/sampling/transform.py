"""What every sampler of this package shares: settings, the localised potential, one update's shape."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

BLOCK = 2**18  # weights
Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]  # weights → ∇L_m (chain, weight), L_m (chain,)


@dataclass(frozen=True)
class Settings:
    """Settings that all samplers have.

    epsilon: step size ε, scales drift and the noise's variance. nbeta: inverse temperature nβ,
    scales the loss; None means n / log n. gamma: localisation γ, scales the pull back to w*.
    box: half-width of a uniform prior around w*, per weight; None: no box.
    corrected (of the class): whether a Metropolis test takes the step's bias away, so that a low
    acceptance costs draws, but not truth.
    """

    corrected: ClassVar[bool] = False

    epsilon: float = 1e-4
    nbeta: float | None = None
    gamma: float = 1.0
    box: float | None = None

    def __post_init__(self):
        name = type(self).__name__
        for field in ("epsilon", "nbeta", "box"):
            value = getattr(self, field)
            if value is not None and not 0 < value < math.inf:
                raise ValueError(f"{name}: {field} = {value!r} given, expected a positive number")
        if not 0 <= self.gamma < math.inf:
            raise ValueError(f"{name}: gamma = {self.gamma!r} given, expected zero or more")


class Info(NamedTuple):
    """loss: L_m before the update, (chain,). acceptance: of a Metropolis test, (chain,), or None."""

    loss: Tensor
    acceptance: Tensor | None


class Transform(NamedTuple):
    """A sampler with its settings bound: init(anchor) → State; update(state, evaluate, check)."""

    init: Callable
    update: Callable


def potential_gradient(weights: Tensor, anchor: Tensor, gradient: Tensor, settings: Settings) -> Tensor:
    """∇U = nβ ∇L_m + γ (w − w*)."""
    return settings.nbeta * gradient + settings.gamma * (weights - anchor)


def langevin_acceptance(
    before: Tensor,
    after: Tensor,
    anchor: Tensor,
    noise_square: Tensor,
    losses,
    gradient_after: Tensor,
    settings,
    metric: Tensor | None = None,
    step=None,
) -> Tensor:
    """Probability (chain,) that a Metropolis test (MALA) accepts w → w − ε/2 G ∇U + N(0, εG).

    noise_square: of the noise, in the metric G⁻¹, (chain,). losses: L_m before and after on one
    minibatch. metric: the diagonal G. step: (chain, 1), in the place of ε. Weights are taken in blocks,
    so that no vector of all of them is made.
    """
    step = settings.epsilon if step is None else step
    change = settings.nbeta * (losses[1] - losses[0])
    back_square = torch.zeros_like(change)
    for first in range(0, before.shape[-1], BLOCK):
        part = (..., slice(first, first + BLOCK))
        G = 1.0 if metric is None else metric[part]
        drift = potential_gradient(after[part], anchor[part], gradient_after[part], settings)
        back = before[part] - after[part] + step / 2 * G * drift
        back_square += (back.square() / G).sum(-1)
        spread = (after[part] - anchor[part]).square() - (before[part] - anchor[part]).square()
        change = change + settings.gamma / 2 * spread.sum(-1)
    twice = 2 * step if isinstance(step, float) else 2 * step[:, 0]
    return torch.exp(torch.clamp(-change - (back_square - noise_square) / twice, max=0.0))


def reflect(weights: Tensor, anchor: Tensor, box: float | None) -> Tensor:
    """Weights folded back at the sides of the box |w − w*| ≤ box."""
    if box is None:
        return weights
    folded = (weights - anchor + box).remainder(4 * box)
    return anchor + torch.where(folded > 2 * box, 4 * box - folded, folded) - box


def normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape, type and device of a tensor."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)
