"""Loss and gradient of all chains at once.

A program evaluates a loss at the weights of many chains. `PlainProgram` serves any loss function; a
loss may bring faster ones of its own: `loss.programs(movings, params)` gives a list, or None.
"""

from collections.abc import Mapping
from typing import Protocol

import torch
from torch import Tensor
from torch.func import vmap

from devdash.sampling.batches import Batch
from devdash.sampling.components import HALF, Moving
from devdash.sampling.tracing import differentiated, recorded

CACHE_MB = 64  # where one pass over all chains needs more, chain by chain is as fast and leaner
COPIES = 4  # of a chain's weights in a pass over all chains: gradient, its parts, two in the recording


class Program(Protocol):
    """shared: whether all chains must see the same minibatch.

    largest_block: examples of one chain that a pass without gradient takes at its best.
    """

    shared: bool
    largest_block: int

    def evaluate(self, weights: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """∇L_m (chain, weight), a new tensor, and losses (chain, example)."""

    def losses(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, example), without a gradient.

        A program that has a cheaper way to those at w*, where that is one point, also has
        `at_start(batch)` → (1, example); one that can tell more than a loss for each example, such as
        one for each token, `details(weights, batch)` → (chain, item).
        """


class PlainProgram:
    """Any loss function, with frozen weights shared by all chains and not differentiated.

    loss: (params, batch) → (example,), or a scalar where the batch is None. memory_mb: bound on what
    one pass keeps for its gradient; chains, then examples, are divided to stay below it. evaluations:
    how many are expected.
    """

    shared = False
    largest_block = 1

    def __init__(
        self, loss, moving: Moving, frozen: Mapping[str, Tensor], memory_mb: float, evaluations: int
    ):
        self.loss, self.moving, self.frozen, self.memory_mb = loss, moving, frozen, memory_mb
        self.evaluations, self.passes, self.recordings = evaluations, {}, {}

    def of_weights(self, weights: Tensor, tensors) -> Tensor:
        """Losses (example,) of one chain's weights (weight,)."""
        return self.of_pieces(self.moving.split(weights), tensors)

    def of_pieces(self, pieces: Mapping[str, Tensor], tensors) -> Tensor:
        """The same, of its weights by parameter; half precision is summed in float32."""
        losses = self.loss(self.moving.place(pieces, self.frozen), tensors)
        losses = losses.float() if losses.dtype in HALF else losses
        return losses.reshape(1) if tensors is None else losses

    def evaluate(self, weights: Tensor, batch: Batch) -> tuple[Tensor, Tensor]:
        """∇L_m (chain, weight) and losses (chain, example)."""
        chains, examples = self._planned(weights, batch)
        if chains >= len(weights):
            return self._recorded(weights, batch)(weights, *(batch.tensors or ()))
        if chains > 1:
            parts = [
                differentiated(self._over_chains(batch.own))(part, *(batch.of_chains(first, chains) or ()))
                for first, part in zip(range(0, len(weights), chains), weights.split(chains), strict=True)
            ]
            return tuple(torch.cat(found) for found in zip(*parts, strict=True))
        gradient = torch.zeros_like(weights)
        losses = [self._one(w, batch.of_chain(i), examples, gradient[i]) for i, w in enumerate(weights)]
        return gradient, torch.stack(losses)

    def losses(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, example)."""
        chains, _ = self._planned(weights, batch)
        with torch.no_grad():
            if chains > 1:
                return self._over_chains(batch.own, chains)(weights, *(batch.tensors or ()))
            return torch.stack([self.of_weights(w, batch.of_chain(i)) for i, w in enumerate(weights)])

    def _recorded(self, weights: Tensor, batch: Batch):
        """All chains in one pass, recorded once for these shapes."""
        tensors = batch.tensors or ()
        shapes = (weights.shape, *(tensor.shape for tensor in tensors))
        if shapes not in self.recordings:
            losses = self._over_chains(batch.own)
            self.recordings[shapes] = recorded(losses, weights, tensors, self.evaluations)
        return self.recordings[shapes]

    def _over_chains(self, own: bool, chunk: int | None = None):
        """(weights (chain, weight), *tensors) → losses (chain, example)."""
        batched = vmap(self.of_weights, (0, 0 if own else None), chunk_size=chunk)
        return lambda weights, *tensors: batched(weights, tensors or None)

    def _one(self, weights: Tensor, tensors, examples: int, gradient: Tensor) -> Tensor:
        """Losses of one chain, block by block; its gradient is added to `gradient` (weight,)."""
        losses, into = [], self.moving.split(gradient)
        total = 1 if tensors is None else len(tensors[0])
        for first in range(0, total, examples):
            block = None if tensors is None else tuple(t[first : first + examples] for t in tensors)
            pieces = self.moving.leaves(weights)
            part = self.of_pieces(pieces, block)
            for name, piece in pieces.items():
                piece.grad = into[name].view_as(
                    piece
                )  # each part is added as it comes: they never exist all at once
            torch.autograd.backward(part.sum() / total, inputs=list(pieces.values()))
            losses.append(part.detach())
        return torch.cat(losses)

    def _planned(self, weights: Tensor, batch: Batch) -> tuple[int, int]:
        """Chains (0: torch cannot batch them) and examples per pass, from what one example keeps."""
        if batch.own not in self.passes:
            tensors = batch.of_chain(0)
            probe = None if tensors is None else tuple(tensor[:2] for tensor in tensors)
            kept = self._kept_mb(weights[0], probe) / (1 if probe is None else len(probe[0]))
            copies = COPIES * weights[0].nbytes / 2**20
            chains = int(min(self.memory_mb, CACHE_MB) // (kept * batch.size + copies))
            if chains and not self._can_batch(weights[:1], batch):
                chains = 0
            self.passes[batch.own] = chains, max(1, int(self.memory_mb // max(kept, 1e-6)))
            self.largest_block = max(1, int(min(self.memory_mb, CACHE_MB) // max(kept, 1e-6)))
        return self.passes[batch.own]

    def _kept_mb(self, weights: Tensor, tensors) -> float:
        """What one pass of one chain keeps for its gradient, without weights and data."""
        kept = {}

        def pack(tensor):
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()  # the tensor itself, kept here, would never be freed

        given = (weights, *self.frozen.values(), *(tensors or ()))
        known = {tensor.untyped_storage().data_ptr() for tensor in given}
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            found = self.of_weights(weights.detach().requires_grad_(), tensors)
        if not found.requires_grad:
            raise ValueError(
                f"estimate_llc: the loss does not depend on {', '.join(self.moving.names[:5])}; is this "
                "component used at all, or does the loss cut the gradient (.detach(), torch.no_grad)?"
            )
        return sum(size for place, size in kept.items() if place not in known) / 2**20

    def _can_batch(self, weights: Tensor, batch: Batch) -> bool:
        """Whether torch can batch this loss over chains; if not, chains run one after another."""
        try:
            tensors = batch.of_chains(0, len(weights)) or ()
            differentiated(self._over_chains(batch.own))(weights, *tensors)
        except Exception:  # of many kinds; a fault of the loss itself shows again without batching
            return False
        return True


def make(
    loss, movings: list[Moving], params: Mapping[str, Tensor], memory_mb: float, evaluations: int
) -> list[Program]:
    """A program for each component: the loss's own where it has them."""
    special = getattr(loss, "programs", None)
    found = special(movings, params) if special is not None else None
    return found or [PlainProgram(loss, moving, params, memory_mb, evaluations) for moving in movings]
