"""Stochastic gradient Langevin dynamics (Welling & Teh 2011), localised at w*.

Update: w ← w − (ε/2) (nβ ∇L_m(w) + γ (w − w*)) + N(0, ε), with L_m the mean loss of a minibatch.
Source: Lau et al. 2023 (arXiv 2308.12108), algorithm 1.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.transform import Evaluate, Info, Settings, Transform


@dataclass(frozen=True)
class SGLD(Settings):
    """Settings of the sampler: ε, nβ, γ and the box, as in `Settings`.

    >>> SGLD(epsilon=1e-3, nbeta=100.0)
    SGLD(epsilon=0.001, nbeta=100.0, gamma=1.0, box=None)
    """

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


def update(state: State, evaluate: Evaluate, check: bool, settings: SGLD, generator) -> tuple[State, Info]:
    """One step. check: also compute the acceptance, which costs one more gradient."""
    weights, anchor = state
    gradient, loss = evaluate(weights)
    # in place: the gradient's and the noise's memory is all that a step adds to the weights
    drift = gradient.mul_(settings.nbeta).add_(weights, alpha=settings.gamma)
    drift.sub_(anchor, alpha=settings.gamma)
    noise = transform.normal(weights, generator).mul_(settings.epsilon**0.5)
    noise_square = noise.norm(dim=-1) ** 2 if check else None
    after = noise.add_(weights).sub_(drift, alpha=settings.epsilon / 2)
    del drift, gradient
    acceptance = None
    if check:
        gradient_after, loss_after = evaluate(after)
        acceptance = transform.langevin_acceptance(
            weights, after, anchor, noise_square, (loss, loss_after), gradient_after, settings
        )
    return State(transform.reflect(after, anchor, settings.box), anchor), Info(loss, acceptance)
