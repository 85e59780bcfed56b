"""What every optimiser of this package shares: the shape of its settings, of one update, of gradients."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import torch
from torch import Tensor

Params = dict[str, Tensor]
Slope = Callable[[Params], Params]  # weights → ∇L_m on a fresh minibatch


class Transform(NamedTuple):
    """An optimiser with its settings bound: init(params) → State; update(state, slope) → State."""

    init: Callable
    update: Callable


class Optimiser(Protocol):
    """Settings of an optimiser. gradients: of one update."""

    @property
    def gradients(self) -> int: ...

    def build(self, generator: torch.Generator) -> Transform:
        """init and update with settings and random numbers bound."""
        ...
