"""Stochastic gradient Langevin dynamics (Welling & Teh 2011), localised at w*.

Update: w ← w − (ε/2) (nβ ∇L_m(w) + γ (w − w*)) + N(0, ε), with L_m the mean loss of a minibatch.
Source: Lau et al. 2023 (arXiv 2308.12108), algorithm 1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor


@dataclass(frozen=True)
class SGLD:
    """Settings of the sampler.

    epsilon: step size ε, scales drift and the noise's variance. nbeta: inverse temperature nβ,
    scales the loss; None means n / log n. gamma: localisation γ, scales the pull back to w*.
    """

    epsilon: float = 1e-4
    nbeta: float | None = None
    gamma: float = 1.0

    def __post_init__(self):
        for name, value in (("epsilon", self.epsilon), ("nbeta", self.nbeta)):
            if value is not None and not value > 0:
                raise ValueError(f"SGLD: {name} = {value!r} given, expected a positive number")
        if not self.gamma >= 0:
            raise ValueError(f"SGLD: gamma = {self.gamma!r} given, expected zero or more")


class State(NamedTuple):
    """weights and anchor (w*): (chain, weight)."""

    weights: Tensor
    anchor: Tensor


class Step(NamedTuple):
    """One update: the new state, and the drift and noise that led to it."""

    state: State
    drift: Tensor
    noise: Tensor


def build(settings: SGLD, generator: torch.Generator):
    """The pair init, update with settings and random numbers bound."""

    def bound_update(state: State, gradient: Tensor) -> Step:
        return update(state, gradient, settings, generator)

    return init, bound_update


def init(anchor: Tensor) -> State:
    """All chains start at their anchor w*."""
    return State(anchor.clone(), anchor)


def update(state: State, gradient: Tensor, settings: SGLD, generator: torch.Generator) -> Step:
    """One step. gradient: ∇L_m at state.weights, (chain, weight)."""
    drift = potential_gradient(state, gradient, settings)
    noise = torch.randn(drift.shape, generator=generator, dtype=drift.dtype, device=drift.device) * (
        settings.epsilon**0.5
    )
    weights = state.weights - settings.epsilon / 2 * drift + noise
    return Step(State(weights, state.anchor), drift, noise)


def potential_gradient(state: State, gradient: Tensor, settings: SGLD) -> Tensor:
    """∇U = nβ ∇L_m + γ (w − w*)."""
    return settings.nbeta * gradient + settings.gamma * (state.weights - state.anchor)


def acceptance(before: State, step: Step, loss_change: Tensor, gradient_after: Tensor, settings):
    """Probability (chain,) that a Metropolis test (MALA) would accept this step.

    loss_change: L_m(after) − L_m(before) and gradient_after: ∇L_m(after), on the step's minibatch.
    """
    after, epsilon = step.state, settings.epsilon
    drift_after = potential_gradient(after, gradient_after, settings)
    pull = settings.gamma / 2
    spread = ((after.weights - after.anchor) ** 2 - (before.weights - before.anchor) ** 2).sum(-1)
    potential = settings.nbeta * loss_change + pull * spread
    back = before.weights - after.weights + epsilon / 2 * drift_after
    asymmetry = (back.square().sum(-1) - step.noise.square().sum(-1)) / (2 * epsilon)
    return torch.exp(torch.clamp(-potential - asymmetry, max=0.0))
