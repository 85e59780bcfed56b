"""Minibatches for the chains: every chain sweeps through all data, in a new order each time."""

from typing import NamedTuple

import torch
from torch import Tensor

from devdash.sampling.devices import placed


class Batch(NamedTuple):
    """index: places in the data, (chain, example), (example,) where shared, None where all are used.

    tensors: the examples, with the same leading dimensions; None for a population loss. number: of the
    block of a partition, (chain,) or () where shared; None where the data are not parted into blocks.
    """

    index: Tensor | None
    tensors: tuple[Tensor, ...] | None
    number: Tensor | None = None

    @property
    def separate(self) -> bool:
        """Whether every chain has a minibatch of its own."""
        return self.index is not None and self.index.dim() == 2

    @property
    def size(self) -> int:
        """Examples that one chain sees; 1 for a population loss."""
        return 1 if self.tensors is None else self.tensors[0].shape[1 if self.separate else 0]

    def of_chain(self, chain: int) -> tuple[Tensor, ...] | None:
        """What one chain sees."""
        return tuple(tensor[chain] for tensor in self.tensors) if self.separate else self.tensors

    def of_chains(self, first: int, count: int) -> tuple[Tensor, ...] | None:
        """What some chains see, with a leading dimension of chains where each has its own."""
        return (
            tuple(tensor[first : first + count] for tensor in self.tensors) if self.separate else self.tensors
        )


def partition(n: int, size: int, generator: torch.Generator) -> Tensor:
    """Examples 0 … n − 1 in blocks of one size, (block, example); the last is filled up from the first."""
    order = torch.randperm(n, generator=generator, device=generator.device)
    blocks = -(-n // size)
    return torch.cat([order, order[: blocks * size - n]]).view(blocks, size)


class Batches:
    """Sweeps without replacement, so that minibatch noise cancels over a sweep.

    Chains start at different places of one random order, or see the same minibatch (shared). blocks:
    the only minibatches there are (`partition`), in a new order each sweep; None: any examples meet.
    Order is drawn where the data are, minibatches go to `device`, that of the weights.
    """

    def __init__(
        self, data, size: int, chains: int, generator: torch.Generator, shared: bool, blocks=None, device=None
    ):
        self.data, self.size, self.generator, self.blocks = data, size, generator, blocks
        self.device = device or (None if data is None else data[0].device)
        self.full = data is None or size == len(data[0])
        self.separate = not (self.full or shared)
        if self.full:
            self.data = None if data is None else placed(data, slice(None), self.device)
            return
        # what is put in order: blocks where there are any, else examples
        self.n, self.unit = (len(data[0]), size) if blocks is None else (len(blocks), 1)
        starts = torch.arange(chains if self.separate else 1) * self.n // (chains if self.separate else 1)
        self.window = (starts[:, None] + torch.arange(self.unit)).to(data[0].device)
        self.order, self.place = self._shuffled(), 0

    def next(self) -> Batch:
        """The next minibatch of every chain."""
        if self.full:
            return Batch(None, self.data)
        if self.place + self.unit > self.n:
            self.order, self.place = self._shuffled(), 0
        self.place += self.unit
        return self._at(self.place - self.unit)

    def other(self) -> Batch | None:
        """Another minibatch for every chain than the last one, as far as the data allow."""
        return None if self.full else self._at(self.place)

    @property
    def apart(self) -> float:
        """What half the squared difference of `next` and `other` is times to be a variance on average.

        Both are drawn without replacement, and have examples in common where the data are few.
        """
        if self.full:
            return 1.0
        if self.blocks is not None:
            return 1 - 1 / self.n
        share = self.size / self.n
        return (1 - share) / min(1.0, 1 / share - 1)

    def _at(self, place: int) -> Batch:
        ordered = self.order[(self.window + place) % self.n]
        number = None if self.blocks is None else ordered[:, 0]
        index = ordered if self.blocks is None else self.blocks[number]
        if not self.separate:
            index, number = index[0], None if number is None else number[0]
        number = None if number is None else number.to(self.device)
        return Batch(index.to(self.device), placed(self.data, index, self.device), number)

    def _shuffled(self) -> Tensor:
        return torch.randperm(self.n, generator=self.generator, device=self.data[0].device)
