"""Langevin dynamics whose noise is averaged over two steps, localised at w*: the default sampler.

Update: w ← w − (ε/2) (nβ ∇L(w) + γ (w − w*)) + √ε (Rₜ + Rₜ₊₁) / 2, with R standard normal and Rₜ kept
from the step before. It costs a step of SGLD, and its step has no bias at all in a Gaussian posterior
(any ε below 4/k, k the largest curvature of the potential) and one of order ε² elsewhere, against SGLD's ε.
Source: Leimkuhler & Matthews 2013 (Applied Mathematics Research eXpress 2013, 34–56), "Rational
construction of stochastic numerical methods for molecular sampling", the limit of BAOAB at high friction.
"""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.transform import Evaluate, Info, Settings, Transform


@dataclass(frozen=True)
class Langevin(Settings):
    """Settings of the sampler: ε, nβ, γ and the box, as in `Settings`.

    >>> Langevin(epsilon=1e-3, nbeta=100.0)
    Langevin(epsilon=0.001, nbeta=100.0, gamma=1.0, box=None)
    """

    copies: ClassVar[int] = 5
    paired: ClassVar[bool] = True

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        return Transform(
            partial(init, generator=generator), partial(update, settings=self, generator=generator)
        )


class State(NamedTuple):
    """weights, anchor (w*) and noise (Rₜ, of the step that led here): (chain, weight)."""

    weights: Tensor
    anchor: Tensor
    noise: Tensor


def init(anchor: Tensor, generator: torch.Generator) -> State:
    """All chains start at their anchor w*."""
    return State(anchor.clone(), anchor, transform.normal(anchor, generator))


def update(
    state: State, evaluate: Evaluate, check: bool, settings: Langevin, generator
) -> tuple[State, Info]:
    """One step. No Metropolis test belongs to it: the acceptance is None."""
    weights, anchor, noise = state
    gradient, loss = evaluate(weights)
    scale = settings.epsilon**0.5 / 2  # of the last step's noise in the weights
    trace = transform.dot(gradient, noise) / scale
    # in place: the next weights take the gradient's memory
    after = gradient.mul_(settings.nbeta).add_(weights, alpha=settings.gamma)
    after.sub_(anchor, alpha=settings.gamma).mul_(-settings.epsilon / 2).add_(weights)
    fresh = transform.normal(weights, generator)
    for part in (noise, fresh):
        after.add_(part, alpha=scale)
    if settings.box is not None:  # a side of the box turns the noise round that is still to come
        fresh = torch.where(transform.turned(after, anchor, settings.box), -fresh, fresh)
        after = transform.reflect(after, anchor, settings.box)
    return State(after, anchor, fresh), Info(loss, None, trace)
