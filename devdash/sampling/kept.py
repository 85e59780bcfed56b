"""What chains show at each step, kept in few tensors."""

import torch
from torch import Tensor

LENGTH, LARGEST = 512, 2**18  # steps of a block, and numbers in it


class Kept:
    """Values of all chains (chain, …), one after another.

    They are copied into blocks: small tensors that stayed where they were made, between the weights of one
    step and of the next, would leave holes in memory that no weights fit into, two or three MB a step.

    >>> kept = Kept()
    >>> for step in range(3):
    ...     kept.append(torch.full((2,), float(step)))
    >>> len(kept), kept.series().tolist()
    (3, [[0.0, 1.0, 2.0], [0.0, 1.0, 2.0]])
    """

    def __init__(self):
        self._blocks: list[Tensor] = []  # (step, chain, …)
        self._full = self._length = 0  # steps in all blocks but the last, and in it

    @classmethod
    def of_parts(cls, parts: "list[Kept]") -> "Kept":
        """What chains kept that ran one part after another, all as long."""
        whole = cls()
        if len(parts[0]):
            whole._blocks = [torch.cat([part.series() for part in parts]).transpose(0, 1)]
            whole._length = len(parts[0])
        return whole

    def __len__(self) -> int:
        return self._full + self._length

    def append(self, value: Tensor) -> None:
        if not self._blocks or self._length == len(self._blocks[-1]):
            self._full, self._length = len(self), 0
            steps = max(1, min(LENGTH, LARGEST // max(1, value.numel())))
            self._blocks.append(value.new_empty((steps, *value.shape)))
        self._blocks[-1][self._length] = value
        self._length += 1

    def series(self) -> Tensor:
        """(chain, step, …)."""
        last = self._blocks[-1][: self._length]
        return torch.cat([block.transpose(0, 1) for block in (*self._blocks[:-1], last)], 1)
