"""Stochastic gradient Langevin dynamics (Welling & Teh 2011), localised at w*.

Update: w ← w − (ε/2) (nβ ∇L_m(w) + γ (w − w*)) + N(0, ε), with L_m the mean loss of a minibatch.
Source: Lau et al. 2023 (arXiv 2308.12108), algorithm 1.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from devdash.sampling.transform import (
    Evaluate,
    Info,
    Transform,
    check_settings,
    langevin_acceptance,
    normal,
    potential_gradient,
)


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
        check_settings("SGLD", self)


def build(settings: SGLD, generator: torch.Generator) -> Transform:
    """init and update with settings and random numbers bound."""
    return Transform(init, lambda *given: update(*given, settings=settings, generator=generator))


class State(NamedTuple):
    """weights and anchor (w*): (chain, weight)."""

    weights: Tensor
    anchor: Tensor


def init(anchor: Tensor) -> State:
    """All chains start at their anchor w*."""
    return State(anchor.clone(), anchor)


def update(state: State, evaluate: Evaluate, check: bool, settings: SGLD, generator) -> tuple[State, Info]:
    """One step. check: also compute the acceptance, which costs one more gradient."""
    weights, anchor = state
    gradient, loss = evaluate(weights)
    noise = normal(weights, generator) * settings.epsilon**0.5
    after = weights - settings.epsilon / 2 * potential_gradient(weights, anchor, gradient, settings) + noise
    acceptance = None
    if check:
        gradient_after, loss_after = evaluate(after)
        acceptance = langevin_acceptance(
            weights, after, anchor, noise, (loss, loss_after), gradient_after, settings
        )
    return State(after, anchor), Info(loss, acceptance)
