"""The loss at w*, on the very examples that the chains see.

Paired with the loss at w, it takes the minibatch's noise out of their difference.
"""

import torch
from torch import Tensor

from devdash.sampling.batches import Batch
from devdash.sampling.devices import double, placed
from devdash.sampling.protocols import AtStart, Program


class Reference:
    """Losses at w*: of all examples, looked up, where that is the cheaper way; else of each minibatch.

    anchors: (point, weight). minibatches: how many the chains will see in all. At one point all
    components share one reference.
    """

    def __init__(self, program: Program, anchors: Tensor, data, size: int, minibatches: int):
        self.program, self.anchors = program, anchors
        cheaper = len(anchors) == 1 and isinstance(program, AtStart)
        self.at_start = program.at_start if cheaper else lambda batch: program.losses(anchors, batch)
        self.data, self.size = data, size
        # where all chains see one minibatch, its loss at w* is a by-product of what they share
        most = size * minibatches / (2 if program.shared else 1)
        affordable = data is None or len(data[0]) <= most
        self.table = self._all_examples() if affordable else None
        self.means = None if self.table is None else self.table.mean(1)
        self.seen, self.last = [], (None, None)

    def on(self, batch: Batch, chains: int) -> Tensor:
        """Mean loss at w* on each chain's minibatch, (chain,), with `chains` chains at every point."""
        if self.table is None:
            return self._evaluated(batch, chains)
        if batch.index is None:
            return self.means.repeat_interleave(chains)
        if batch.separate and len(self.table) == 1:
            return self.table[0][batch.index].mean(1)
        if batch.separate:
            point = torch.arange(len(batch.index), device=self.table.device) // chains
            return self.table[point[:, None], batch.index].mean(1)
        return self.table[:, batch.index].mean(1).repeat_interleave(chains)

    def mean(self) -> list[float]:
        """Loss at each w* over all data; over all minibatches that were seen where these are fewer."""
        if self.table is not None:
            return double(self.table).mean(1).tolist()
        return double(torch.stack(self.seen)).mean(0).tolist()

    def _evaluated(self, batch: Batch, chains: int) -> Tensor:
        if self.last[0] is batch:
            return self.last[1]
        if batch.separate:
            losses = self.program.losses(self.anchors.repeat_interleave(chains, 0), batch).mean(1)
        else:
            losses = self.at_start(batch).mean(1).repeat_interleave(chains)
        self.seen.append(losses.reshape(-1, chains).mean(1))
        self.last = (batch, losses)
        return losses

    def _all_examples(self) -> Tensor:
        """Losses (point, n)."""
        if self.data is None:
            return self.at_start(Batch(None, None))
        device = self.anchors.device
        first = Batch(None, placed(self.data, slice(self.size), device))
        size = max(self.size, self.program.block(self.anchors, first))
        starts = range(0, len(self.data[0]), size)
        blocks = (placed(self.data, slice(start, start + size), device) for start in starts)
        return torch.cat([self.at_start(Batch(None, block)) for block in blocks], 1)
