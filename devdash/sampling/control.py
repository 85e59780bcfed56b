"""Control variates: what a minibatch's gradient is off by at w* is taken off its gradient elsewhere too.

A chain moves by ∇L_m(w) − ∇L_m(w*) + ∇L(w*), whose mean over minibatches is ∇L(w), and whose noise goes
to zero with w − w*, where that of ∇L_m(w) alone heats the chain by about (ε/4)(nβ)² times its covariance.
Source: Baker, Fearnhead, Fox & Nemeth 2019 (Statistics and Computing 29, 599–615), section 3 (SGLD-CV).
"""

import torch
from torch import Tensor

from devdash.sampling.batches import Batch
from devdash.sampling.devices import placed
from devdash.sampling.programs import Program

TABLE_SHARE = 0.25  # of the memory that a pass may use
WORTH = 1.0  # gradients at w* that may be spent for each one of the chains


class Control:
    """∇L_m(w*) − ∇L(w*) of each minibatch of a partition: looked up, or evaluated where too large to keep.

    blocks: (block, example), as `partition` makes them. evaluations: minibatch gradients spent so far.
    """

    def __init__(self, program: Program, anchors: Tensor, data, blocks: Tensor, memory_mb: float):
        self.program, self.anchors, self.evaluations = program, anchors, 0
        kept_mb = anchors.nbytes * len(blocks) / 2**20
        self.table = None
        rows, total = [], torch.zeros_like(anchors)
        left = len(data[0]) % blocks.shape[1]
        for number, index in enumerate(blocks):
            gradient = self._at_start(index, data)
            if kept_mb <= TABLE_SHARE * memory_mb:
                rows.append(gradient)
            if number == len(blocks) - 1 and left:  # each example counts once
                gradient = self._at_start(index[:left], data)
            total.add_(gradient, alpha=(left if left and number == len(blocks) - 1 else len(index)))
        self.mean = total.div_(len(data[0]))
        if rows:
            self.table = torch.stack(rows, 1).sub_(self.mean[:, None])

    def _at_start(self, index: Tensor, data) -> Tensor:
        self.evaluations += len(self.anchors)
        batch = Batch(index.to(self.anchors.device), placed(data, index, self.anchors.device))
        return self.program.evaluate(self.anchors, batch)[0]

    def deviation(self, batch: Batch, chains: int) -> Tensor:
        """∇L_m(w*) − ∇L(w*) for each chain's minibatch, with `chains` at every point: (chain, weight)."""
        if self.table is None:
            rows = self.program.evaluate(self.anchors, batch)[0].sub_(self.mean)
            self.evaluations += len(self.anchors)
        elif not batch.separate:
            rows = self.table[:, batch.number]
        elif len(self.anchors) == 1:
            return self.table[0][batch.number]
        else:
            point = torch.arange(len(batch.number), device=self.table.device) // chains
            return self.table[point, batch.number]
        return rows.expand(chains, -1) if len(rows) == 1 else rows.repeat_interleave(chains, 0)


def is_worth(n: int, size: int, points: int, gradients: int) -> bool:
    """Whether all data once at each w* cost no more than the chains' gradients (of one minibatch)."""
    return size < n and -(-n // size) * points <= WORTH * gradients
