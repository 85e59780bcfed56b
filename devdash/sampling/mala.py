"""Metropolis-adjusted Langevin dynamics (Roberts & Tweedie 1996), localised at w*.

Proposal: w' = w − (ε/2) ∇U(w) + N(0, ε), accepted with probability min(1, π(w') q(w|w') / (π(w) q(w'|w))).
Without step bias when the loss is over all data: the yardstick for the other samplers.
"""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.transform import Evaluate, Info, Settings, Transform


@dataclass(frozen=True)
class MALA(Settings):
    """Settings: ε scales the proposal, nβ, γ and the box as in `Settings`.

    spread: every proposal draws its own step, log-uniform from ε / spread to ε · spread, which keeps
    the target. Where a posterior has both narrow and long parts, no single step moves in all of them.

    >>> MALA(epsilon=1e-3, nbeta=100.0, spread=10.0).corrected
    True
    """

    corrected: ClassVar[bool] = True
    spread: float = 1.0

    def __post_init__(self):
        super().__post_init__()
        self._as_float("spread", "1 or more", lambda value: value >= 1)

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        return Transform(init, partial(update, settings=self, generator=generator))


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
    place = torch.rand(len(loss), 1, generator=generator, dtype=loss.dtype, device=loss.device)
    step = settings.epsilon * settings.spread ** (2 * place - 1)
    noise = transform.normal(weights, generator) * step.sqrt()
    drift = transform.potential_gradient(weights, anchor, gradient, settings)
    proposal = weights - step / 2 * drift + noise
    gradient_after, loss_after = evaluate(proposal)
    acceptance = transform.langevin_acceptance(
        weights,
        proposal,
        anchor,
        noise.square().sum(-1),
        (loss, loss_after),
        gradient_after,
        settings,
        step=step,
    ).nan_to_num(0.0)
    if settings.box is not None:  # the prior is zero outside
        acceptance = acceptance * ((proposal - anchor).abs() <= settings.box).all(-1)
    taken = torch.rand(loss.shape, generator=generator, dtype=loss.dtype, device=loss.device) < acceptance
    return State(torch.where(taken[:, None], proposal, weights), anchor), Info(loss, acceptance)
