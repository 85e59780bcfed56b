"""Metropolis-adjusted Langevin dynamics (Roberts & Tweedie 1996), localised at w*.

Proposal: w' = w − (ε/2) ∇U(w) + N(0, ε), accepted with probability min(1, π(w') q(w|w') / (π(w) q(w'|w))).
Without step bias when the loss is over all data: the yardstick for the other samplers.
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
class MALA:
    """Settings: ε scales the proposal, nβ the loss (None: n / log n), γ the pull back to w*."""

    epsilon: float = 1e-4
    nbeta: float | None = None
    gamma: float = 1.0

    def __post_init__(self):
        check_settings("MALA", self)


def build(settings: MALA, generator: torch.Generator) -> Transform:
    """init and update with settings and random numbers bound."""
    return Transform(init, lambda *given: update(*given, settings=settings, generator=generator))


class State(NamedTuple):
    """weights and anchor (w*): (chain, weight)."""

    weights: Tensor
    anchor: Tensor


def init(anchor: Tensor) -> State:
    """All chains start at their anchor w*."""
    return State(anchor.clone(), anchor)


def update(state: State, evaluate: Evaluate, check: bool, settings: MALA, generator) -> tuple[State, Info]:
    """One proposal and its test; both ends are evaluated on the same minibatch."""
    weights, anchor = state
    gradient, loss = evaluate(weights)
    noise = normal(weights, generator) * settings.epsilon**0.5
    proposal = (
        weights - settings.epsilon / 2 * potential_gradient(weights, anchor, gradient, settings) + noise
    )
    gradient_after, loss_after = evaluate(proposal)
    acceptance = langevin_acceptance(
        weights, proposal, anchor, noise, (loss, loss_after), gradient_after, settings
    ).nan_to_num(0.0)
    taken = torch.rand(loss.shape, generator=generator, dtype=loss.dtype, device=loss.device) < acceptance
    return State(torch.where(taken[:, None], proposal, weights), anchor), Info(loss, acceptance)
