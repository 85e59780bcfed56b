"""Stochastic gradient descent with Nesterov momentum.

Update: v ← μ v + ∇L_m(w), w ← w − η (∇L_m(w) + μ v), as in Sutskever et al. 2013 (ICML) in the form
that PyTorch uses.
"""

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import torch

from devdash.training.optimisers.transform import Params, Slope, Transform


@dataclass(frozen=True)
class Nesterov:
    """learning_rate: η, scales the step. momentum: μ, the share of the last velocity that is kept."""

    learning_rate: float = 0.03
    momentum: float = 0.9

    @property
    def gradients(self) -> int:
        """Gradients of one update."""
        return 1

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings bound; nothing here is random."""
        return Transform(init, partial(update, settings=self))


class State(NamedTuple):
    """params and velocity: name → (model, …)."""

    params: Params
    velocity: Params


def init(params: Params) -> State:
    """At rest."""
    return State(params, {name: torch.zeros_like(tensor) for name, tensor in params.items()})


def update(state: State, slope: Slope, settings: Nesterov) -> State:
    """One gradient, one step."""
    return push(state, slope(state.params), settings.learning_rate, settings.momentum)


def push(state: State, gradient: Params, learning_rate: float, momentum: float) -> State:
    """The step along a gradient."""
    velocity = {name: momentum * v + gradient[name] for name, v in state.velocity.items()}
    params = {
        name: w - learning_rate * (gradient[name] + momentum * velocity[name])
        for name, w in state.params.items()
    }
    return State(params, velocity)
