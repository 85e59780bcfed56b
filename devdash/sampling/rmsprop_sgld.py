"""RMSprop-preconditioned SGLD (Li, Chen, Carlson & Carin 2016), localised at w*.

Update: w ← w − (ε/2) G ∇U(w) + N(0, εG), with G = 1 / (δ + √V) and V the running mean of squared
gradients, scaled so that G has mean 1. G is learned in the first `adapt` steps and then kept, so that
the chain needs no correction term for a changing G.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.transform import Evaluate, Info, Settings, Transform


@dataclass(frozen=True)
class RMSpropSGLD(Settings):
    """Settings of the sampler, beside those of all.

    epsilon: step size at the mean weight. adapt: steps in which G is learned; they belong into the
    burn-in. decay: of the running mean. floor: δ, as a share of the mean √V.

    >>> RMSpropSGLD(epsilon=1e-3, nbeta=100.0).adapt
    50
    """

    adapt: int = 50
    decay: float = 0.95
    floor: float = 0.1

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        return Transform(init, partial(update, settings=self, generator=generator))


class State(NamedTuple):
    """weights, anchor (w*) and square (running mean of squared gradients): (chain, weight)."""

    weights: Tensor
    anchor: Tensor
    square: Tensor
    steps: int


def init(anchor: Tensor) -> State:
    """All chains start at their anchor w*."""
    return State(anchor.clone(), anchor, torch.zeros_like(anchor), 0)


def metric(state: State, settings: RMSpropSGLD) -> Tensor:
    """The diagonal G, (chain, weight), of mean 1 in each chain."""
    root = state.square.sqrt()
    scale = root.mean(-1, keepdim=True)
    relative = torch.where(scale > 0, root / scale, 1.0)  # at an exact minimum the first gradient is 0
    inverse = 1 / (relative + settings.floor)
    return inverse / inverse.mean(-1, keepdim=True)


def update(
    state: State, evaluate: Evaluate, check: bool, settings: RMSpropSGLD, generator
) -> tuple[State, Info]:
    """One step. check: also compute the acceptance, which costs one more gradient."""
    weights, anchor = state.weights, state.anchor
    gradient, loss = evaluate(weights)
    if state.steps < settings.adapt:
        keep = min(settings.decay, state.steps / (state.steps + 1))  # a plain mean at first
        state = state._replace(square=keep * state.square + (1 - keep) * gradient.square())
    G = metric(state, settings)
    noise = transform.normal(weights, generator) * (settings.epsilon * G).sqrt()
    drift = transform.potential_gradient(weights, anchor, gradient, settings)
    after = weights - settings.epsilon / 2 * G * drift + noise
    acceptance = None
    if check:
        gradient_after, loss_after = evaluate(after)
        acceptance = transform.langevin_acceptance(
            weights,
            after,
            anchor,
            (noise.square() / G).sum(-1),
            (loss, loss_after),
            gradient_after,
            settings,
            G,
        )
    after = transform.reflect(after, anchor, settings.box)
    return State(after, anchor, state.square, state.steps + 1), Info(loss, acceptance)
