"""Entropy-SGD: descent on the local entropy, whose gradient is found by a few Langevin steps.

Inner loop, L times from w′ = μ = w: w′ ← w′ − η′ (∇L_m(w′) − γ (w − w′)) + √η′ ε N(0, 1),
μ ← (1 − α) μ + α w′. Outer step: w ← w − η (w − μ). The scope grows, γ = γ₀ (1 + γ₁)^t after t outer steps.
Source: Chaudhari et al. 2017 (arXiv 1611.01838), algorithm 1 and section 5; as in the authors' code the
outer rate η takes up the factor γ, and both loops have Nesterov momentum, the inner one from rest.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch

from devdash.training.optimisers import nesterov
from devdash.training.optimisers.transform import Params, Slope, Transform


@dataclass(frozen=True)
class EntropySGD:
    """Settings, at the authors' values for MNIST but for the number of Langevin steps (theirs: 20).

    learning_rate: η. inner_rate: η′. gradients: L. noise: ε. average: α. scope: γ₀. growth: γ₁.
    momentum: of both loops.
    """

    learning_rate: float = 0.1
    inner_rate: float = 0.1
    gradients: int = 5
    noise: float = 1e-4
    average: float = 0.75
    scope: float = 1e-4
    growth: float = 1e-3
    momentum: float = 0.9

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        return Transform(init, partial(update, settings=self, generator=generator))


class State(NamedTuple):
    """params and velocity of the outer loop: name → (model, …); updates: t."""

    params: Params
    velocity: Params
    updates: int


def init(params: Params) -> State:
    """At rest, before the first update."""
    return State(*nesterov.init(params), 0)


def update(state: State, slope: Slope, settings: EntropySGD, generator: torch.Generator) -> State:
    """One outer step, which takes L gradients."""
    scope = settings.scope * (1 + settings.growth) ** state.updates
    centre = explore(state.params, slope, scope, settings, generator)
    pull = {name: w - centre[name] for name, w in state.params.items()}
    outer = nesterov.State(state.params, state.velocity)
    return State(*nesterov.push(outer, pull, settings.learning_rate, settings.momentum), state.updates + 1)


def explore(params: Params, slope: Slope, scope: float, settings: EntropySGD, generator) -> Params:
    """The running mean μ of L Langevin steps around the weights."""
    inner, mean = nesterov.init(params), params
    scale = settings.noise * settings.inner_rate**0.5
    for _ in range(settings.gradients):
        gradient = slope(inner.params)
        moved = nesterov.push(inner, gradient, settings.inner_rate, settings.momentum)
        after = {
            name: w
            - settings.inner_rate * scope * (inner.params[name] - params[name])
            + scale * torch.randn(w.shape, generator=generator, dtype=w.dtype)
            for name, w in moved.params.items()
        }
        inner = nesterov.State(after, moved.velocity)
        mean = {name: m + settings.average * (after[name] - m) for name, m in mean.items()}
    return mean
