"""The loss of an attention-only transformer: next-token loss, or divergence from another model.

Source: Wang et al. 2024 (arXiv 2410.02984), section 4: the target variant of the refined LLC.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from devdash.models import transformer, transformer_chains


@dataclass(frozen=True)
class NextToken:
    """Loss (params, (tokens,)) → mean next-token loss of each sequence, (batch,), nats.

    reference: weights of another model; the loss is then the divergence KL(reference ‖ model) of
    the next token instead (target variant of the refined LLC).
    """

    reference: Mapping[str, Tensor] | None = None

    def __call__(self, params: Mapping[str, Tensor], batch: tuple[Tensor]) -> Tensor:
        tokens = batch[0]
        log_p = torch.log_softmax(_wide(transformer.logits(params, tokens[:, :-1])), -1)
        if self.reference is None:
            return -log_p.gather(-1, tokens[:, 1:, None])[..., 0].mean(-1)
        target = torch.softmax(_wide(transformer.logits(self.reference, tokens[:, :-1])), -1)
        return (torch.special.xlogy(target, target) - target * log_p).sum(-1).mean(-1)

    def programs(self, movings, params):
        """Faster ways to evaluate many chains (see `sampling.protocols`); none in half precision."""
        half = any(tensor.dtype in (torch.bfloat16, torch.float16) for tensor in params.values())
        return None if half else transformer_chains.programs(movings, params, self.reference)


def _wide(values: Tensor) -> Tensor:
    """Half precision as float32: sums of many small numbers need it."""
    return values.float() if values.dtype in (torch.bfloat16, torch.float16) else values
