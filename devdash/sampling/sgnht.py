"""Stochastic gradient Nosé–Hoover thermostat (Ding, Fang, Babbush, Chen, Skeel & Neven 2014).

Update, with u = momentum times step, η = ε, α the thermostat:
u ← (1 − α) u − ε ∇U(w) + N(0, 2 a ε); w ← w + u; α ← α + ‖u‖²/d − ε.
The thermostat takes up the minibatch's noise, which SGLD adds to its temperature.
"""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

import torch
from torch import Tensor

from devdash.sampling import transform
from devdash.sampling.transform import Evaluate, Info, Settings, Transform


@dataclass(frozen=True)
class SGNHT(Settings):
    """Settings: epsilon is the squared step; friction a, scales noise and the first thermostat.

    >>> SGNHT(epsilon=1e-4, nbeta=100.0, friction=1.5)
    Traceback (most recent call last):
    ValueError: SGNHT: friction = 1.5 given, expected between 0 and 1
    """

    heated: ClassVar[bool] = False

    friction: float = 0.05

    def __post_init__(self):
        super().__post_init__()
        self._as_float("friction", "between 0 and 1", lambda value: 0 < value < 1)

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        bound = {"settings": self, "generator": generator}
        return Transform(partial(init, **bound), partial(update, **bound))


class State(NamedTuple):
    """weights, anchor (w*), momentum (u): (chain, weight); thermostat (α): (chain, 1)."""

    weights: Tensor
    anchor: Tensor
    momentum: Tensor
    thermostat: Tensor


def init(anchor: Tensor, settings: SGNHT, generator: torch.Generator) -> State:
    """All chains start at their anchor w*, with momenta at the right temperature."""
    momentum = transform.normal(anchor, generator) * settings.epsilon**0.5
    return State(anchor.clone(), anchor, momentum, torch.full_like(anchor[:, :1], settings.friction))


def update(state: State, evaluate: Evaluate, check: bool, settings: SGNHT, generator) -> tuple[State, Info]:
    """One step. There is no Metropolis test for this sampler: the acceptance is None."""
    weights, anchor, u, alpha = state
    gradient, loss = evaluate(weights)
    drift = transform.potential_gradient(weights, anchor, gradient, settings)
    noise = transform.normal(weights, generator) * (2 * settings.friction * settings.epsilon) ** 0.5
    u = (1 - alpha) * u - settings.epsilon * drift + noise
    alpha = alpha + u.square().mean(-1, keepdim=True) - settings.epsilon
    after = weights + u
    if settings.box is not None:  # a side of the box turns the momentum round
        u = torch.where((after - anchor).abs() > settings.box, -u, u)
        after = transform.reflect(after, anchor, settings.box)
    return State(after, anchor, u, alpha), Info(loss, None)
