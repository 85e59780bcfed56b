"""What every sampler of this package shares: the localised potential, and the shape of one update."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Evaluate = Callable[[Tensor], tuple[Tensor, Tensor]]  # weights → ∇L_m (chain, weight), L_m (chain,)


class Info(NamedTuple):
    """loss: L_m before the update, (chain,). acceptance: of a Metropolis test, (chain,), or None."""

    loss: Tensor
    acceptance: Tensor | None


class Transform(NamedTuple):
    """A sampler with its settings bound: init(anchor) → State; update(state, evaluate, check)."""

    init: Callable
    update: Callable


def potential_gradient(weights: Tensor, anchor: Tensor, gradient: Tensor, settings) -> Tensor:
    """∇U = nβ ∇L_m + γ (w − w*)."""
    return settings.nbeta * gradient + settings.gamma * (weights - anchor)


def potential_change(before: Tensor, after: Tensor, anchor: Tensor, loss_change: Tensor, settings) -> Tensor:
    """U(after) − U(before), (chain,)."""
    spread = ((after - anchor) ** 2 - (before - anchor) ** 2).sum(-1)
    return settings.nbeta * loss_change + settings.gamma / 2 * spread


def langevin_acceptance(
    before: Tensor, after: Tensor, anchor: Tensor, noise: Tensor, losses, gradient_after: Tensor, settings,
    metric=1.0,
) -> Tensor:  # fmt: skip
    """Probability (chain,) that a Metropolis test (MALA) accepts w → w − ε/2 G ∇U + N(0, εG).

    losses: L_m before and after on one minibatch. metric: the diagonal G.
    """
    drift = potential_gradient(after, anchor, gradient_after, settings)
    back = before - after + settings.epsilon / 2 * metric * drift
    asymmetry = ((back.square() - noise.square()) / metric).sum(-1) / (2 * settings.epsilon)
    change = potential_change(before, after, anchor, losses[1] - losses[0], settings)
    return torch.exp(torch.clamp(-change - asymmetry, max=0.0))


def normal(like: Tensor, generator: torch.Generator) -> Tensor:
    """Standard normal numbers of the shape, type and device of a tensor."""
    return torch.randn(like.shape, generator=generator, dtype=like.dtype, device=like.device)


def check_settings(name: str, settings) -> None:
    """Refuse settings that no sampler could use, by the name the caller gave them."""
    for field, value in (("epsilon", settings.epsilon), ("nbeta", settings.nbeta)):
        if value is not None and not value > 0:
            raise ValueError(f"{name}: {field} = {value!r} given, expected a positive number")
    if not settings.gamma >= 0:
        raise ValueError(f"{name}: gamma = {settings.gamma!r} given, expected zero or more")
