"""What a program is, and what a loss may bring beside its call: faster programs and finer losses."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from torch import Tensor

from devdash.sampling.batches import Batch
from devdash.sampling.components import Moving


class Loss(Protocol):
    """Any function (params, batch) → losses (example,), or a scalar where the batch is None."""

    def __call__(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...] | None) -> Tensor: ...


@runtime_checkable
class BringsPrograms(Protocol):
    """A loss with programs made for it."""

    def __call__(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...] | None) -> Tensor: ...

    def programs(self, movings: Sequence[Moving], params: Mapping[str, Tensor]) -> Sequence["Program"] | None:
        """A program for each component, equal to the loss within rounding; None where there are none."""


@runtime_checkable
class FineLoss(Protocol):
    """A loss that can tell more than a number for each example, such as one for each token."""

    def __call__(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...] | None) -> Tensor: ...

    def details(self, params: Mapping[str, Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """Losses (example, item): of as many items in each example."""


class Program(Protocol):
    """A loss at the weights of many chains.

    shared: whether all chains must see the same minibatch.
    """

    shared: bool

    def evaluate(self, weights: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """∇L_m (chain, weight), a new tensor, and losses (chain, example)."""

    def losses(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, example), without a gradient."""

    def block(self, weights: Tensor, batch: Batch) -> int:
        """Examples of one chain that a pass without gradient takes at its best, found on this batch."""


@runtime_checkable
class AtStart(Protocol):
    """A program with a cheaper way to the losses at w*, where that is one point."""

    def at_start(self, batch: Batch) -> Tensor:
        """Losses (1, example)."""


@runtime_checkable
class Details(Protocol):
    """A program that can tell more than a loss for each example, such as one for each token."""

    def details(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, item)."""
