"""Loss and gradient of all chains at once.

A program evaluates a loss at the weights of many chains. `PlainProgram` serves any loss function; a
loss may bring faster ones (`protocols`).
"""

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.func import vmap

from devdash.sampling.batches import Batch
from devdash.sampling.components import HALF, Moving
from devdash.sampling.devices import pass_mb
from devdash.sampling.once import tell
from devdash.sampling.protocols import BringsPrograms, FineLoss, Program
from devdash.sampling.tracing import differentiated, recorded

COPIES = 4  # of a chain's weights in a pass over all chains: gradient, its parts, two in the recording


class PlainProgram:
    """Any loss function, with frozen weights shared by all chains and not differentiated.

    loss: (params, batch) → (example,), or a scalar where the batch is None. memory_mb: bound on what
    one pass keeps for its gradient; chains, then examples, are divided to stay below it. evaluations:
    how many are expected.
    """

    shared = False

    def __init__(
        self, loss, moving: Moving, frozen: Mapping[str, Tensor], memory_mb: float, evaluations: int
    ):
        self.loss, self.moving, self.frozen, self.memory_mb = loss, moving, frozen, memory_mb
        self.evaluations, self.passes, self.blocks, self.recordings = evaluations, {}, {}, {}

    def of_weights(self, weights: Tensor, tensors) -> Tensor:
        """Losses (example,) of one chain's weights (weight,)."""
        return self.of_pieces(self.moving.split(weights), tensors)

    def of_pieces(self, pieces: Mapping[str, Tensor], tensors) -> Tensor:
        """Losses (example,) of one chain's weights by parameter; half precision is summed in float32."""
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
                differentiated(self._over_chains(batch.separate))(
                    part, *(batch.of_chains(first, chains) or ())
                )
                for first, part in zip(range(0, len(weights), chains), weights.split(chains), strict=True)
            ]
            return tuple(torch.cat(pieces) for pieces in zip(*parts, strict=True))
        gradient = torch.zeros_like(weights)
        losses = [self._one(w, batch.of_chain(i), examples, gradient[i]) for i, w in enumerate(weights)]
        return gradient, torch.stack(losses)

    def losses(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, example)."""
        chains, _ = self._planned(weights, batch)
        with torch.no_grad():
            if chains > 1:
                return self._over_chains(batch.separate, chains)(weights, *(batch.tensors or ()))
            return torch.stack([self.of_weights(w, batch.of_chain(i)) for i, w in enumerate(weights)])

    def details(self, weights: Tensor, batch: Batch) -> Tensor:
        """Losses (chain, item) of what the loss tells apart (`FineLoss`), else of the examples."""
        if not isinstance(self.loss, FineLoss):
            return self.losses(weights, batch)
        parts = max(1, -(-len(batch.tensors[0]) // self.block(weights, batch)))
        with torch.no_grad():
            of_chains = [self._details(w, batch.of_chain(i), parts) for i, w in enumerate(weights)]
        return torch.stack(of_chains)

    def _details(self, weights: Tensor, tensors, parts: int) -> Tensor:
        """Losses (item,) of one chain, examples in so many parts."""
        params = self.moving.place(self.moving.split(weights), self.frozen)
        blocks = zip(*(tensor.tensor_split(parts) for tensor in tensors), strict=True)
        return torch.cat([self.loss.details(params, block).flatten() for block in blocks])

    def _recorded(self, weights: Tensor, batch: Batch):
        """All chains in one pass, recorded once for these shapes."""
        tensors = batch.tensors or ()
        shapes = (weights.shape, *(tensor.shape for tensor in tensors))
        if shapes not in self.recordings:
            losses = self._over_chains(batch.separate)
            self.recordings[shapes] = recorded(losses, weights, tensors, self.evaluations)
        return self.recordings[shapes]

    def _over_chains(self, separate: bool, chunk: int | None = None):
        """(weights (chain, weight), *tensors) → losses (chain, example)."""
        batched = vmap(self.of_weights, (0, 0 if separate else None), chunk_size=chunk)
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
                # each part is added as it comes: they never exist all at once
                piece.grad = into[name].view_as(piece)
            torch.autograd.backward(part.sum() / total, inputs=list(pieces.values()))
            losses.append(part.detach())
        return torch.cat(losses)

    def _planned(self, weights: Tensor, batch: Batch) -> tuple[int, int]:
        """Chains (0: torch cannot batch them) and examples per pass, from what one example keeps."""
        if batch.separate not in self.passes:
            tensors = batch.of_chain(0)
            probe = None if tensors is None else tuple(tensor[:2] for tensor in tensors)
            kept = self._kept_mb(weights[0], probe) / (1 if probe is None else len(probe[0]))
            copies = COPIES * weights[0].nbytes / 2**20
            at_once = pass_mb(self.memory_mb, weights.device)
            chains = int(at_once // (kept * batch.size + copies))
            if chains and not self._can_batch(weights[:1], batch):
                chains = 0
            self.passes[batch.separate] = chains, max(1, int(self.memory_mb // max(kept, 1e-6)))
            self.blocks[batch.separate] = max(1, int(at_once // max(kept, 1e-6)))
        return self.passes[batch.separate]

    def block(self, weights: Tensor, batch: Batch) -> int:
        """Examples that a pass without gradient takes at its best."""
        self._planned(weights, batch)
        return self.blocks[batch.separate]

    def _kept_mb(self, weights: Tensor, tensors) -> float:
        """What one pass of one chain keeps for its gradient, without weights and data."""
        kept = {}

        def pack(tensor):
            storage = tensor.untyped_storage()
            kept[storage.data_ptr()] = storage.nbytes()  # the tensor itself, kept here, would never be freed

        inputs = (weights, *self.frozen.values(), *(tensors or ()))
        places = {tensor.untyped_storage().data_ptr() for tensor in inputs}
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            self.of_weights(weights.detach().requires_grad_(), tensors)
        return sum(size for place, size in kept.items() if place not in places) / 2**20

    def _can_batch(self, weights: Tensor, batch: Batch) -> bool:
        """Whether torch can batch this loss over chains; if not, chains run one after another."""
        tensors = batch.of_chains(0, len(weights)) or ()
        try:
            with _telling_of_loops():
                differentiated(self._over_chains(batch.separate))(weights, *tensors)
        except Exception as error:  # of many kinds; a fault of the loss shows again without batching
            tell(__name__, _unbatched(error))
            return False
        return True


def make(
    loss, movings: list[Moving], params: Mapping[str, Tensor], memory_mb: float, evaluations: int
) -> list[Program]:
    """A program for each component: those that the loss brings, where it has them."""
    brought = loss.programs(movings, params) if isinstance(loss, BringsPrograms) else None
    return brought or [PlainProgram(loss, moving, params, memory_mb, evaluations) for moving in movings]


@contextmanager
def _telling_of_loops() -> Iterator[None]:
    """Torch's warnings of operations that vmap does chain by chain, told in our words; others as they are."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        operation = re.search(r"batching rule for (\S+)\.", str(warning.message))
        if operation is None:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)
        else:
            tell(
                __name__,
                f"estimate_llc: vmap does {operation[1]} in a loop over chains, as slow as one by one; "
                'for a model of transformers, attn_implementation="eager" avoids it',
            )


def _unbatched(error: Exception) -> str:
    reason = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    return (
        "estimate_llc: torch cannot batch this loss over chains, so that they run one after another (small "
        f"models: several times slower). {reason}. Without .item() and `if` on values it can; for a model of "
        'transformers, attn_implementation="eager"'
    )
